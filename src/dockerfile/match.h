// Wildcards in the sources of COPY and ADD: exactly Go's filepath.Match on Unix.
#pragma once

#include <string_view>

namespace estiba::dockerfile {

// Whether `name` as a whole matches: * is any run without "/", ? one character but "/", [a-z] and
// [^a-z] one character, \c the character c. Throws kInvalidArgument for a malformed pattern, also
// when the name does not match.
[[nodiscard]] bool match_path(std::string_view pattern, std::string_view name);
// Throws kInvalidArgument when `pattern` is malformed.
void check_pattern(std::string_view pattern);
// Whether the path needs matching at all: holds *, ? or [ that is not escaped.
[[nodiscard]] bool has_wildcards(std::string_view path);

}  // namespace estiba::dockerfile
