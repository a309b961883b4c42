// As in Go, a malformed pattern is an error whatever the name is, so patterns are checked as a
// whole first; matching then only ever goes back to the last star.
#include "dockerfile/match.h"

#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "dockerfile/glob.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

// The part of the pattern before its next star, matched at the start of `name`: what is left of the
// name. The chunk was checked.
std::optional<std::string_view> match_chunk(std::string_view chunk, std::string_view name) {
  while (!chunk.empty()) {
    if (name.empty()) return std::nullopt;
    const Rune rune = first_rune(name);
    if (!match_one(chunk, rune.value)) return std::nullopt;
    name.remove_prefix(rune.size_bytes);
  }
  return name;
}

struct Chunk {
  bool star;              // stars stand before it
  std::string_view text;  // without star
  std::string_view rest;
};

Chunk next_chunk(std::string_view pattern) {
  Chunk chunk{false, {}, {}};
  while (pattern.starts_with('*')) {
    chunk.star = true;
    pattern.remove_prefix(1);
  }
  std::string_view rest = pattern;
  while (!rest.empty() && rest.front() != '*') skip_one(rest);
  chunk.text = pattern.substr(0, pattern.size() - rest.size());
  chunk.rest = rest;
  return chunk;
}

// What is left of the name after the first place where the chunk fits, the star in front of it
// taking what lies before. The last chunk has to reach the end of the name.
std::optional<std::string_view> match_after_star(const Chunk& chunk, std::string_view name) {
  for (;;) {
    const std::optional<std::string_view> rest = match_chunk(chunk.text, name);
    if (rest && (rest->empty() || !chunk.rest.empty())) return rest;
    if (name.empty() || name.front() == '/') return std::nullopt;
    name.remove_prefix(1);
  }
}

}  // namespace

void check_pattern(std::string_view pattern) {
  std::string_view rest = pattern;
  while (!rest.empty()) {
    if (skip_one(rest)) continue;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("malformed pattern: {}", pattern.substr(0, 120)),
                "a \"[\" needs its \"]\", a range both ends, and \"\\\" a character behind it");
  }
}

bool match_path(std::string_view pattern, std::string_view name) {
  check_pattern(pattern);
  while (!pattern.empty()) {
    const Chunk chunk = next_chunk(pattern);
    if (chunk.star && chunk.text.empty()) return name.find('/') == std::string_view::npos;
    std::optional<std::string_view> rest;
    if (chunk.star) {
      rest = match_after_star(chunk, name);
    } else {
      rest = match_chunk(chunk.text, name);
      if (rest && chunk.rest.empty() && !rest->empty()) rest.reset();
    }
    if (!rest) return false;
    name = *rest;
    pattern = chunk.rest;
  }
  return name.empty();
}

bool has_wildcards(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\') {
      ++i;
    } else if (path[i] == '*' || path[i] == '?' || path[i] == '[') {
      return true;
    }
  }
  return false;
}

}  // namespace estiba::dockerfile
