#include "build/copy/archive_unpacker.h"

#include <fcntl.h>

#include "archive/compression.h"
#include "archive/layer_path.h"
#include "archive/tar_reader.h"
#include "base/error.h"
#include "base/fd.h"

namespace estiba::build {
namespace {

using archive::EntryType;
using archive::join_path;
using archive::TarEntry;

class ArchiveUnpacker {
 public:
  ArchiveUnpacker(const UnpackRequest& request, LayerComposer& composer, std::stop_token stop)
      : request_(request), composer_(composer), stop_(std::move(stop)) {}

  void unpack(Source& tar) {
    archive::TarReader reader(tar);
    while (auto entry = reader.next()) {
      if (stop_.stop_requested()) throw Error(ErrorCode::kCancelled, "the build was stopped");
      if (entry->path.empty()) continue;
      place(*entry);
      request_.on_bytes(entry->size_bytes);
      if (entry->type == EntryType::kHardLink && !composer_.tree().in_layer(entry->link_target)) {
        copy_link(std::move(*entry));
        continue;
      }
      const bool file = entry->type == EntryType::kFile;
      composer_.add(std::move(*entry), file ? &reader.body() : nullptr);
    }
  }

 private:
  void place(TarEntry& entry) {
    entry.path = physical(entry.path);
    if (entry.type == EntryType::kHardLink) entry.link_target = physical(entry.link_target);
    if (request_.owner) {
      entry.uid = request_.owner->uid;
      entry.gid = request_.owner->gid;
    }
    entry.mtime = request_.clamp(entry.mtime);
    composer_.make_directories(std::string(archive::split_parent(entry.path).parent));
  }

  // Links on the way are followed, the last component is itself.
  [[nodiscard]] std::string physical(const std::string& path) const {
    const auto [parent, name] = archive::split_parent(path);
    return join_path(composer_.tree().resolve(parent, request_.destination), name);
  }

  // A hard link to a file that lies below: its content, since links do not reach into other layers.
  void copy_link(TarEntry link) {
    const fs::RootDir* below = composer_.tree().below(link.link_target);
    const auto file =
        below == nullptr ? std::nullopt : below->try_open(link.link_target, O_RDONLY | O_NOFOLLOW);
    if (!file) {
      throw Error(ErrorCode::kConflict, "/" + link.path + " is a link to /" + link.link_target +
                                            ", which does not exist");
    }
    struct stat status {};
    if (::fstat(file->get(), &status) != 0) throw_errno("stat /" + link.link_target);
    link.type = EntryType::kFile;
    link.size_bytes = static_cast<std::uint64_t>(status.st_size);
    link.link_target.clear();
    composer_.add_file(std::move(link), file->get());
  }

  const UnpackRequest& request_;
  LayerComposer& composer_;
  std::stop_token stop_;
};

}  // namespace

void unpack_archive(int fd, const UnpackRequest& request, LayerComposer& composer,
                    std::stop_token stop) {
  composer.make_directories(request.destination);
  FdSource file(duplicate(fd), "the archive");
  ArchiveUnpacker(request, composer, std::move(stop)).unpack(*archive::open_maybe_compressed(file));
}

}  // namespace estiba::build
