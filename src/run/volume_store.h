// The volumes of a store: <store>/volumes/NAME/_data, and volume.json beside it for those that a
// person made by name.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"

namespace estiba::run {

struct Volume {
  std::string name{};
  std::string mount_point{};
  Timestamp created{};
  std::map<std::string, std::string> labels{};
  bool anonymous = false;  // a name by chance: 64 hexadecimal digits
};

class VolumeStore {
 public:
  explicit VolumeStore(std::string store_root) : root_(std::move(store_root)) {}

  // An empty name: one by chance. What exists is handed back as it is, as docker does.
  Volume create(std::string name, const std::map<std::string, std::string>& labels) const;
  // By name, sorted.
  [[nodiscard]] std::vector<Volume> list() const;
  [[nodiscard]] std::optional<Volume> try_find(const std::string& name) const;
  // Throws kNotFound "no such volume: X".
  [[nodiscard]] Volume find(const std::string& name) const;
  // Throws kConflict "volume is in use".
  void remove(const Volume& volume) const;
  // Names that containers of the store mount, whether they run or not.
  [[nodiscard]] std::set<std::string> in_use() const;

 private:
  [[nodiscard]] std::string directory_of(const std::string& name) const;

  std::string root_;
};

}  // namespace estiba::run
