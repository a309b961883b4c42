#include "build/export_tree.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "archive/extract.h"
#include "archive/layer_tar.h"
#include "archive/tar_reader.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "fs/root_dir.h"
#include "fs/temp.h"
#include "store/image_store.h"

namespace estiba::build {
namespace {

void write_image(const TreeExport& request, const BuiltImage& image, Sink& out) {
  const auto diff_ids = request.store.images().get(image.id).config.diff_ids;
  const store::Snapshot snapshot = request.mounter.mount_read_only(diff_ids, request.stop);
  const UniqueFd root = open_file(snapshot.path(), O_RDONLY | O_DIRECTORY);
  archive::ChangeOptions options;
  options.latest_mtime = request.latest_mtime;
  archive::write_change(root.get(), out, options);
}

std::string directory_of(const Platform& platform) {
  std::string name = platform.to_string();
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

// What `write` writes, in a file, to be read again.
std::unique_ptr<Source> spool(const std::string& directory,
                              const std::function<void(Sink&)>& write) {
  const fs::TemporaryFile file = fs::TemporaryFile::create(directory);
  FdSink sink(file.fd(), "the exported files");
  write(sink);
  if (::lseek(file.fd(), 0, SEEK_SET) != 0) throw_errno("read the exported files");
  return std::make_unique<FdSource>(duplicate(file.fd()), "the exported files");
}

void add_below(const std::string& directory, Source& tar, archive::TarWriter& out) {
  out.add({.path = directory, .type = archive::EntryType::kDirectory, .mode = 0755});
  archive::TarReader reader(tar);
  while (auto entry = reader.next()) {
    entry->path = directory + "/" + entry->path;
    if (entry->type == archive::EntryType::kHardLink) {
      entry->link_target = directory + "/" + entry->link_target;
    }
    const bool has_body = entry->type == archive::EntryType::kFile;
    out.add(*entry, has_body ? &reader.body() : nullptr);
  }
}

}  // namespace

void export_tar(const TreeExport& request, Sink& out) {
  if (request.images.size() == 1) return write_image(request, request.images.front(), out);
  const fs::TemporaryDirectory scratch = request.store.temporary_directory();
  archive::TarWriter tar(out);
  for (const BuiltImage& image : request.images) {
    const auto files =
        spool(scratch.path(), [&](Sink& sink) { write_image(request, image, sink); });
    add_below(directory_of(image.platform), *files, tar);
  }
  tar.finish();
}

void export_directory(const TreeExport& request, const std::string& directory) {
  for (const BuiltImage& image : request.images) {
    const std::string destination =
        request.images.size() == 1 ? directory : directory + "/" + directory_of(image.platform);
    unpack_archive(
        request.store, destination, [&](Sink& sink) { write_image(request, image, sink); },
        request.stop);
  }
}

void unpack_archive(store::Store& store, const std::string& directory,
                    const std::function<void(Sink&)>& write, std::stop_token stop) {
  const fs::TemporaryDirectory scratch = store.temporary_directory();
  const auto tar = spool(scratch.path(), write);
  make_directories(directory);
  archive::extract_layer(*tar, fs::RootDir::open(directory),
                         {.whiteouts = archive::WhiteoutHandling::kApply,
                          .devices = archive::DeviceHandling::kSkip,
                          .set_owners = false,
                          .stop = std::move(stop)});
}

}  // namespace estiba::build
