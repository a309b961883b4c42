// Bytes that claim to be a tar, maybe a compressed one: read, indexed and written again.
//
// What the reader accepts is written by us and read again with the same entries.
#include <fcntl.h>
#include <sys/mman.h>

#include <string>
#include <vector>

#include "archive/compression.h"
#include "archive/erofs/index_builder.h"
#include "archive/tar_reader.h"
#include "archive/tar_writer.h"
#include "base/fd.h"
#include "fuzz/answered.h"

using namespace estiba;
using fuzz::answered;
using fuzz::must;

namespace {

constexpr std::uint64_t kMostBytes = 64u << 20;

struct Seen {
  std::string path;
  archive::EntryType type;
  std::uint64_t size_bytes;
  friend bool operator==(const Seen&, const Seen&) = default;
};

// Of all entries but those with holes, which are written with other headers.
std::vector<Seen> rewrite(Source& from, Sink& to) {
  archive::TarReader reader(from);
  archive::TarWriter writer(to);
  std::vector<Seen> seen;
  std::uint64_t bytes = 0;
  while (const auto entry = reader.next()) {
    if (!entry->extents.empty()) continue;
    if ((bytes += entry->size_bytes) > kMostBytes) break;
    writer.add(*entry, entry->type == archive::EntryType::kFile ? &reader.body() : nullptr);
    seen.push_back({entry->path, entry->type, entry->size_bytes});
  }
  writer.finish();
  return seen;
}

UniqueFd memory_file(std::string_view bytes) {
  UniqueFd file(::memfd_create("tar", MFD_CLOEXEC));
  write_all(file.get(), as_bytes(bytes), "memory");
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  answered([&] {
    StringSource packed(bytes);
    const auto plain = archive::open_maybe_compressed(packed);
    LimitedSource limited(*plain, kMostBytes, "the tar");
    StringSink copy(kMostBytes);
    const std::vector<Seen> first = rewrite(limited, copy);
    StringSource again(copy.text());
    StringSink second(kMostBytes);
    must(rewrite(again, second) == first);
    must(second.text() == copy.text());
  });
  answered([&] {
    const UniqueFd tar = memory_file(bytes);
    const UniqueFd index = memory_file("");
    archive::erofs::write_index(tar.get(), size, index.get());
  });
  return 0;
}
