// What a build step with a given key made, last time it ran.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.h"

namespace estiba::store {

class Database;

// Thread-safe. An entry disappears with the image that it names.
class BuildCache {
 public:
  explicit BuildCache(Database& database);
  // The image that the step made, if it is whole and still here; marks the entry as used now.
  [[nodiscard]] std::optional<Digest> find(const Digest& key);
  void put(const Digest& key, const Digest& image_id, std::string_view description);

 private:
  Database& database_;
};

}  // namespace estiba::store
