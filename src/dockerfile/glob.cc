#include "dockerfile/glob.h"

#include <optional>

#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

char32_t take_rune(std::string_view& pattern) {
  const Rune rune = first_rune(pattern);
  pattern.remove_prefix(rune.size_bytes);
  return rune.value;
}

// One end of a range in a class; nothing when malformed. A class never ends with it.
std::optional<char32_t> take_class_rune(std::string_view& pattern) {
  if (pattern.empty() || pattern.front() == '-' || pattern.front() == ']') return std::nullopt;
  if (pattern.front() == '\\') {
    pattern.remove_prefix(1);
    if (pattern.empty()) return std::nullopt;
  }
  const Rune rune = first_rune(pattern);
  pattern.remove_prefix(rune.size_bytes);
  if (!rune.valid || pattern.empty()) return std::nullopt;
  return rune.value;
}

// The class whose "[" is already passed; nothing when malformed.
std::optional<bool> match_class(std::string_view& pattern, char32_t rune) {
  const bool negated = pattern.starts_with('^');
  if (negated) pattern.remove_prefix(1);
  bool matched = false;
  for (bool first = true; first || !pattern.starts_with(']'); first = false) {
    const std::optional<char32_t> low = take_class_rune(pattern);
    if (!low) return std::nullopt;
    std::optional<char32_t> high = low;
    if (pattern.starts_with('-')) {
      pattern.remove_prefix(1);
      high = take_class_rune(pattern);
      if (!high) return std::nullopt;
    }
    if (*low <= rune && rune <= *high) matched = true;
  }
  pattern.remove_prefix(1);
  return matched != negated;
}

}  // namespace

bool match_one(std::string_view& pattern, char32_t rune) {
  const char32_t element = take_rune(pattern);
  if (element == '?') return rune != '/';
  if (element == '[') return match_class(pattern, rune).value_or(false);
  if (element == '\\') return take_rune(pattern) == rune;
  return element == rune;
}

bool skip_one(std::string_view& pattern) {
  const char32_t element = take_rune(pattern);
  if (element == '[') return match_class(pattern, 0).has_value();
  if (element == '\\') {
    if (pattern.empty()) return false;
    take_rune(pattern);
  }
  return true;
}

}  // namespace estiba::dockerfile
