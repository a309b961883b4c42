#include "build/bake/patterns.h"

#include <fmt/format.h>
#include <regex.h>

#include <array>
#include <cctype>
#include <string_view>

#include "base/error.h"
#include "build/bake/limits.h"

namespace estiba::build::bake {
namespace {

[[noreturn]] void refuse_pattern(const std::string& what) {
  throw Error(ErrorCode::kInvalidArgument, what);
}

std::string pattern_argument(const List& arguments, std::size_t i) {
  if (i < arguments.size()) return to_text(arguments[i]);
  refuse_pattern(fmt::format("argument {} is missing", i + 1));
}

// A POSIX extended expression, with what people write of Go's put into its words.
class Pattern {
 public:
  explicit Pattern(const std::string& words) {
    if (words.size() > kMaxPatternLength) refuse_pattern("the pattern is too long");
    const int failed = ::regcomp(&compiled_, translated(words).c_str(), REG_EXTENDED);
    if (failed != 0) refuse_pattern(fmt::format("\"{}\" is no pattern", words));
  }
  ~Pattern() { ::regfree(&compiled_); }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  static constexpr std::size_t kGroups = 10;
  using Match = std::array<regmatch_t, kGroups>;
  bool find(const char* text, bool at_start, Match& match) const {
    return ::regexec(&compiled_, text, kGroups, match.data(), at_start ? 0 : REG_NOTBOL) == 0;
  }

 private:
  static std::string translated(const std::string& words) {
    std::string result;
    bool in_set = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const char c = words[i];
      if (c == '{' && !in_set) refuse_pattern("counted repetitions {n} are not supported");
      if (c == '(' && !in_set && words.compare(i, 2, "(?") == 0) {
        refuse_pattern("groups with (? are not supported");
      }
      if (c == '[') in_set = true;
      if (c == ']') in_set = false;
      if (c != '\\' || i + 1 == words.size()) {
        result += c;
        continue;
      }
      const char escaped = words[++i];
      const std::string_view inner = escaped == 'd'   ? "0-9"
                                     : escaped == 'w' ? "A-Za-z0-9_"
                                     : escaped == 's' ? "[:space:]"
                                                      : "";
      if (!inner.empty()) {
        result += in_set ? std::string(inner) : fmt::format("[{}]", inner);
      } else if (std::isalnum(static_cast<unsigned char>(escaped)) != 0) {
        refuse_pattern(fmt::format("\\{} is not supported in a pattern", escaped));
      } else if (in_set) {
        result += escaped;
      } else {
        result += '\\';
        result += escaped;
      }
    }
    return result;
  }

  regex_t compiled_{};
};

// "$1" and "${1}" of a replacement.
std::string with_groups(const std::string& words, const char* text, const Pattern::Match& match) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool braced = words.compare(i, 2, "${") == 0;
    const std::size_t digit = i + (braced ? 2 : 1);
    const bool is_group = words[i] == '$' && digit < words.size() && words[digit] >= '0' &&
                          words[digit] <= '9' && (!braced || words.compare(digit + 1, 1, "}") == 0);
    if (!is_group) {
      result += words[i];
      continue;
    }
    const regmatch_t& group = match[static_cast<std::size_t>(words[digit] - '0')];
    if (group.rm_so >= 0) result.append(text + group.rm_so, text + group.rm_eo);
    i = digit + (braced ? 1 : 0);
  }
  return result;
}

}  // namespace

Value replace_pattern(const List& a) {
  const std::string text = pattern_argument(a, 0);
  const Pattern pattern(pattern_argument(a, 1));
  const std::string words = pattern_argument(a, 2);
  if (text.find('\0') != std::string::npos || text.size() > 65536)
    refuse_pattern("the text is too long");
  std::string result;
  const char* at = text.c_str();
  for (Pattern::Match match; pattern.find(at, at == text.c_str(), match);) {
    result.append(at, at + match[0].rm_so).append(with_groups(words, at, match));
    if (result.size() > kMaxEvaluationWork) refuse_pattern("the result is too large");
    if (match[0].rm_eo == match[0].rm_so) {  // nothing, before the next letter
      if (at[match[0].rm_eo] == '\0') return {std::move(result)};
      result += at[match[0].rm_eo];
      ++at;
    }
    at += match[0].rm_eo;
  }
  return {result.append(at)};
}

Value found_pattern(const List& a) {
  const Pattern pattern(pattern_argument(a, 0));
  const std::string text = pattern_argument(a, 1);
  if (text.find('\0') != std::string::npos || text.size() > 65536)
    refuse_pattern("the text is too long");
  Pattern::Match match;
  if (!pattern.find(text.c_str(), true, match)) refuse_pattern("the pattern is not found");
  const regmatch_t& part = match[1].rm_so >= 0 ? match[1] : match[0];
  return {text.substr(static_cast<std::size_t>(part.rm_so),
                      static_cast<std::size_t>(part.rm_eo - part.rm_so))};
}

}  // namespace estiba::build::bake
