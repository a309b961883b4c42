#include "store/temporary_area.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "fs/tree.h"
#include "store/disk_size.h"

namespace estiba::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kSessionPrefix = "s-";
constexpr std::string_view kLockSuffix = ".lock";

std::vector<std::string> names_in(const std::string& directory) {
  const UniqueFd fd = open_file(directory, O_RDONLY | O_DIRECTORY);
  return fs::list_directory(fd.get());
}

// Takes the lock of a session whose process is gone.
std::optional<fs::FileLock> lock_of_the_dead(const std::string& lock_path) {
  if (!path_exists(lock_path)) return std::nullopt;
  return fs::FileLock::try_exclusive(lock_path);
}

// Unlinks files while there is time; directories only once nothing is left in them, so that the
// next caller goes on where this one stopped. True when all is gone.
bool remove_before(const std::string& path, Clock::time_point deadline) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) return true;
  if (!S_ISDIR(status.st_mode)) return ::unlink(path.c_str()) == 0;

  const UniqueFd root = open_file(path, O_RDONLY | O_DIRECTORY);
  std::vector<std::string> directories;
  bool in_time = true;
  fs::walk(root.get(), [&](const fs::WalkEntry& entry) {
    if (S_ISDIR(entry.status.st_mode)) {
      directories.emplace_back(entry.path);
    } else {
      ::unlinkat(entry.parent_fd, entry.name.c_str(), 0);
    }
    in_time = Clock::now() < deadline;
    return in_time ? fs::WalkStep::kContinue : fs::WalkStep::kStop;
  });
  for (auto directory = directories.rbegin(); in_time && directory != directories.rend();
       ++directory) {
    ::unlinkat(root.get(), directory->c_str(), AT_REMOVEDIR);
    in_time = Clock::now() < deadline;
  }
  return in_time && ::rmdir(path.c_str()) == 0;
}

}  // namespace

TemporaryArea::TemporaryArea(std::string path) : path_(std::move(path)) {
  make_directories(trash_directory(), 0700);
  make_directories(path_ + "/locks", 0700);
}

TemporaryArea::~TemporaryArea() {
  if (!session_lock_) return;
  try {
    fs::remove_tree(session_directory_);
    session_lock_->remove();
  } catch (const Error&) {
    // The next process finds the lock free and buries what is left.
  }
}

std::string TemporaryArea::session_directory() {
  const std::lock_guard lock(mutex_);
  if (session_directory_.empty()) {
    const std::string directory = fmt::format("{}/{}{}", path_, kSessionPrefix, random_hex(8));
    session_lock_ = fs::FileLock::exclusive(directory + std::string(kLockSuffix));
    make_directories(directory, 0700);
    session_directory_ = directory;
  }
  return session_directory_;
}

fs::TemporaryFile TemporaryArea::make_file() {
  return fs::TemporaryFile::create(session_directory());
}

fs::TemporaryDirectory TemporaryArea::make_directory() {
  return fs::TemporaryDirectory::create(session_directory());
}

std::string TemporaryArea::kept_file(const std::string& name) const {
  return fmt::format("{}/{}", path_, name);
}

std::string TemporaryArea::lock_path(const std::string& name) const {
  return fmt::format("{}/locks/{}", path_, name);
}

bool TemporaryArea::discard(const std::string& path) {
  const std::string target = fmt::format("{}/{}", trash_directory(), random_hex(8));
  if (::rename(path.c_str(), target.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  throw_errno(fmt::format("move {} to the trash", path));
}

void TemporaryArea::bury_the_dead() {
  for (const std::string& name : names_in(path_)) {
    if (!name.starts_with(kSessionPrefix) || !name.ends_with(kLockSuffix)) continue;
    const std::string lock_path = fmt::format("{}/{}", path_, name);
    std::optional<fs::FileLock> lock = lock_of_the_dead(lock_path);
    if (!lock) continue;
    discard(lock_path.substr(0, lock_path.size() - kLockSuffix.size()));
    lock->remove();
  }
}

void TemporaryArea::empty_trash(std::optional<Clock::time_point> deadline, std::stop_token stop) {
  if (names_in(trash_directory()).empty()) return;
  const std::optional<fs::FileLock> lock =
      fs::FileLock::try_exclusive(path_ + "/trash" + std::string(kLockSuffix));
  if (!lock) return;
  for (const std::string& name : names_in(trash_directory())) {
    const std::string path = fmt::format("{}/{}", trash_directory(), name);
    if (stop.stop_requested()) return;
    if (!deadline) {
      fs::remove_tree(path);
    } else if (!remove_before(path, *deadline)) {
      return;
    }
  }
}

void TemporaryArea::remove_idle_locks() {
  const std::string directory = path_ + "/locks";
  for (const std::string& name : names_in(directory)) {
    std::optional<fs::FileLock> lock = lock_of_the_dead(fmt::format("{}/{}", directory, name));
    if (lock) lock->remove();
  }
}

std::uint64_t TemporaryArea::garbage_bytes() const {
  std::uint64_t total = disk_size_bytes(trash_directory());
  for (const std::string& name : names_in(path_)) {
    if (!name.starts_with(kSessionPrefix) || name.ends_with(kLockSuffix)) continue;
    const std::string directory = fmt::format("{}/{}", path_, name);
    // A session without its lock ended while we looked.
    if (lock_of_the_dead(directory + std::string(kLockSuffix))) {
      total += disk_size_bytes(directory);
    }
  }
  return total;
}

}  // namespace estiba::store
