#include "registry/name_pattern.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace estiba::registry {
namespace {

constexpr std::size_t kMaxPatternBytes = 128;  // no tag is longer

}  // namespace

// Greedy, going back only to the last '*': what an earlier one took need never be looked at again.
bool matches_pattern(std::string_view name, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (at < name.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      taken = at;
    } else if (in_pattern < pattern.size() &&
               (pattern[in_pattern] == '?' || pattern[in_pattern] == name[at])) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++taken;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(in_pattern), pattern.end(),
                     [](char c) { return c == '*'; });
}

bool matches_any_pattern(std::string_view name, std::string_view patterns) {
  if (patterns.empty()) return false;
  const auto lines = split(patterns, '\n');
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& pattern) {
    return !pattern.empty() && matches_pattern(name, pattern);
  });
}

void check_pattern(const std::string& pattern) {
  const bool valid = !pattern.empty() && pattern.size() <= kMaxPatternBytes &&
                     std::all_of(pattern.begin(), pattern.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' ||
                              c == '*' || c == '?';
                     });
  if (valid) return;
  throw Error(ErrorCode::kInvalidArgument, "\"" + pattern + "\" is no pattern of tags",
              "use what tags are made of, '*' for any text and '?' for one character");
}

}  // namespace estiba::registry
