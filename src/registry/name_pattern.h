// Patterns over tags: '*' is any text, '?' one character, everything else itself.
#pragma once

#include <string>
#include <string_view>

namespace estiba::registry {

// Linear in practice and never worse than pattern times name, whatever the pattern.
[[nodiscard]] bool matches_pattern(std::string_view name, std::string_view pattern);
// Whether one of the patterns, one a line, matches.
[[nodiscard]] bool matches_any_pattern(std::string_view name, std::string_view patterns);
// kInvalidArgument for what can match no tag.
void check_pattern(const std::string& pattern);

}  // namespace estiba::registry
