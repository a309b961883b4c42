// Directories that build steps keep between builds: RUN --mount=type=cache.
//
//   cache-mounts/<name>/data    what the step sees
//   cache-mounts/<name>/about   a person's words for it; its time is that of the last use
//   cache-mounts/<name>.lock    held by whoever uses it
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/time.h"
#include "fs/lock.h"
#include "oci/digest.h"

namespace estiba::store {

class Store;

enum class CacheSharing {
  kShared,   // any number of steps at once
  kPrivate,  // a step that finds it in use gets another one
  kLocked,   // a step waits until it is free
};

struct CacheMountRequest {
  Digest identity;
  std::string description;  // "/root/.cache (id go)"
  CacheSharing sharing = CacheSharing::kShared;
  // Gives a new one its content; called with the empty data directory.
  std::function<void(const std::string& directory)> fill;
};

// In use as long as this lives.
class HeldCacheMount {
 public:
  HeldCacheMount(std::string data_path, fs::FileLock lock)
      : data_path_(std::move(data_path)), lock_(std::move(lock)) {}
  [[nodiscard]] const std::string& data_path() const { return data_path_; }

 private:
  std::string data_path_;
  fs::FileLock lock_;
};

struct CacheMountInfo {
  std::string name;
  std::string description;
  Timestamp created;
  Timestamp last_used;
  std::uint64_t size_bytes = 0;
  bool in_use = false;
};

// Thread-safe, beside other processes too. Borrows the store.
class CacheMounts {
 public:
  explicit CacheMounts(Store& store);

  // Waits where the sharing asks for it; a request to stop ends that with kCancelled.
  [[nodiscard]] HeldCacheMount hold(const CacheMountRequest& request, std::stop_token stop);
  [[nodiscard]] std::vector<CacheMountInfo> list() const;  // the least recently used first
  // False when it is in use or not there.
  bool remove(const std::string& name);

 private:
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
  [[nodiscard]] std::string lock_path(const std::string& name) const {
    return directory_ + "/" + name + ".lock";
  }
  HeldCacheMount use(const std::string& name, fs::FileLock lock) const;
  void make(const std::string& name, const CacheMountRequest& request);

  Store& store_;
  std::string directory_;
};

}  // namespace estiba::store
