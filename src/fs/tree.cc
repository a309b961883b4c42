#include "fs/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/error.h"
#include "base/fd.h"
#include "fs/directory_cursor.h"

namespace estiba::fs {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Calls `take(name, type)` for every entry but "." and ".."; the type is DT_UNKNOWN at times.
template <typename Take>
void for_each_entry(int dir_fd, Take&& take) {
  // "." opens afresh: a descriptor of its own offset, and of O_PATH descriptors a readable one.
  UniqueFd readable = open_at(dir_fd, ".", O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(readable.get()));
  if (!directory) throw_errno("read a directory");
  [[maybe_unused]] const int owned_by_directory = readable.release();
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") take(std::string(name), entry->d_type);
  }
  if (errno != 0) throw_errno("read a directory");
}

bool is_directory(int dir_fd, const std::string& name) {
  struct stat status = {};
  if (::fstatat(dir_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    throw_errno(fmt::format("examine {}", name));
  }
  return S_ISDIR(status.st_mode);
}

// Removes all in the directory but its directories, whose names it returns.
std::vector<std::string> remove_files(int dir_fd) {
  std::vector<std::string> directories;
  for_each_entry(dir_fd, [&](std::string name, unsigned char type) {
    if (type == DT_UNKNOWN && is_directory(dir_fd, name)) type = DT_DIR;
    if (type == DT_DIR) {
      directories.push_back(std::move(name));
    } else if (::unlinkat(dir_fd, name.c_str(), 0) != 0 && errno != ENOENT) {
      throw_errno(fmt::format("remove {}", name));
    }
  });
  return directories;
}

void remove_directory(int dir_fd, const std::string& name) {
  if (::unlinkat(dir_fd, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return;
  if (errno == EBUSY) {
    throw Error(ErrorCode::kConflict, fmt::format("something is mounted on the directory {}", name),
                "unmount it first");
  }
  throw_errno(fmt::format("remove the directory {}", name));
}

// Empties the directory where `cursor` stands, without recursion: a hostile tree is deep.
void remove_contents(DirectoryCursor& cursor) {
  // Per level: the directories that are still to be removed, the last one being worked on.
  std::vector<std::vector<std::string>> pending = {remove_files(cursor.fd())};
  for (;;) {
    if (pending.back().empty()) {
      pending.pop_back();
      if (pending.empty()) return;
      cursor.leave();
      remove_directory(cursor.fd(), pending.back().back());
      pending.back().pop_back();
      continue;
    }
    if (cursor.enter(pending.back().back(), DirectoryCursor::Mounts::kRefuse)) {
      pending.push_back(remove_files(cursor.fd()));
    } else {
      pending.back().pop_back();  // somebody else removes beside us
    }
  }
}

}  // namespace

std::vector<std::string> list_directory(int dir_fd) {
  std::vector<std::string> names;
  for_each_entry(dir_fd,
                 [&](std::string name, unsigned char) { names.push_back(std::move(name)); });
  std::sort(names.begin(), names.end());
  return names;
}

void remove_tree(const std::string& path) {
  std::string wanted = path;
  while (wanted.size() > 1 && wanted.ends_with('/')) wanted.pop_back();
  const std::size_t slash = wanted.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : wanted.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? wanted : wanted.substr(slash + 1);
  if (path_exists(parent)) {
    remove_tree_at(open_file(parent, O_PATH | O_DIRECTORY).get(), name);
  }
}

void remove_tree_at(int dir_fd, const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    throw Error(ErrorCode::kInternal, fmt::format("\"{}\" is not a name to remove", name));
  }
  if (::unlinkat(dir_fd, name.c_str(), 0) == 0 || errno == ENOENT) return;
  if (errno != EISDIR) throw_errno(fmt::format("remove {}", name));
  DirectoryCursor cursor(open_at(dir_fd, ".", O_PATH | O_DIRECTORY));
  if (!cursor.enter(name, DirectoryCursor::Mounts::kRefuse)) return;
  with_context([&] { return "removing " + name; }, [&] { remove_contents(cursor); });
  cursor.leave();
  remove_directory(cursor.fd(), name);
}

void walk(int dir_fd, const std::function<WalkStep(const WalkEntry&)>& visit) {
  struct Level {
    std::vector<std::string> names;
    std::size_t next = 0;
    std::size_t path_size = 0;  // of the path of this directory
  };
  DirectoryCursor cursor(open_at(dir_fd, ".", O_RDONLY | O_DIRECTORY));
  std::string path;
  std::vector<Level> levels;
  levels.push_back({.names = list_directory(cursor.fd())});
  for (;;) {
    Level& level = levels.back();
    path.resize(level.path_size);
    if (level.next == level.names.size()) {
      levels.pop_back();
      if (levels.empty()) return;
      cursor.leave();
      continue;
    }
    const std::string& name = level.names[level.next++];
    if (!path.empty()) path += '/';
    path += name;
    struct stat status = {};
    if (::fstatat(cursor.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      throw_errno("examine " + path);
    }
    const WalkStep step =
        visit({.path = path, .status = status, .parent_fd = cursor.fd(), .name = name});
    if (step == WalkStep::kStop) return;
    if (!S_ISDIR(status.st_mode) || step == WalkStep::kSkipDirectory) continue;
    if (levels.size() > kMaxTreeDepth) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("a directory tree is deeper than {} levels", kMaxTreeDepth));
    }
    if (cursor.enter(name, DirectoryCursor::Mounts::kEnter)) {
      levels.push_back({.names = list_directory(cursor.fd()), .path_size = path.size()});
    }
  }
}

}  // namespace estiba::fs
