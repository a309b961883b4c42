// The elements that wildcard patterns are made of, one character of a name each.
#pragma once

#include <string_view>

namespace estiba::dockerfile {

// Whether the first element of `pattern` (no star; well-formed) fits the character; moves past the
// element. "?" fits anything but "/"; a class fits "/" if it says so.
[[nodiscard]] bool match_one(std::string_view& pattern, char32_t rune);
// Moves past one element, a star included; false when it is malformed.
bool skip_one(std::string_view& pattern);

}  // namespace estiba::dockerfile
