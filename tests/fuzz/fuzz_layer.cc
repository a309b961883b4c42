// Layers whose entries fight each other: made of choices, so that every input is a valid tar.
//
// The layer is extracted in every manner and indexed. Nothing may appear or change outside.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "archive/erofs/index_builder.h"
#include "archive/extract.h"
#include "archive/tar_writer.h"
#include "base/fd.h"
#include "fs/root_dir.h"
#include "fuzz/answered.h"

using namespace estiba;
using fuzz::answered;
using fuzz::Choices;
using fuzz::must;

namespace {

constexpr std::size_t kMostEntries = 48;
constexpr std::string_view kSecret = "must not change";

// Few names, so that entries meet; the writer takes no ".." in paths, links may hold anything.
std::string a_path(Choices& choices) {
  constexpr std::array kNames{"a", "b", "c", ".wh.a", ".wh.b", ".wh..wh..opq", "long name", "d"};
  std::string path = kNames[choices.below(kNames.size())];
  for (std::size_t depth = choices.below(4); depth > 0; --depth) {
    path += "/" + std::string(kNames[choices.below(kNames.size())]);
  }
  return path;
}

std::string a_target(Choices& choices, const std::string& outside) {
  switch (choices.below(6)) {
    case 0:
      return outside;
    case 1:
      return "../../../../../.." + outside;
    case 2:
      return "/";
    case 3:
      return "..";
    case 4:
      return choices.text(20);
    default:
      return a_path(choices);
  }
}

std::string make_layer(Choices& choices, const std::string& outside) {
  StringSink tar(16u << 20);
  archive::TarWriter writer(tar);
  for (std::size_t number = 0; number < kMostEntries && choices.left(); ++number) {
    archive::TarEntry entry;
    entry.path = a_path(choices);
    entry.type = static_cast<archive::EntryType>(choices.below(7));
    entry.mode = choices.byte() * 16u;
    std::string body;
    switch (entry.type) {
      case archive::EntryType::kFile:
        body = choices.text(40);
        break;
      case archive::EntryType::kHardLink:
        entry.link_target = a_path(choices);
        break;
      case archive::EntryType::kSymlink:
        entry.link_target = a_target(choices, outside);
        break;
      case archive::EntryType::kCharDevice:
      case archive::EntryType::kBlockDevice:
        entry.device_minor = choices.byte();
        break;
      default:
        break;
    }
    if (choices.below(8) == 0) entry.xattrs["user.key"] = choices.text(20);
    entry.size_bytes = body.size();
    StringSource source(body);
    answered([&] { writer.add(entry, body.empty() ? nullptr : &source); });
  }
  writer.finish();
  return tar.text();
}

// A folder that layers want to reach, beside one that they may fill.
class Place {
 public:
  Place() : top_("/dev/shm/estiba-fuzz-XXXXXX") {
    must(::mkdtemp(top_.data()) != nullptr);
    std::filesystem::create_directory(outside());
    std::ofstream(outside() + "/secret") << kSecret;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { std::filesystem::remove_all(top_); }

  [[nodiscard]] std::string outside() const { return top_ + "/outside"; }

  void extract(const std::string& layer, archive::WhiteoutHandling whiteouts) const {
    const std::string inside = top_ + "/inside";
    std::filesystem::create_directory(inside);
    answered([&] {
      const fs::RootDir root = fs::RootDir::open(inside);
      archive::ExtractOptions options;
      options.whiteouts = whiteouts;
      options.devices = archive::DeviceHandling::kSkip;
      options.set_owners = false;
      options.marks = archive::OverlayMarks::kUser;
      StringSource source(layer);
      (void)archive::extract_layer(source, root, options);
    });
    fs::RootDir::open(top_).remove_tree("inside");
    check();
  }

 private:
  void check() const {
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(outside()))
      ++files;
    must(files == 1);
    std::string secret;
    std::getline(std::ifstream(outside() + "/secret"), secret);
    must(secret == kSecret);
    struct stat status {};
    must(::lstat((outside() + "/secret").c_str(), &status) == 0);
    must(S_ISREG(status.st_mode) && status.st_nlink == 1 && (status.st_mode & 07000) == 0);
  }

  std::string top_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Place place;
  Choices choices({reinterpret_cast<const char*>(data), size});
  const std::string layer = make_layer(choices, place.outside() + "/secret");
  place.extract(layer, archive::WhiteoutHandling::kNone);
  place.extract(layer, archive::WhiteoutHandling::kOverlay);
  place.extract(layer, archive::WhiteoutHandling::kApply);
  answered([&] {
    const UniqueFd tar(::memfd_create("tar", MFD_CLOEXEC));
    write_all(tar.get(), as_bytes(layer), "memory");
    const UniqueFd index(::memfd_create("index", MFD_CLOEXEC));
    archive::erofs::write_index(tar.get(), layer.size(), index.get());
  });
  return 0;
}
