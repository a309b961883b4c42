// Looking after the store: what it holds, whether it is whole, and giving space back.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "oci/digest.h"
#include "store/image_store.h"

namespace estiba::store {

class Store;

struct Usage {
  struct Part {
    std::uint64_t count = 0;
    std::uint64_t active = 0;  // in use by a container
    std::uint64_t size_bytes = 0;
    std::uint64_t reclaimable_bytes = 0;
  };
  Part images, containers, volumes, build_cache;
};
// Of containers and volumes it knows how many there are and what they take; which of them are
// active or could go is known to run/.
[[nodiscard]] Usage disk_usage(Store& store);

struct PruneOptions {
  bool all_images = false;  // also tagged images that no container uses
  bool build_cache = true;
  bool volumes = false;
};
struct Pruned {
  Removal images;
  std::vector<std::string> containers;
  std::vector<std::string> volumes;
  std::uint64_t build_cache_entries = 0;
  std::uint64_t reclaimed_bytes = 0;
};
// Removes images, build cache and garbage beside running processes. Containers and volumes are
// run/'s to remove, before this: `containers` and `volumes` stay empty.
Pruned prune(Store& store, const PruneOptions& options);

// One thing that is not as it should be. Space that a killed process left and that the next prune
// reclaims is not a problem but counted as garbage.
struct Problem {
  std::string what;  // "blob sha256:..."
  std::string detail;
};
struct CheckReport {
  std::vector<Problem> problems;
  std::uint64_t checked_images = 0;
  std::uint64_t checked_layers = 0;
  std::uint64_t checked_bytes = 0;
  std::uint64_t garbage_bytes = 0;
};
struct CheckOptions {
  bool read_content = true;  // hash every byte, not only compare rows with files
};
[[nodiscard]] CheckReport check(Store& store, const CheckOptions& options, std::stop_token stop);

}  // namespace estiba::store
