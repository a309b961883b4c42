// A pattern is a list of segments with a * between each two. The shortest match takes every segment
// at its first place, the longest the last segment at its last place: no search ever goes back, so
// the cost is the product of the lengths at most.
#include "dockerfile/substitute.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/error.h"
#include "dockerfile/limits.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

// No character: stands for "?".
constexpr char32_t kAnyRune = 0xFFFFFFFF;

class Pattern {
 public:
  static Pattern parse(std::string_view text) {
    Pattern pattern;
    const std::u32string runes = to_runes(text);
    for (std::size_t i = 0; i < runes.size(); ++i) {
      if (runes[i] == '*') {
        pattern.segments_.emplace_back();
      } else if (runes[i] == '?') {
        pattern.segments_.back() += kAnyRune;
      } else if (runes[i] == '\\') {
        pattern.segments_.back() += escaped(runes, ++i, text);
      } else {
        pattern.segments_.back() += runes[i];
      }
    }
    return pattern;
  }

  void reverse() {
    std::reverse(segments_.begin(), segments_.end());
    for (std::u32string& segment : segments_) std::reverse(segment.begin(), segment.end());
  }

  // The end of the match that begins exactly at `start`.
  [[nodiscard]] std::optional<std::size_t> match_at(std::u32string_view text, std::size_t start,
                                                    MatchLength length) const {
    if (!fits(text, start, segments_.front())) return std::nullopt;
    std::size_t end = start + segments_.front().size();
    for (std::size_t i = 1; i < segments_.size(); ++i) {
      const bool last = i + 1 == segments_.size();
      const std::optional<std::size_t> place = last && length == MatchLength::kLongest
                                                   ? find_last(text, end, segments_[i])
                                                   : find_first(text, end, segments_[i]);
      if (!place) return std::nullopt;
      end = *place + segments_[i].size();
    }
    return end;
  }

  struct Span {
    std::size_t start;
    std::size_t end;
  };
  // The leftmost match, the longest there.
  [[nodiscard]] std::optional<Span> search(std::u32string_view text, std::size_t from) const {
    // What follows the first segment fits behind a later place only if it does behind the first.
    const std::optional<std::size_t> start = find_first(text, from, segments_.front());
    if (!start) return std::nullopt;
    const std::optional<std::size_t> end = match_at(text, *start, MatchLength::kLongest);
    if (!end) return std::nullopt;
    return Span{*start, *end};
  }

 private:
  static char32_t escaped(const std::u32string& runes, std::size_t index, std::string_view text) {
    constexpr std::u32string_view kEscapable = U"*?\\}/";
    if (index < runes.size() && kEscapable.find(runes[index]) != std::u32string_view::npos) {
      return runes[index];
    }
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the pattern {} has a backslash that escapes nothing", text),
                "only \\*, \\?, \\\\, \\} and \\/ have a meaning there");
  }

  static bool fits(std::u32string_view text, std::size_t start, const std::u32string& segment) {
    if (segment.size() > text.size() - start) return false;
    for (std::size_t i = 0; i < segment.size(); ++i) {
      if (segment[i] != kAnyRune && segment[i] != text[start + i]) return false;
    }
    return true;
  }

  static std::optional<std::size_t> find_first(std::u32string_view text, std::size_t from,
                                               const std::u32string& segment) {
    for (std::size_t i = from; i + segment.size() <= text.size(); ++i) {
      if (fits(text, i, segment)) return i;
    }
    return std::nullopt;
  }

  static std::optional<std::size_t> find_last(std::u32string_view text, std::size_t from,
                                              const std::u32string& segment) {
    if (segment.size() > text.size()) return std::nullopt;
    for (std::size_t i = text.size() - segment.size() + 1; i > from; --i) {
      if (fits(text, i - 1, segment)) return i - 1;
    }
    return std::nullopt;
  }

  std::vector<std::u32string> segments_{1};
};

}  // namespace

void WorkBudget::charge(std::uint64_t work) {
  used_ += work;
  if (used_ <= kMaxExpansionWork) return;
  throw Error(ErrorCode::kResourceExhausted, "expanding the variables costs too much",
              "a value is very long, or is used very often, in one instruction");
}

std::string remove_prefix(std::string_view value, std::string_view pattern, MatchLength length,
                          WorkBudget& budget) {
  budget.charge(value.size() * (pattern.size() + 1));
  const std::u32string runes = to_runes(value);
  const auto end = Pattern::parse(pattern).match_at(runes, 0, length);
  return end ? from_runes(std::u32string_view(runes).substr(*end)) : std::string(value);
}

std::string remove_suffix(std::string_view value, std::string_view pattern, MatchLength length,
                          WorkBudget& budget) {
  budget.charge(value.size() * (pattern.size() + 1));
  std::u32string runes = to_runes(value);
  std::reverse(runes.begin(), runes.end());
  Pattern reversed = Pattern::parse(pattern);
  reversed.reverse();
  const auto end = reversed.match_at(runes, 0, length);
  if (!end) return std::string(value);
  runes.erase(0, *end);
  std::reverse(runes.begin(), runes.end());
  return from_runes(runes);
}

std::string replace(std::string_view value, const Replacement& replacement, WorkBudget& budget) {
  budget.charge(value.size() * (replacement.pattern.size() + 1));
  const Pattern pattern = Pattern::parse(replacement.pattern);
  const std::u32string runes = to_runes(value);
  const std::u32string_view text = runes;
  std::string result;
  std::size_t done = 0;      // copied or replaced up to here
  std::size_t position = 0;  // where the next match may begin
  bool after_match = false;
  while (position <= text.size()) {
    const auto span = pattern.search(text, position);
    if (!span) break;
    const bool empty = span->start == span->end;
    // As in Go, an empty match right behind another match does not count.
    if (!(empty && after_match && span->start == done)) {
      budget.charge(replacement.text.size());
      result += from_runes(text.substr(done, span->start - done));
      result += replacement.text;
      done = span->end;
      after_match = true;
      if (!replacement.all) break;
    }
    position = empty ? span->end + 1 : span->end;
  }
  return result + from_runes(text.substr(std::min(done, text.size())));
}

}  // namespace estiba::dockerfile
