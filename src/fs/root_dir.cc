#include "fs/root_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <deque>

#include "base/error.h"
#include "base/text.h"
#include "fs/tree.h"

namespace estiba::fs {
namespace {

// As the kernel has it (MAXSYMLINKS).
constexpr int kMaxLinksFollowed = 40;
// The kernel gives up with EAGAIN when a rename anywhere races with a resolution that meets "..".
constexpr int kMaxAttempts = 256;
// Links may name long ways round; each step costs a resolution from the root.
constexpr int kMaxSteps = 8192;

std::uint64_t flags_of(Resolve resolve) {
  switch (resolve) {
    case Resolve::kInRoot:
      return RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT;
    case Resolve::kBeneath:
      return RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH;
    case Resolve::kBeneathNoSymlinks:
      return RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  }
  return 0;
}

// The path as the kernel takes it: relative, never empty, and without a NUL that would cut it.
std::string relative_path(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) {
    throw Error(ErrorCode::kInvalidArgument, "a path contains a NUL byte");
  }
  const std::size_t start = path.find_first_not_of('/');
  return start == std::string_view::npos ? "." : std::string(path.substr(start));
}

struct OpenFlags {
  int flags = 0;
  unsigned mode = 0;
};

// A descriptor, or a negated errno.
int open_inside(int root_fd, const std::string& path, OpenFlags wanted, Resolve resolve) {
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(wanted.flags | O_CLOEXEC);
  how.mode = wanted.mode;
  how.resolve = flags_of(resolve);
  for (int attempt = 0;; ++attempt) {
    const long fd = ::syscall(SYS_openat2, root_fd, path.c_str(), &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != EINTR && (errno != EAGAIN || attempt >= kMaxAttempts)) return -errno;
  }
}

[[noreturn]] void throw_unresolved(int reason, std::string_view path) {
  switch (reason) {
    case EXDEV:
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the path {} leads out of its root", path));
    case ELOOP:
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the path {} meets a symbolic link that may not be followed", path));
    case ENAMETOOLONG:
      throw Error(ErrorCode::kInvalidArgument, "a path is too long");
    default:
      throw_errno(reason, fmt::format("open {}", path));
  }
}

struct stat status_of(int fd, std::string_view path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw_errno(fmt::format("examine {}", path));
  return status;
}

std::string link_target(int link_fd, std::string_view path) {
  std::string target(PATH_MAX, '\0');
  // Of what is no link an O_PATH descriptor says ENOENT, which would mislead.
  if (!S_ISLNK(status_of(link_fd, path).st_mode)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is no symbolic link", path));
  }
  const ssize_t size = ::readlinkat(link_fd, "", target.data(), target.size());
  if (size < 0) throw_errno(fmt::format("read the link {}", path));
  target.resize(static_cast<std::size_t>(size));
  return target;
}

void remove_last_component(std::string& path) {
  const std::size_t slash = path.rfind('/');
  path.erase(slash == std::string::npos ? 0 : slash);
}

// The components of `path` to the front of `pending`; empty ones and "." mean nothing.
void push_components(std::deque<std::string>& pending, std::string_view path) {
  const std::vector<std::string> parts = split(path, '/');
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!part->empty() && *part != ".") pending.push_front(*part);
  }
}

std::string parent_of(const std::string& path) {
  std::string parent = path;
  remove_last_component(parent);
  return parent;
}

// Makes `name` in `parent_fd` if it is missing; true when it was made by us.
bool make_directory(int parent_fd, const std::string& name, const Ownership& owner) {
  // Closed to others until owner and mode are right.
  if (::mkdirat(parent_fd, name.c_str(), 0700) != 0) {
    if (errno == EEXIST) return false;
    throw_errno(fmt::format("make the folder {}", name));
  }
  const UniqueFd made = open_at(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (::fchown(made.get(), owner.uid, owner.gid) != 0) {
    throw_errno(fmt::format("set the owner of the folder {}", name));
  }
  if (::fchmod(made.get(), owner.mode) != 0) {
    throw_errno(fmt::format("set the mode of the folder {}", name));
  }
  return true;
}

}  // namespace

RootDir RootDir::open(const std::string& path) {
  return RootDir(open_file(path, O_PATH | O_DIRECTORY));
}

