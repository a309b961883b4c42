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
  explicit TreeCopy(int to_fd) : to_(duplicate(to_fd)) {}

  void copy(const fs::WalkEntry& entry);
  // Directories get their times last: filling them changed these.
  void finish();

 private:
  struct Times {
    std::string path;
    std::array<timespec, 2> times;
  };

  void make(const fs::WalkEntry& entry, int parent_fd);
  void copy_file(const fs::WalkEntry& entry, int parent_fd);
  void copy_link(const fs::WalkEntry& entry, int parent_fd);
  void copy_attributes(const fs::WalkEntry& entry, int parent_fd);

  fs::RootDir to_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;  // where the first of several names is
  std::vector<Times> directories_;
};

[[noreturn]] void fail(const fs::WalkEntry& entry) {
  throw_errno(fmt::format("copy {} into a volume", entry.path));
}

std::string parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

std::array<timespec, 2> times_of(const struct stat& status) {
  return {status.st_atim, status.st_mtim};
}

void TreeCopy::copy(const fs::WalkEntry& entry) {
  const UniqueFd parent =
      to_.open(parent_of(entry.path), O_RDONLY | O_DIRECTORY, 0, fs::Resolve::kBeneathNoSymlinks);
  if (entry.status.st_nlink > 1 && !S_ISDIR(entry.status.st_mode)) {
    const std::pair inode(entry.status.st_dev, entry.status.st_ino);
    const auto [first, is_first] = linked_.emplace(inode, entry.path);
    if (!is_first) {
      if (::linkat(to_.fd(), first->second.c_str(), parent.get(), entry.name.c_str(), 0) != 0) {
        fail(entry);
      }
      return;
    }
  }
  make(entry, parent.get());
  copy_attributes(entry, parent.get());
}

void TreeCopy::make(const fs::WalkEntry& entry, int parent_fd) {
  const char* name = entry.name.c_str();
  switch (entry.status.st_mode & S_IFMT) {
    case S_IFDIR:
      if (::mkdirat(parent_fd, name, 0700) != 0) fail(entry);
      directories_.push_back({.path = std::string(entry.path), .times = times_of(entry.status)});
      return;
    case S_IFREG:
      return copy_file(entry, parent_fd);
    case S_IFLNK:
      return copy_link(entry, parent_fd);
    default:
      if (::mknodat(parent_fd, name, entry.status.st_mode, entry.status.st_rdev) != 0) fail(entry);
  }
}

void TreeCopy::copy_file(const fs::WalkEntry& entry, int parent_fd) {
  const UniqueFd from = open_at(entry.parent_fd, entry.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const UniqueFd to = open_at(parent_fd, entry.name, O_WRONLY | O_CREAT | O_EXCL);
  for (;;) {
    const ssize_t count = ::sendfile(to.get(), from.get(), nullptr, kSendBytes);
    if (count == 0) return;
    if (count < 0 && errno != EINTR) fail(entry);
  }
}

void TreeCopy::copy_link(const fs::WalkEntry& entry, int parent_fd) {
  std::string target(static_cast<std::size_t>(entry.status.st_size) + 1, '\0');
  const ssize_t size =
      ::readlinkat(entry.parent_fd, entry.name.c_str(), target.data(), target.size());
  if (size < 0) fail(entry);
  target.resize(static_cast<std::size_t>(size));
  if (::symlinkat(target.c_str(), parent_fd, entry.name.c_str()) != 0) fail(entry);
}

void TreeCopy::copy_attributes(const fs::WalkEntry& entry, int parent_fd) {
  const char* name = entry.name.c_str();
  // The owner first: changing it clears set-user-ID bits and capabilities.
  if (::fchownat(parent_fd, name, entry.status.st_uid, entry.status.st_gid, AT_SYMLINK_NOFOLLOW) !=
      0) {
    fail(entry);
  }
  if (!S_ISLNK(entry.status.st_mode) &&
      ::fchmodat(parent_fd, name, entry.status.st_mode & 07777, 0) != 0) {
    fail(entry);
  }
  for (const auto& [key, value] : fs::read_xattrs(entry.parent_fd, entry.name)) {
    // What overlayfs notes about its own files means nothing elsewhere.
    if (!key.starts_with("trusted.overlay.")) fs::write_xattr(parent_fd, entry.name, key, value);
  }
  ::utimensat(parent_fd, name, times_of(entry.status).data(), AT_SYMLINK_NOFOLLOW);
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
  TreeCopy copy(to_fd);
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

}  // namespace estiba::run
