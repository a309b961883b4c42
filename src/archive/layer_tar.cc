#include "archive/layer_tar.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <map>
#include <utility>

#include "archive/whiteout.h"
#include "base/error.h"
#include "base/fd.h"
#include "fs/tree.h"
#include "fs/xattr.h"

namespace estiba::archive {
namespace {

Timestamp to_timestamp(const timespec& time) {
  // Whole seconds, as the tar has them.
  return from_unix_seconds(time.tv_sec);
}

std::string read_link(int dir_fd, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(dir_fd, name.c_str(), target.data(), target.size());
  if (size < 0) throw_errno("read the link");
  target.resize(static_cast<std::size_t>(size));
  return target;
}

// Overlay keeps its marks as trusted.*, or as user.* when it is mounted without root.
const std::string* overlay_mark(const fs::Xattrs& xattrs, std::string_view name) {
  for (const std::string_view prefix : {"trusted.overlay.", "user.overlay."}) {
    const auto found = xattrs.find(fmt::format("{}{}", prefix, name));
    if (found != xattrs.end()) return &found->second;
  }
  return nullptr;
}

void refuse_unmarked_content(const fs::Xattrs& xattrs) {
  for (const std::string_view name : {"redirect", "metacopy"}) {
    if (overlay_mark(xattrs, name) == nullptr) continue;
    throw Error(ErrorCode::kUnsupported,
                fmt::format("overlay left only a reference ({}) to the layers below", name),
                "mount the overlay with redirect_dir=off,metacopy=off");
  }
}

class ChangeWriter {
 public:
  ChangeWriter(Sink& tar, const ChangeOptions& options)
      : options_(options), tar_(tar, {.on_entry = options.on_entry}) {}
  // Of a tree that is no layer, so that no name has a meaning; all paths come below `prefix`.
  ChangeWriter(Sink& tar, const ChangeOptions& options, std::string prefix)
      : options_(options), prefix_(std::move(prefix)), is_layer_(false), tar_(tar) {}

  fs::WalkStep visit(const fs::WalkEntry& found) {
    if (options_.exclude && options_.exclude(found.path)) return fs::WalkStep::kSkipDirectory;
    with_context([&] { return fmt::format("adding {:?} to a layer", found.path); },
                 [&] { add(found); });
    return fs::WalkStep::kContinue;
  }

  ChangeSummary finish() {
    tar_.finish();
    return {.entries = entries_, .tar_bytes = tar_.size_bytes()};
  }

 private:
  void add(const fs::WalkEntry& found);
  void add_regular_file(TarEntry& entry, const fs::WalkEntry& found);
  void add_marker(std::string path, Timestamp mtime);
  void write(const TarEntry& entry) {
    tar_.add(entry);
    ++entries_;
  }
  [[nodiscard]] TarEntry describe(const fs::WalkEntry& found) const;
  // Makes the entry a hard link when its file was written already.
  bool turn_into_link(TarEntry& entry, const struct stat& status);

