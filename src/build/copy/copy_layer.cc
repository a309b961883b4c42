#include "build/copy/copy_layer.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <map>
#include <utility>

#include "archive/foreign.h"
#include "archive/layer_path.h"
#include "archive/tar_writer.h"
#include "archive/whiteout.h"
#include "base/error.h"
#include "build/copy/archive_unpacker.h"
#include "fs/xattr.h"

namespace estiba::build {
namespace {

using archive::EntryType;
using archive::join_path;
using archive::TarEntry;

EntryType type_of(mode_t mode) {
  // A socket is nothing without its program; as in the reference an empty file stands for it.
  if (S_ISREG(mode) || S_ISSOCK(mode)) return EntryType::kFile;
  if (S_ISDIR(mode)) return EntryType::kDirectory;
  if (S_ISLNK(mode)) return EntryType::kSymlink;
  if (S_ISCHR(mode)) return EntryType::kCharDevice;
  if (S_ISBLK(mode)) return EntryType::kBlockDevice;
  return EntryType::kFifo;
}

NewDirectories new_directories(const CopyRequest& request) {
  return {request.owner.value_or(Owner{}),
          request.mode ? request.mode->new_directory_mode() : 0755u, request.now};
}

class CopyLayer {
 public:
  CopyLayer(const CopyRequest& request, const fs::RootDir* below, Sink& sink,
            const std::function<void(std::uint64_t)>& on_bytes, std::stop_token stop)
      : request_(request),
        on_bytes_(on_bytes),
        stop_(std::move(stop)),
        tar_(sink),
        composer_(below, tar_, new_directories(request)) {}

  void write(const CopyItems& items) {
    for (const CopyItem& item : items.items) {
      if (stop_.stop_requested()) throw Error(ErrorCode::kCancelled, "the build was stopped");
      if (!item.named) {
        add(item, join_path(base_, item.target));
      } else if (!unpack(item)) {
        begin_source(item);
      }
      if (on_bytes_) on_bytes_(done_bytes_);
    }
    tar_.finish();
  }

 private:
  // Every source finds the destination as the sources before it have left it.
  void begin_source(const CopyItem& item) {
    links_.clear();
    const bool is_directory = S_ISDIR(item.status.st_mode);
    const std::string& wanted = request_.destination;
    const std::string folder = wanted.substr(0, wanted.rfind('/'));
    composer_.make_directories(composer_.tree().resolve(folder));
    base_ = composer_.tree().resolve(wanted);
    if (is_directory) {
      // A destination that is there keeps its attributes; a new one is not that of the source.
      composer_.make_directories(base_);
      return;
    }
    if (composer_.tree().kind(base_) == NodeKind::kDirectory) base_ = join_path(base_, item.target);
    composer_.make_directories(std::string(archive::split_parent(base_).parent));
    add(item, base_);
  }

  void add(const CopyItem& item, const std::string& path) {
    const NodeKind there = composer_.tree().kind(path);
    TarEntry entry = describe(item, path);
    if (entry.type == EntryType::kDirectory) {
      add_directory(item, std::move(entry), there);
      return;
    }
    if (there == NodeKind::kDirectory) fail_conflict(item, path, "a directory");
    if (!S_ISREG(item.status.st_mode)) {
      composer_.add(std::move(entry));
      return;
    }
    const UniqueFd fd = item.tree->open(item.source, O_RDONLY | O_NOFOLLOW);
    add_attributes(entry, fd.get());
    if (item.status.st_nlink > 1 && link_to_earlier(item, entry)) return;
    done_bytes_ += entry.size_bytes;
    composer_.add_file(std::move(entry), fd.get());
  }

  void add_directory(const CopyItem& item, TarEntry entry, NodeKind there) {
    if (there == NodeKind::kSymlink) fail_conflict(item, entry.path, "a link");
    if (there == NodeKind::kOther) fail_conflict(item, entry.path, "a file");
    const UniqueFd fd = item.tree->open(item.source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    add_attributes(entry, fd.get());
    entry.size_bytes = 0;
    if (there == NodeKind::kDirectory && composer_.tree().below(entry.path) != nullptr) {
      TarEntry before = composer_.existing_directory(entry.path);
      entry.xattrs.merge(before.xattrs);
      if (item.on_the_way) {
        before.mode = item.status.st_mode & 07777;
        entry = std::move(before);
      }
    }
    composer_.add(std::move(entry));
  }

  [[noreturn]] static void fail_conflict(const CopyItem& item, const std::string& path,
                                         const std::string& there) {
    throw Error(ErrorCode::kConflict,
                "cannot copy " + item.source + " to /" + path + ": " + there + " stands there",
                "copying does not replace a directory by a file, nor the other way round");
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

  TarEntry describe(const CopyItem& item, const std::string& path) const {
    const struct stat& status = item.status;
    TarEntry entry;
    entry.path = path;
    entry.type = type_of(status.st_mode);
    entry.mode = request_.mode && entry.type != EntryType::kSymlink
                     ? request_.mode->apply(status.st_mode)
                     : status.st_mode & 07777;
    const bool keeps_owner = item.tree->kind() == FileTree::Kind::kImage;
    const Owner owner =
        request_.owner.value_or(keeps_owner ? Owner{status.st_uid, status.st_gid} : Owner{});
    entry.uid = owner.uid;
    entry.gid = owner.gid;
    entry.mtime = clamp(from_unix_seconds(status.st_mtim.tv_sec));
    if (S_ISREG(status.st_mode)) {
      entry.size_bytes = static_cast<std::uint64_t>(status.st_size);
    } else if (entry.type == EntryType::kSymlink) {
      entry.link_target = item.tree->read_link(item.source);
    } else if (entry.type != EntryType::kDirectory && entry.type != EntryType::kFile) {
      entry.device_major = major(status.st_rdev);
      entry.device_minor = minor(status.st_rdev);
    }
    return entry;
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
    if (!item.unpack || !S_ISREG(item.status.st_mode)) return false;
    const UniqueFd fd = item.tree->open(item.source, O_RDONLY);
    if (!archive::is_tar_archive(fd.get())) return false;
    UnpackRequest unpack;
    unpack.destination = composer_.tree().resolve(request_.destination);
    unpack.owner = request_.owner;
    unpack.clamp = [this](Timestamp time) { return clamp(time); };
    unpack.on_bytes = [this](std::uint64_t count) { done_bytes_ += count; };
    with_context([&] { return "extracting " + item.source; },
                 [&] { unpack_archive(fd.get(), unpack, composer_, stop_); });
    return true;
  }

  const CopyRequest& request_;
  const std::function<void(std::uint64_t)>& on_bytes_;
  std::stop_token stop_;
  archive::TarWriter tar_;
  LayerComposer composer_;
  std::string base_;  // where the current source goes
  std::map<std::pair<dev_t, ino_t>, std::string> links_;
  std::uint64_t done_bytes_ = 0;
};

}  // namespace

void write_copy_layer(const CopyItems& items, const CopyRequest& request, const fs::RootDir* below,
                      Sink& tar, const std::function<void(std::uint64_t)>& on_bytes,
                      std::stop_token stop) {
  CopyLayer(request, below, tar, on_bytes, std::move(stop)).write(items);
}

}  // namespace estiba::build
