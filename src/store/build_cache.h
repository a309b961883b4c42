// What a build step with a given key made, last time it ran.
#pragma once

#include <optional>
#include <stop_token>
#include <string_view>

#include "base/time.h"
#include "fs/lock.h"
#include "oci/digest.h"

namespace estiba::store {

class Database;
class TemporaryArea;

struct CacheRecord {
  std::optional<Digest> layer;  // diff ID; empty for a step that changes only the config
  Timestamp created;            // when the step ran: stands in the image's history
};

// Thread-safe. An entry keeps its layer from collection until it is pruned; an entry whose layer is
// gone, or was not durable when the power failed, is absent.
class BuildCache {
 public:
  BuildCache(Database& database, const TemporaryArea& temporary)
      : database_(database), temporary_(temporary) {}
  // Marks the entry as used now (at most once an hour is written, so that a cached build only
  // reads).
  [[nodiscard]] std::optional<CacheRecord> find(const Digest& key);
  void put(const Digest& key, const CacheRecord& record, std::string_view description);
  // Held by whoever carries out the step, so that two builds, or two stages of one, do it once: who
  // waited for it looks again.
  [[nodiscard]] fs::FileLock lock(const Digest& key, std::stop_token stop) const;

 private:
  Database& database_;
  const TemporaryArea& temporary_;
};

}  // namespace estiba::store
