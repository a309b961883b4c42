// Computes cache keys: a digest over named, length-delimited fields, so that no two different lists
// of fields hash alike.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "oci/digest.h"

namespace estiba::build {

// What a key was made of, for a person: name and value in the order they were added.
using KeyFields = std::vector<std::pair<std::string, std::string>>;

class KeyHasher {
 public:
  // `kind` separates the keys of different operations; the format's version is mixed in. What is
  // added also goes to `record`, when there is one (borrowed).
  explicit KeyHasher(std::string_view kind, KeyFields* record = nullptr);
  KeyHasher& add(std::string_view name, std::string_view value);
  [[nodiscard]] Digest finish();

 private:
  void add_field(std::string_view text);
  Hasher hasher_;
  KeyFields* record_;
};

}  // namespace estiba::build
