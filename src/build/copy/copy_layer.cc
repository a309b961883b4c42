#include "build/copy/copy_layer.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <map>
#include <utility>

#include "archive/compression.h"
#include "archive/foreign.h"
#include "archive/layer_path.h"
#include "archive/tar_reader.h"
#include "archive/tar_writer.h"
#include "archive/whiteout.h"
#include "base/error.h"
#include "fs/xattr.h"

namespace estiba::build {
namespace {

using archive::EntryType;
using archive::join_path;
using archive::TarEntry;

EntryType type_of(mode_t mode) {
  if (S_ISREG(mode)) return EntryType::kFile;
  if (S_ISDIR(mode)) return EntryType::kDirectory;
  if (S_ISLNK(mode)) return EntryType::kSymlink;
  if (S_ISCHR(mode)) return EntryType::kCharDevice;
  if (S_ISBLK(mode)) return EntryType::kBlockDevice;
  return EntryType::kFifo;
}

class CopyLayer {
 public:
  CopyLayer(const CopyRequest& request, const fs::RootDir& below, Sink& sink,
            const std::function<void(std::uint64_t)>& on_bytes, std::stop_token stop)
      : request_(request),
        on_bytes_(on_bytes),
        stop_(std::move(stop)),
        tar_(sink),
        composer_(below, tar_, {request.owner.value_or(Owner{}), request.now}) {}

  void write(const CopyItems& items) {
    destination_ = composer_.resolve(request_.destination);
    const bool there = request_.destination.ends_with('/') || composer_.is_directory(destination_);
    check_destination(items, there);
    destination_is_directory_ = there || !items.items.front().named;
    if (there) composer_.add_directories(destination_);
    for (const CopyItem& item : items.items) {
      if (stop_.stop_requested()) throw Error(ErrorCode::kCancelled, "the build was stopped");
      add(item);
      if (on_bytes_) on_bytes_(done_bytes_);
    }
    tar_.finish();
  }

 private:
  void check_destination(const CopyItems& items, bool is_there) const {
    if (!items.several_sources || is_there) return;
    throw Error(
        ErrorCode::kInvalidArgument,
        "more than one source, but the destination " + request_.destination + " is not a directory",
        "write the destination as " + request_.destination + "/");
  }

  void add(const CopyItem& item) {
    if (item.unpack && unpack(item)) return;
    TarEntry entry = describe(item);
    // A destination that is there keeps its attributes; a new one takes those of its source.
    if (item.target.empty() && composer_.is_directory(entry.path)) return;
    if (entry.type != EntryType::kFile) {
      composer_.add(std::move(entry));
      return;
    }
    const UniqueFd fd = item.tree->open(item.source, O_RDONLY);
    add_attributes(entry, fd.get());
    if (item.status.st_nlink > 1 && link_to_earlier(item, entry)) return;
    done_bytes_ += entry.size_bytes;
    composer_.add_file(std::move(entry), fd.get());
  }

  // True when the same inode was copied before: then the entry became a hard link to it.
  bool link_to_earlier(const CopyItem& item, const TarEntry& entry) {
    const auto key = std::make_pair(item.status.st_dev, item.status.st_ino);
    const auto [earlier, inserted] = links_.emplace(key, entry.path);
    if (inserted) return false;
    TarEntry link = entry;
    link.type = EntryType::kHardLink;
    link.link_target = earlier->second;
    link.size_bytes = 0;
    link.xattrs.clear();
    composer_.add(std::move(link));
    return true;
  }

  TarEntry describe(const CopyItem& item) const {
    const struct stat& status = item.status;
    TarEntry entry;
    entry.path = item.named && !destination_is_directory_ ? destination_
                                                          : join_path(destination_, item.target);
    entry.type = type_of(status.st_mode);
    entry.mode = request_.mode && entry.type != EntryType::kSymlink ? *request_.mode
                                                                    : status.st_mode & 07777;
    const bool keeps_owner = item.tree->kind() == FileTree::Kind::kImage;
    const Owner owner =
        request_.owner.value_or(keeps_owner ? Owner{status.st_uid, status.st_gid} : Owner{});
    entry.uid = owner.uid;
    entry.gid = owner.gid;
    entry.mtime = clamp(from_unix_seconds(status.st_mtim.tv_sec));
    if (entry.type == EntryType::kFile) {
      entry.size_bytes = static_cast<std::uint64_t>(status.st_size);
    } else if (entry.type == EntryType::kSymlink) {
      entry.link_target = read_link(item);
    } else if (entry.type != EntryType::kDirectory) {
      entry.device_major = major(status.st_rdev);
      entry.device_minor = minor(status.st_rdev);
    }
    return entry;
  }

  static std::string read_link(const CopyItem& item) {
    const UniqueFd link = item.tree->open_entry(item.source);
    std::string target(PATH_MAX, '\0');
    const ssize_t size = ::readlinkat(link.get(), "", target.data(), target.size());
    if (size < 0) throw_errno("read the link " + item.source);
    target.resize(static_cast<std::size_t>(size));
    return target;
  }

  // The file is described by what is open now: it may have been replaced since the walk.
  static void add_attributes(TarEntry& entry, int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw_errno("stat " + entry.path);
    entry.size_bytes = static_cast<std::uint64_t>(status.st_size);
    for (const auto& [name, value] : fs::read_xattrs(fd, "")) {
      if (archive::is_layer_xattr(name)) entry.xattrs[name] = value;
    }
  }

  Timestamp clamp(Timestamp time) const {
    return request_.latest_mtime ? std::min(time, *request_.latest_mtime) : time;
  }

  // ADD of a local archive, told by its content.
  bool unpack(const CopyItem& item) {
    if (!S_ISREG(item.status.st_mode)) return false;
    const UniqueFd fd = item.tree->open(item.source, O_RDONLY);
    if (!archive::is_tar_archive(fd.get())) return false;
    return with_context([&] { return "extracting " + item.source; },
                        [&] {
                          FdSource file(duplicate(fd.get()), item.source);
                          unpack_entries(*archive::open_maybe_compressed(file));
                          return true;
                        });
  }

  void unpack_entries(Source& tar) {
    composer_.add_directories(destination_);
    archive::TarReader reader(tar);
    while (auto entry = reader.next()) {
      if (stop_.stop_requested()) throw Error(ErrorCode::kCancelled, "the build was stopped");
      entry->path = join_path(destination_, entry->path);
      if (entry->type == EntryType::kHardLink) {
        entry->link_target = join_path(destination_, entry->link_target);
      }
      if (request_.owner) {
        entry->uid = request_.owner->uid;
        entry->gid = request_.owner->gid;
      }
      entry->mtime = clamp(entry->mtime);
      done_bytes_ += entry->size_bytes;
      if (entry->path == destination_) continue;
      const bool file = entry->type == EntryType::kFile;
      composer_.add(std::move(*entry), file ? &reader.body() : nullptr);
    }
  }

  const CopyRequest& request_;
  const std::function<void(std::uint64_t)>& on_bytes_;
  std::stop_token stop_;
  archive::TarWriter tar_;
  LayerComposer composer_;
  std::string destination_;  // resolved
  bool destination_is_directory_ = false;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;
  std::uint64_t done_bytes_ = 0;
};

}  // namespace

void write_copy_layer(const CopyItems& items, const CopyRequest& request, const fs::RootDir& below,
                      Sink& tar, const std::function<void(std::uint64_t)>& on_bytes,
                      std::stop_token stop) {
  CopyLayer(request, below, tar, on_bytes, std::move(stop)).write(items);
}

}  // namespace estiba::build
