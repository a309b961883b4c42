#include "store/cache_mounts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/fd.h"
#include "fs/tree.h"
#include "store/disk_size.h"
#include "store/store.h"

namespace estiba::store {
namespace {

constexpr std::size_t kMaxAboutBytes = 64 << 10;

Timestamp to_timestamp(const timespec& time) {
  return Timestamp(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace

CacheMounts::CacheMounts(Store& store) : store_(store), directory_(store.root() + "/cache-mounts") {
  make_directories(directory_, 0700);
}

HeldCacheMount CacheMounts::use(const std::string& name, fs::FileLock lock) const {
  ::utimensat(AT_FDCWD, (path(name) + "/about").c_str(), nullptr, 0);
  return {path(name) + "/data", std::move(lock)};
}

// Under its exclusive lock. Appears whole or not at all.
void CacheMounts::make(const std::string& name, const CacheMountRequest& request) {
  if (path_exists(path(name))) return;
  fs::TemporaryDirectory making = store_.temporary_directory();
  const std::string data = making.path() + "/data";
  make_directories(data, 0755);
  const UniqueFd about = open_file(making.path() + "/about", O_WRONLY | O_CREAT | O_EXCL, 0600);
  write_all(about.get(), request.description, "the description of a cache mount");
  if (request.fill) request.fill(data);
  if (!making.publish(path(name))) {
    throw Error(ErrorCode::kConflict, fmt::format("the cache mount {} appeared meanwhile", name));
  }
}

HeldCacheMount CacheMounts::hold(const CacheMountRequest& request, std::stop_token stop) {
  const std::string first = request.identity.hex();
  if (request.sharing == CacheSharing::kPrivate) {
    for (std::size_t number = 0;; ++number) {
      const std::string name = number == 0 ? first : fmt::format("{}-{}", first, number);
      if (auto lock = fs::FileLock::try_exclusive(lock_path(name))) {
        make(name, request);
        return use(name, std::move(*lock));
      }
    }
  }
  if (request.sharing == CacheSharing::kLocked) {
    fs::FileLock lock = fs::FileLock::exclusive(lock_path(first), stop);
    make(first, request);
    return use(first, std::move(lock));
  }
  for (;;) {
    fs::FileLock lock = fs::FileLock::shared(lock_path(first), stop);
    if (path_exists(path(first))) return use(first, std::move(lock));
    lock.release();
    const fs::FileLock maker = fs::FileLock::exclusive(lock_path(first), stop);
    make(first, request);
  }
}

std::vector<CacheMountInfo> CacheMounts::list() const {
  std::vector<CacheMountInfo> found;
  const UniqueFd directory = open_file(directory_, O_RDONLY | O_DIRECTORY);
  for (const std::string& name : fs::list_directory(directory.get())) {
    struct stat status = {};
    const std::string about = path(name) + "/about";
    if (name.ends_with(".lock") || ::stat(about.c_str(), &status) != 0) continue;
    struct stat whole = {};
    if (::stat(path(name).c_str(), &whole) != 0) continue;  // removed meanwhile
    found.push_back({.name = name,
                     .description = read_file(about, kMaxAboutBytes),
                     .created = to_timestamp(whole.st_ctim),
                     .last_used = to_timestamp(status.st_mtim),
                     .size_bytes = disk_size_bytes(path(name)),
                     .in_use = !fs::FileLock::try_exclusive(lock_path(name))});
  }
  std::ranges::sort(found, {}, &CacheMountInfo::last_used);
  return found;
}

bool CacheMounts::remove(const std::string& name) {
  auto lock = fs::FileLock::try_exclusive(lock_path(name));
  if (!lock || !path_exists(path(name))) return false;
  store_.discard_tree(path(name));
  lock->remove();
  return true;
}

}  // namespace estiba::store