UniqueFd RootDir::open(std::string_view path, int flags, unsigned mode, Resolve resolve) const {
  const int fd =
      open_inside(fd_.get(), relative_path(path), {.flags = flags, .mode = mode}, resolve);
  if (fd < 0) throw_unresolved(-fd, path);
  return UniqueFd(fd);
}

std::optional<UniqueFd> RootDir::try_open(std::string_view path, int flags, Resolve resolve) const {
  const int fd = open_inside(fd_.get(), relative_path(path), {.flags = flags}, resolve);
  if (fd == -ENOENT || fd == -ENOTDIR) return std::nullopt;
  if (fd < 0) throw_unresolved(-fd, path);
  return UniqueFd(fd);
}

std::optional<struct stat> RootDir::lstat(std::string_view path) const {
  const auto file = try_open(path, O_PATH | O_NOFOLLOW);
  if (!file) return std::nullopt;
  return status_of(file->get(), path);
}

std::optional<struct stat> RootDir::stat(std::string_view path) const {
  const auto file = try_open(path, O_PATH);
  if (!file) return std::nullopt;
  return status_of(file->get(), path);
}

std::string RootDir::read_link(std::string_view path) const {
  return link_target(open(path, O_PATH | O_NOFOLLOW).get(), path);
}

std::string RootDir::resolve(std::string_view path) const {
  std::deque<std::string> pending;
  push_components(pending, relative_path(path));
  std::string resolved;
  int links_followed = 0;
  int steps = 0;
  while (!pending.empty()) {
    const std::string name = std::move(pending.front());
    pending.pop_front();
    if (name == "..") {
      remove_last_component(resolved);
      continue;
    }
    const std::string next = resolved.empty() ? name : resolved + "/" + name;
    // `resolved` holds no link: one that appears meanwhile is refused, not followed.
    const auto found = try_open(next, O_PATH | O_NOFOLLOW, Resolve::kBeneathNoSymlinks);
    if (found && S_ISLNK(status_of(found->get(), path).st_mode)) {
      if (++links_followed > kMaxLinksFollowed) throw_unresolved(ELOOP, path);
      const std::string target = link_target(found->get(), path);
      if (target.starts_with('/')) resolved.clear();
      push_components(pending, target);
    } else {
      resolved = next;
    }
    if (resolved.size() > PATH_MAX || ++steps > kMaxSteps) throw_unresolved(ENAMETOOLONG, path);
  }
  return resolved;
}

std::vector<std::string> RootDir::make_directories(std::string_view path,
                                                   const Ownership& owner) const {
  std::vector<std::string> made;
  const std::string resolved = resolve(path);
  std::size_t end = 0;
  while (end < resolved.size()) {
    const std::size_t start = end == 0 ? 0 : end + 1;
    end = std::min(resolved.find('/', start), resolved.size());
    const std::string parent = start == 0 ? "" : resolved.substr(0, start - 1);
    const std::string current = resolved.substr(0, end);
    const UniqueFd parent_fd = open(parent, O_PATH | O_DIRECTORY, 0, Resolve::kBeneathNoSymlinks);
    if (make_directory(parent_fd.get(), resolved.substr(start, end - start), owner)) {
      made.push_back(current);
      continue;
    }
    const auto existing = lstat(current);
    if (existing && !S_ISDIR(existing->st_mode)) {
      throw Error(ErrorCode::kAlreadyExists,
                  fmt::format("cannot make the folder {}: {} is no folder", path, current));
    }
  }
  return made;
}

void RootDir::remove_tree(std::string_view path) const {
  // The last component is not followed, those before it are.
  std::string wanted = relative_path(path);
  while (wanted.size() > 1 && wanted.ends_with('/')) wanted.pop_back();
  const std::size_t slash = wanted.rfind('/');
  const std::string name = slash == std::string::npos ? wanted : wanted.substr(slash + 1);
  if (name == "." || name == "..") {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("cannot remove {}", path));
  }
  const auto parent = try_open(parent_of(wanted), O_PATH | O_DIRECTORY);
  if (parent) remove_tree_at(parent->get(), name);
}

}  // namespace estiba::fs
