#include "archive/tree_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "archive/layer_xattrs.h"
#include "archive/whiteout.h"
#include "base/error.h"
#include "fs/tree.h"
#include "fs/xattr.h"

namespace estiba::archive {
namespace {

bool is_whiteout(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

void copy_bytes(Source& body, std::uint64_t count, int fd, const std::string& what) {
  std::vector<std::byte> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(count, kCopyBufferBytes)));
  while (count > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, buffer.size()));
    const std::size_t got = body.read(MutableBytes(buffer).first(wanted));
    write_all(fd, Bytes(buffer).first(got), what);
    count -= got;
  }
}

// Writes the data of a file, leaving its holes. `body` has all of it or throws.
void write_content(const TarEntry& entry, Source& body, int fd) {
  if (entry.extents.empty()) return copy_bytes(body, entry.size_bytes, fd, entry.path);
  std::uint64_t position = 0;
  for (const Extent& extent : entry.extents) {
    body.skip(extent.offset_bytes - position);
    if (::lseek(fd, static_cast<off_t>(extent.offset_bytes), SEEK_SET) < 0) throw_errno("seek");
    copy_bytes(body, extent.length_bytes, fd, entry.path);
    position = extent.offset_bytes + extent.length_bytes;
  }
  if (::ftruncate(fd, static_cast<off_t>(entry.size_bytes)) != 0) throw_errno("set the size");
}

mode_t type_bits(EntryType type) {
  if (type == EntryType::kCharDevice) return S_IFCHR;
  return type == EntryType::kBlockDevice ? S_IFBLK : S_IFIFO;
}

}  // namespace

// Stands in a directory of the tree for resolve_directory().
class TreeWriter::View {
 public:
  explicit View(TreeWriter& writer) : writer_(writer) {}

  [[nodiscard]] const std::string& resolved() const { return resolved_; }

  void go_to_root() { resolved_.clear(); }
  void leave() { resolved_ = split_parent(resolved_).parent; }
  void enter(const std::string& name) { resolved_ = join_path(resolved_, name); }
  PathStep look(const std::string& name) const {
    const auto status = writer_.root_.lstat(join_path(resolved_, name));
    if (!status) return PathStep::kMissing;
    if (S_ISDIR(status->st_mode)) return PathStep::kDirectory;
    if (S_ISLNK(status->st_mode)) return PathStep::kSymlink;
    return is_whiteout(*status) ? PathStep::kWhiteout : PathStep::kOther;
  }
  std::string link_target(const std::string& name) const {
    return writer_.root_.read_link(join_path(resolved_, name));
  }
  void make_directory(const std::string& name, PathStep replaced) {
    const std::string path = join_path(resolved_, name);
    if (replaced == PathStep::kWhiteout) writer_.root_.remove_tree(path);
    const bool is_root = writer_.privilege_ == Privilege::kRoot;
    writer_.root_.make_directories(
        path, {.mode = 0700, .uid = is_root ? 0 : ::geteuid(), .gid = is_root ? 0 : ::getegid()});
    if (replaced == PathStep::kWhiteout) {
      writer_.set_opaque(writer_.root_.open(path, O_RDONLY | O_DIRECTORY).get());
    }
    writer_.lower_.remember(path);
    writer_.pending_.add(path, {.type = EntryType::kDirectory, .mode = 0755});
  }

 private:
  TreeWriter& writer_;
  std::string resolved_;
};

TreeWriter::TreeWriter(const fs::RootDir& root, const ExtractOptions& options)
    : root_(root),
      options_(options),
      privilege_(options.set_owners ? Privilege::kRoot : Privilege::kUser) {
  if (!applies()) place_root({.type = EntryType::kDirectory, .mode = 0755});
}

void TreeWriter::finish() {
  pending_.apply(root_, privilege_);
}

void TreeWriter::add(const TarEntry& entry, Source& body) {
  if (options_.whiteouts == WhiteoutHandling::kNone) return place(entry, body);
  const Whiteout whiteout = classify_whiteout(entry.path);
  switch (whiteout.kind) {
    case WhiteoutKind::kOrdinary:
      return place(entry, body);
    case WhiteoutKind::kRemoves:
      return mark_removed(whiteout.path);
    case WhiteoutKind::kOpaque:
      return mark_opaque(whiteout.path);
    case WhiteoutKind::kMetadata:
      return;
  }
}

