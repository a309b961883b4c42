// Which containers exist and which images they stand on; run/ keeps everything else about them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "oci/digest.h"

namespace estiba::store {

class Database;

struct ContainerEntry {
  std::string id;
  Digest image;
  std::string name;  // empty: the container has none
  Timestamp created;
};

// What is removed when it ends need not survive loss of power.
enum class ContainerLife { kKept, kEphemeral };

// Thread-safe. An image, and so its layers, is kept as long as one of its containers is listed.
class ContainerIndex {
 public:
  explicit ContainerIndex(Database& database);

  // kNotFound when the image is gone, kConflict when the name is taken.
  void add(const std::string& id, const Digest& image, const std::string& name,
           ContainerLife life = ContainerLife::kKept);
  // kConflict when the name is taken.
  void rename(const std::string& id, const std::string& name);
  // Nothing happens when it is not listed.
  void remove(const std::string& id);
  // Newest first.
  [[nodiscard]] std::vector<ContainerEntry> list() const;
  // By ID, unique ID prefix or name; kInvalidArgument for an ambiguous prefix.
  [[nodiscard]] std::optional<ContainerEntry> try_find(std::string_view id_or_name) const;

 private:
  Database& database_;
};

}  // namespace estiba::store
