// What the builds of one graph share while it is carried out.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <stop_token>

#include "oci/digest.h"
#include "store/build_cache.h"

namespace estiba::build {

// Thread-safe.
class SolveGroup {
 public:
  // Stopped by the first failure, and when the caller asks for it.
  std::stop_source failed;

  // Steps that were carried out in this graph, by their keys: not twice, even without the cache.
  void note(const Digest& key, const store::CacheRecord& record) {
    const std::lock_guard lock(mutex_);
    carried_out_.insert_or_assign(key, record);
  }
  [[nodiscard]] std::optional<store::CacheRecord> find(const Digest& key) {
    const std::lock_guard lock(mutex_);
    const auto found = carried_out_.find(key);
    if (found == carried_out_.end()) return std::nullopt;
    return found->second;
  }

 private:
  std::mutex mutex_;
  std::map<Digest, store::CacheRecord> carried_out_;
};

}  // namespace estiba::build