void TreeWriter::place(const TarEntry& entry, Source& body) {
  if (entry.path.empty()) return place_root(entry);
  const auto [parent_path, name_view] = split_parent(entry.path);
  const std::string name(name_view);
  enter_parent(parent_path);
  switch (entry.type) {
    case EntryType::kDirectory:
      place_directory(entry, name);
      break;
    case EntryType::kHardLink:
      place_hard_link(entry, name);
      break;
    case EntryType::kFile:
      place_file(entry, name, body);
      break;
    case EntryType::kSymlink:
      place_symlink(entry, name);
      break;
    case EntryType::kCharDevice:
    case EntryType::kBlockDevice:
    case EntryType::kFifo:
      place_special(entry, name);
      break;
  }
  if (applies()) lower_.remember(resolved_path(name));
}

void TreeWriter::place_root(const TarEntry& entry) {
  if (entry.type != EntryType::kDirectory) {
    throw Error(ErrorCode::kInvalidArgument, "the root of a layer must be a directory");
  }
  const UniqueFd root = root_.open("", O_RDONLY | O_DIRECTORY);
  take_over(entry, root.get(), "");
  pending_.add("", entry);
}

void TreeWriter::place_directory(const TarEntry& entry, const std::string& name) {
  bool replaces_whiteout = false;
  if (const auto found = look(name); found && !S_ISDIR(found->st_mode)) {
    replaces_whiteout = is_whiteout(*found);
    remove(name);
  }
  if (::mkdirat(parent_.fd.get(), name.c_str(), 0700) != 0 && errno != EEXIST) {
    throw_errno("make the directory");
  }
  const UniqueFd made = open_at(parent_.fd.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  take_over(entry, made.get(), "");
  pending_.add(resolved_path(name), entry);
  if (replaces_whiteout) set_opaque(made.get());
}

void TreeWriter::place_hard_link(const TarEntry& entry, const std::string& name) {
  const auto [target_parent, target_name_view] = split_parent(entry.link_target);
  const std::string target_name(target_name_view);
  const auto directory = root_.try_open(target_parent, O_PATH | O_DIRECTORY);
  struct stat target = {};
  bool is_there = directory && ::fstatat(directory->get(), target_name.c_str(), &target,
                                         AT_SYMLINK_NOFOLLOW) == 0;
  is_there = is_there && !S_ISDIR(target.st_mode) && !is_whiteout(target);
  if (is_there) {
    const auto found = look(name);
    if (found && found->st_ino == target.st_ino && found->st_dev == target.st_dev) return;
    if (found) remove(name);
    // What was removed may have held the target.
    is_there =
        ::linkat(directory->get(), target_name.c_str(), parent_.fd.get(), name.c_str(), 0) == 0;
    if (!is_there && errno != ENOENT) throw_errno(fmt::format("link {:?}", entry.link_target));
  }
  if (!is_there) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("it is a hard link to {:?}, which is no file of this layer",
                            entry.link_target));
  }
}

void TreeWriter::place_file(const TarEntry& entry, const std::string& name, Source& body) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd file(::openat(parent_.fd.get(), name.c_str(), kFlags, 0600));
  if (!file && errno == EEXIST) {
    remove(name);
    file = UniqueFd(::openat(parent_.fd.get(), name.c_str(), kFlags, 0600));
  }
  if (!file) throw_errno("make the file");
  write_content(entry, body, file.get());
  // A change of the owner takes setuid and capabilities away: it comes first.
  take_over(entry, file.get(), "");
  set_xattrs(file.get(), "", layer_xattrs(entry), privilege_);
  if (::fchmod(file.get(), entry.mode) != 0) throw_errno("set the mode");
  set_times(file.get(), "", entry.mtime);
}

