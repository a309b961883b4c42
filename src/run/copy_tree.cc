#include "run/copy_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "fs/root_dir.h"
#include "fs/tree.h"
#include "fs/xattr.h"

namespace estiba::run {
namespace {

constexpr std::size_t kSendBytes = 16u << 20;

class TreeCopy {
 public:
  // Paths of entries are below `base`.
  TreeCopy(int to_fd, std::string base, CopiedOwner owner)
      : to_(duplicate(to_fd)), base_(std::move(base)), owner_(owner) {}

  void copy(const fs::WalkEntry& entry);
  // Directories get their times last: filling them changed these.
  void finish();

 private:
  struct Times {
    std::string path;
    std::array<timespec, 2> times;
  };

  // An entry, and where it comes to lie.
  struct Item {
    const fs::WalkEntry& from;
    std::string to_path;
    std::string to_name;
    int to_parent_fd;
  };

  [[nodiscard]] std::string target_of(const fs::WalkEntry& entry) const;
  // True when a directory is there already that the entry joins.
  static bool make_room(const Item& item);
  void make(const Item& item);
  static void copy_file(const Item& item);
  static void copy_link(const Item& item);
  void copy_attributes(const Item& item) const;

  fs::RootDir to_;
  std::string base_;
  CopiedOwner owner_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;  // where the first of several names is
  std::vector<Times> directories_;
};

[[noreturn]] void fail(const fs::WalkEntry& entry) {
  throw_errno(fmt::format("copy {}", entry.path.empty() ? entry.name : entry.path));
}

std::string parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

std::array<timespec, 2> times_of(const struct stat& status) {
  return {status.st_atim, status.st_mtim};
}

std::string TreeCopy::target_of(const fs::WalkEntry& entry) const {
  if (entry.path.empty() || base_.empty()) return base_ + std::string(entry.path);
  return fmt::format("{}/{}", base_, entry.path);
}

void TreeCopy::copy(const fs::WalkEntry& entry) {
  const std::string path = target_of(entry);
  const UniqueFd parent =
      to_.open(parent_of(path), O_RDONLY | O_DIRECTORY, 0, fs::Resolve::kBeneathNoSymlinks);
  const Item item{.from = entry,
                  .to_path = path,
                  .to_name = path.substr(path.rfind('/') + 1),
                  .to_parent_fd = parent.get()};
  if (make_room(item)) return;
  if (entry.status.st_nlink > 1 && !S_ISDIR(entry.status.st_mode)) {
    const std::pair inode(entry.status.st_dev, entry.status.st_ino);
    const auto [first, is_first] = linked_.emplace(inode, path);
    if (!is_first) {
      if (::linkat(to_.fd(), first->second.c_str(), parent.get(), item.to_name.c_str(), 0) != 0) {
        fail(entry);
      }
      return;
    }
  }
  make(item);
  copy_attributes(item);
}

bool TreeCopy::make_room(const Item& item) {
  struct stat there = {};
  if (::fstatat(item.to_parent_fd, item.to_name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    fail(item.from);
  }
  const bool is_directory = S_ISDIR(item.from.status.st_mode);
  if (is_directory != S_ISDIR(there.st_mode)) {
    throw Error(
        ErrorCode::kConflict,
        is_directory
            ? fmt::format("cannot overwrite non-directory \"/{}\" with directory", item.to_path)
            : fmt::format("cannot overwrite directory \"/{}\" with non-directory", item.to_path));
  }
  if (is_directory) return true;
  if (::unlinkat(item.to_parent_fd, item.to_name.c_str(), 0) != 0) fail(item.from);
  return false;
}

void TreeCopy::make(const Item& item) {
  const struct stat& status = item.from.status;
  const char* name = item.to_name.c_str();
  switch (status.st_mode & S_IFMT) {
    case S_IFDIR:
      if (::mkdirat(item.to_parent_fd, name, 0700) != 0) fail(item.from);
      directories_.push_back({.path = item.to_path, .times = times_of(status)});
      return;
    case S_IFREG:
      return copy_file(item);
    case S_IFLNK:
      return copy_link(item);
    default:
      if (::mknodat(item.to_parent_fd, name, status.st_mode, status.st_rdev) != 0) fail(item.from);
  }
}

void TreeCopy::copy_file(const Item& item) {
  const fs::WalkEntry& entry = item.from;
  const UniqueFd from = open_at(entry.parent_fd, entry.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat opened = {};
  if (::fstat(from.get(), &opened) != 0) fail(entry);
  // A program of the container may put a device in its place at this moment.
  if (!S_ISREG(opened.st_mode)) {
    throw Error(ErrorCode::kConflict, fmt::format("{} changes while it is copied", entry.name));
  }
  const UniqueFd to = open_at(item.to_parent_fd, item.to_name, O_WRONLY | O_CREAT | O_EXCL);
  for (;;) {
    const ssize_t count = ::sendfile(to.get(), from.get(), nullptr, kSendBytes);
    if (count == 0) return;
    if (count < 0 && errno != EINTR) fail(entry);
  }
}

void TreeCopy::copy_link(const Item& item) {
  const fs::WalkEntry& entry = item.from;
  std::string target(static_cast<std::size_t>(entry.status.st_size) + 1, '\0');
  const ssize_t size =
      ::readlinkat(entry.parent_fd, entry.name.c_str(), target.data(), target.size());
  if (size < 0) fail(entry);
  target.resize(static_cast<std::size_t>(size));
  if (::symlinkat(target.c_str(), item.to_parent_fd, item.to_name.c_str()) != 0) fail(entry);
}

void TreeCopy::copy_attributes(const Item& item) const {
  const fs::WalkEntry& entry = item.from;
  const char* name = item.to_name.c_str();
  // The owner first: changing it clears set-user-ID bits and capabilities.
  if (owner_ == CopiedOwner::kKept && ::fchownat(item.to_parent_fd, name, entry.status.st_uid,
                                                 entry.status.st_gid, AT_SYMLINK_NOFOLLOW) != 0) {
    fail(entry);
  }
  if (!S_ISLNK(entry.status.st_mode) &&
      ::fchmodat(item.to_parent_fd, name, entry.status.st_mode & 07777, 0) != 0) {
    fail(entry);
  }
  for (const auto& [key, value] : fs::read_xattrs(entry.parent_fd, entry.name)) {
    // What overlayfs notes about its own files means nothing elsewhere.
    if (!key.starts_with("trusted.overlay.")) {
      fs::write_xattr(item.to_parent_fd, item.to_name, key, value);
    }
  }
  ::utimensat(item.to_parent_fd, name, times_of(entry.status).data(), AT_SYMLINK_NOFOLLOW);
}

void TreeCopy::finish() {
  for (auto directory = directories_.rbegin(); directory != directories_.rend(); ++directory) {
    const UniqueFd fd =
        to_.open(directory->path, O_RDONLY | O_DIRECTORY, 0, fs::Resolve::kBeneathNoSymlinks);
    ::futimens(fd.get(), directory->times.data());
  }
}

}  // namespace

void copy_tree(int from_fd, int to_fd) {
  TreeCopy copy(to_fd, "", CopiedOwner::kKept);
  fs::walk(from_fd, [&](const fs::WalkEntry& entry) {
    copy.copy(entry);
    return fs::WalkStep::kContinue;
  });
  copy.finish();
  struct stat status = {};
  if (::fstat(from_fd, &status) != 0) throw_errno("look at what a volume begins with");
  if (::fchown(to_fd, status.st_uid, status.st_gid) != 0 ||
      ::fchmod(to_fd, status.st_mode & 07777) != 0) {
    throw_errno("set the owner and mode of a volume");
  }
}

void copy_entry(int from_parent_fd, const std::string& name, const fs::RootDir& to,
                const std::string& to_path, CopiedOwner owner) {
  struct stat status = {};
  if (::fstatat(from_parent_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    throw_errno("look at " + name);
  }
  TreeCopy copy(to.fd(), to_path, owner);
  // The root of a tree is there, and needs no copy.
  if (!to_path.empty()) {
    copy.copy({.path = "", .status = status, .parent_fd = from_parent_fd, .name = name});
  }
  if (S_ISDIR(status.st_mode)) {
    const UniqueFd from = open_at(from_parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    fs::walk(from.get(), [&](const fs::WalkEntry& entry) {
      copy.copy(entry);
      return fs::WalkStep::kContinue;
    });
  }
  copy.finish();
}

}  // namespace estiba::run
