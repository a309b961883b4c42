// The names of extended attributes as the format has them: a number for the prefix, then the rest.
#pragma once

#include <cstdint>
#include <string_view>

namespace estiba::archive::erofs {

struct XattrName {
  std::uint8_t prefix = 0;
  std::string_view rest;
};
// Of a name that is_layer_xattr() lets pass, or overlay's opaque mark.
[[nodiscard]] XattrName split_xattr_name(std::string_view name);

}  // namespace estiba::archive::erofs