void TreeWriter::place_symlink(const TarEntry& entry, const std::string& name) {
  if (look(name)) remove(name);
  if (::symlinkat(entry.link_target.c_str(), parent_.fd.get(), name.c_str()) != 0) {
    throw_errno("make the symbolic link");
  }
  take_over(entry, parent_.fd.get(), name);
  set_times(parent_.fd.get(), name, entry.mtime);
}

void TreeWriter::place_special(const TarEntry& entry, const std::string& name) {
  if (entry.type != EntryType::kFifo && options_.devices != DeviceHandling::kCreate) {
    if (options_.devices == DeviceHandling::kSkip) return;
    throw Error(ErrorCode::kPermissionDenied, "devices are not allowed here");
  }
  if (look(name)) remove(name);
  const dev_t device = makedev(entry.device_major, entry.device_minor);
  if (::mknodat(parent_.fd.get(), name.c_str(), type_bits(entry.type) | 0600, device) != 0) {
    throw_errno("make the device or fifo");
  }
  take_over(entry, parent_.fd.get(), name);
  // fchmodat() follows links, but what stands here is the node that was made just now.
  if (::fchmodat(parent_.fd.get(), name.c_str(), entry.mode, 0) != 0) throw_errno("set the mode");
  set_times(parent_.fd.get(), name, entry.mtime);
}

void TreeWriter::mark_removed(const std::string& path) {
  const auto [parent_path, name_view] = split_parent(path);
  const std::string name(name_view);
  if (applies()) {
    if (root_.stat(parent_path)) lower_.remove(root_, join_path(root_.resolve(parent_path), name));
    return;
  }
  enter_parent(parent_path);
  const auto found = look(name);
  if (!found) {
    if (::mknodat(parent_.fd.get(), name.c_str(), S_IFCHR, makedev(0, 0)) != 0) {
      throw_errno("make the whiteout");
    }
    set_times(parent_.fd.get(), name, Timestamp{});
  } else if (S_ISDIR(found->st_mode)) {
    // What this layer has there stays, and hides all that lies below.
    set_opaque(open_at(parent_.fd.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).get());
  }
}

void TreeWriter::mark_opaque(const std::string& directory) {
  if (applies()) {
    if (root_.stat(directory)) lower_.remove_content(root_, root_.resolve(directory));
    return;
  }
  enter_parent(directory);
  set_opaque(root_.open(parent_.resolved, O_RDONLY | O_DIRECTORY).get());
}

void TreeWriter::enter_parent(std::string_view path) {
  if (parent_.path == path) return;
  parent_.path.reset();
  if (auto found = root_.try_open(path, O_PATH | O_DIRECTORY)) {
    parent_.fd = std::move(*found);
    parent_.resolved = root_.resolve(path);
  } else {
    View view(*this);
    resolve_directory(view, path, MissingParents::kMake);
    parent_.resolved = view.resolved();
    parent_.fd = root_.open(parent_.resolved, O_PATH | O_DIRECTORY);
  }
  parent_.path = std::string(path);
}

std::string TreeWriter::resolved_path(const std::string& name) const {
  return join_path(parent_.resolved, name);
}

std::optional<struct stat> TreeWriter::look(const std::string& name) const {
  struct stat status = {};
  if (::fstatat(parent_.fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return status;
  if (errno != ENOENT) throw_errno("examine what is there");
  return std::nullopt;
}

void TreeWriter::remove(const std::string& name) {
  fs::remove_tree_at(parent_.fd.get(), name);
  pending_.forget(resolved_path(name));
  parent_.path.reset();  // the path of the parent may have led through what is gone
}

void TreeWriter::take_over(const TarEntry& entry, int dir_fd, const std::string& name) const {
  if (privilege_ == Privilege::kRoot) set_owner(dir_fd, name, entry);
}

void TreeWriter::set_opaque(int directory_fd) const {
  if (applies()) return;
  const bool is_trusted = options_.marks == OverlayMarks::kTrusted;
  fs::write_xattr(directory_fd, "",
                  is_trusted ? std::string(kOverlayOpaqueXattr) : "user.overlay.opaque", "y");
}

}  // namespace estiba::archive
