// Computes cache keys: a digest over named, length-delimited fields, so that no two different lists
// of fields hash alike.
#pragma once

#include <string_view>

#include "base/hash.h"
#include "oci/digest.h"

namespace estiba::build {

class KeyHasher {
 public:
  // `kind` separates the keys of different operations; the format's version is mixed in.
  explicit KeyHasher(std::string_view kind);
  KeyHasher& add(std::string_view name, std::string_view value);
  [[nodiscard]] Digest finish();

 private:
  void add_field(std::string_view text);
  Hasher hasher_;
};

}  // namespace estiba::build
