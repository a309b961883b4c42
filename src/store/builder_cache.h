// What builds keep for later ones, as a person looks after it: steps' results and cache mounts.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "oci/digest.h"

namespace estiba::store {

class Store;

struct BuilderCacheEntry {
  bool is_mount = false;        // a cache mount, else what a step made
  std::string id;               // a mount's name; else the hexadecimal digits of one of its keys
  std::vector<Digest> keys;     // under which a step is found
  std::optional<Digest> layer;  // diff ID
  std::string description;
  Timestamp created;
  Timestamp last_used;
  std::uint64_t size_bytes = 0;
  bool shared = false;  // its layer is part of an image
  bool in_use = false;  // by a build that runs
};
// The least recently used first; steps that made the same layer are one entry.
[[nodiscard]] std::vector<BuilderCacheEntry> list_builder_cache(Store& store);

struct BuilderPruneOptions {
  bool all = false;  // also what images share
  // Stops once no more than this is left.
  std::optional<std::uint64_t> keep_bytes;
  std::function<bool(const BuilderCacheEntry&)> filter;  // empty: everything
};
struct BuilderPruned {
  std::vector<BuilderCacheEntry> entries;
  std::uint64_t reclaimed_bytes = 0;
};
// Beside running builds: what one of them uses stays.
BuilderPruned prune_builder_cache(Store& store, const BuilderPruneOptions& options);

}  // namespace estiba::store