  const ChangeOptions& options_;
  std::string prefix_;
  bool is_layer_ = true;
  TarWriter tar_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_files_;  // to their first path
  std::uint64_t entries_ = 0;
};

TarEntry ChangeWriter::describe(const fs::WalkEntry& found) const {
  TarEntry entry;
  entry.path = prefix_;
  if (!prefix_.empty() && !found.path.empty()) entry.path += '/';
  entry.path += found.path;
  entry.mode = found.status.st_mode & 07777;
  entry.uid = found.status.st_uid;
  entry.gid = found.status.st_gid;
  entry.mtime = to_timestamp(found.status.st_mtim);
  if (options_.latest_mtime) entry.mtime = std::min(entry.mtime, *options_.latest_mtime);
  return entry;
}

bool ChangeWriter::turn_into_link(TarEntry& entry, const struct stat& status) {
  if (status.st_nlink < 2) return false;
  const auto [known, is_new] =
      linked_files_.try_emplace({status.st_dev, status.st_ino}, entry.path);
  if (is_new) return false;
  entry.type = EntryType::kHardLink;
  entry.link_target = known->second;
  return true;
}

void ChangeWriter::add_marker(std::string path, Timestamp mtime) {
  write({.path = std::move(path), .type = EntryType::kFile, .mode = 0600, .mtime = mtime});
}

void ChangeWriter::add(const fs::WalkEntry& found) {
  const mode_t type = found.status.st_mode & S_IFMT;
  TarEntry entry = describe(found);
  if (type == S_IFSOCK) return;  // a dead program's; tar has no word for it
  if (is_layer_) refuse_whiteout_name(found.path);
  if (type == S_IFCHR && found.status.st_rdev == makedev(0, 0)) {
    return add_marker(whiteout_path(found.path), entry.mtime);
  }
  if (type != S_IFDIR && turn_into_link(entry, found.status)) return write(entry);

  const bool may_have_xattrs = type == S_IFREG || type == S_IFDIR;
  fs::Xattrs xattrs;
  if (may_have_xattrs) xattrs = fs::read_xattrs(found.parent_fd, found.name);
  refuse_unmarked_content(xattrs);
  const std::string* opaque = overlay_mark(xattrs, "opaque");
  const bool is_opaque = opaque != nullptr && *opaque == "y";
  std::erase_if(xattrs, [](const auto& xattr) { return !is_layer_xattr(xattr.first); });
  entry.xattrs = std::move(xattrs);

  switch (type) {
    case S_IFREG:
      return add_regular_file(entry, found);
    case S_IFDIR:
      entry.type = EntryType::kDirectory;
      write(entry);
      if (is_opaque) add_marker(opaque_path(found.path), entry.mtime);
      return;
    case S_IFLNK:
      entry.type = EntryType::kSymlink;
      entry.link_target = read_link(found.parent_fd, found.name);
      return write(entry);
    case S_IFCHR:
    case S_IFBLK:
      entry.type = type == S_IFCHR ? EntryType::kCharDevice : EntryType::kBlockDevice;
      entry.device_major = major(found.status.st_rdev);
      entry.device_minor = minor(found.status.st_rdev);
      return write(entry);
    case S_IFIFO:
      entry.type = EntryType::kFifo;
      return write(entry);
    default:
      throw Error(ErrorCode::kUnsupported, fmt::format("it has the unknown type {:#o}", type));
  }
}

void ChangeWriter::add_regular_file(TarEntry& entry, const fs::WalkEntry& found) {
  const UniqueFd file = open_at(found.parent_fd, found.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) throw_errno("examine it");
  if (status.st_ino != found.status.st_ino || status.st_dev != found.status.st_dev) {
    throw Error(ErrorCode::kConflict, "it was replaced while the layer was being written");
  }
  entry.type = EntryType::kFile;
  entry.size_bytes = static_cast<std::uint64_t>(status.st_size);
  tar_.add_file(entry, file.get());
  ++entries_;
}

}  // namespace

ChangeSummary write_change(int upper_dir_fd, Sink& tar, const ChangeOptions& options) {
  ChangeWriter writer(tar, options);
  fs::walk(upper_dir_fd, [&](const fs::WalkEntry& found) { return writer.visit(found); });
  return writer.finish();
}

void write_tree(int parent_fd, const std::string& name, const std::string& as, Sink& tar) {
  const ChangeOptions options;
  ChangeWriter writer(tar, options, as);
  struct stat status = {};
  if (::fstatat(parent_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    throw_errno("look at " + as);
  }
  // The root of an archive that has no name is no entry.
  if (!as.empty()) {
    (void)writer.visit({.path = "", .status = status, .parent_fd = parent_fd, .name = name});
  }
  if (S_ISDIR(status.st_mode)) {
    const UniqueFd directory = open_at(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    fs::walk(directory.get(), [&](const fs::WalkEntry& found) { return writer.visit(found); });
  }
  (void)writer.finish();
}

}  // namespace estiba::archive
