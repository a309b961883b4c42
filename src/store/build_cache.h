// What a build step with a given key made, last time it ran.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "oci/digest.h"

namespace estiba::store {

class Database;

struct CacheRecord {
  std::optional<Digest> layer;  // diff ID; empty for a step that changes only the config
  Timestamp created;            // when the step ran: stands in the image's history
};

// Thread-safe. An entry keeps its layer from collection until it is pruned; an entry whose layer is
// gone, or was not durable when the power failed, is absent.
class BuildCache {
 public:
  explicit BuildCache(Database& database);
  // Marks the entry as used now (at most once an hour is written, so that a cached build only
  // reads).
  [[nodiscard]] std::optional<CacheRecord> find(const Digest& key);
  void put(const Digest& key, const CacheRecord& record, std::string_view description);

 private:
  Database& database_;
};

}  // namespace estiba::store
