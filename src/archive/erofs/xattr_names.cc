#include "archive/erofs/xattr_names.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"

namespace estiba::archive::erofs {

XattrName split_xattr_name(std::string_view name) {
  struct Prefix {
    std::string_view text;
    std::uint8_t number;
  };
  static constexpr std::array kPrefixes = std::to_array<Prefix>({
      {"user.", 1},
      {"system.posix_acl_access", 2},
      {"system.posix_acl_default", 3},
      {"trusted.", 4},
      {"security.", 6},
  });
  for (const auto& [text, number] : kPrefixes) {
    if (name.starts_with(text)) return {.prefix = number, .rest = name.substr(text.size())};
  }
  throw Error(ErrorCode::kInternal,
              fmt::format("the extended attribute {:?} has no place in an index", name));
}

}  // namespace estiba::archive::erofs
