#include "dockerfile/ignore.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/limits.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

// The shortest path of the same meaning, as Go's filepath.Clean finds it: "a//./b/../c/" is "a/c".
std::string clean_path(std::string_view path) {
  const bool rooted = path.starts_with('/');
  std::vector<std::string> kept;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      kept.push_back(std::move(part));
    } else if (!kept.empty() && kept.back() != "..") {
      kept.pop_back();
    } else if (!rooted) {
      kept.push_back(std::move(part));
    }
  }
  const std::string result = (rooted ? "/" : "") + join(kept, "/");
  return result.empty() ? "." : result;
}

}  // namespace

IgnoreRules IgnoreRules::parse(std::string_view text, const std::string& file_name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.size() > kMaxFileBytes) {
    throw Error(ErrorCode::kResourceExhausted,
                fmt::format("{} is larger than {} bytes", file_name, kMaxFileBytes));
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  IgnoreRules rules;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#')) continue;
    with_context([&] { return fmt::format("reading {}:{}", file_name, number); },
                 [&] { rules.add(line, LeadingSlash::kDropped); });
  }
  return rules;
}

IgnoreRules IgnoreRules::from_patterns(const std::vector<std::string>& patterns) {
  IgnoreRules rules;
  for (const std::string& pattern : patterns) rules.add(pattern, LeadingSlash::kKept);
  return rules;
}

void IgnoreRules::add(std::string_view line, LeadingSlash slash) {
  line = trim_space(line);
  if (line.empty()) return;
  const bool exception = line.starts_with('!');
  if (exception) line = trim_space(line.substr(1));
  if (line.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "\"!\" alone is no pattern",
                "write the pattern of what is to be kept right behind it");
  }
  if (line.size() > kMaxPatternBytes || rules_.size() >= kMaxIgnorePatterns) {
    throw Error(ErrorCode::kResourceExhausted,
                fmt::format("at most {} patterns of {} bytes are read", kMaxIgnorePatterns,
                            kMaxPatternBytes));
  }
  std::string pattern = clean_path(line);
  if (slash == LeadingSlash::kDropped && pattern.size() > 1 && pattern.front() == '/') {
    pattern.erase(0, 1);
  }
  rules_.push_back({PathPattern(std::move(pattern)), exception});
  has_exceptions_ = has_exceptions_ || exception;
}

IgnoreRules::Verdict IgnoreRules::judge(std::string_view path, const Verdict& folder) const {
  Verdict verdict{false, std::vector<bool>(rules_.size())};
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const bool inherited = !folder.matched.empty() && folder.matched[i];
    // A rule that would not change the verdict is not tried, and so is not inherited either: that
    // is what docker does, and it shows where an exception stands before what it excepts from.
    const bool matters = rules_[i].exception == verdict.ignored;
    verdict.matched[i] = inherited || (matters && rules_[i].pattern.matches(path));
    if (verdict.matched[i]) verdict.ignored = !rules_[i].exception;
  }
  return verdict;
}

bool IgnoreRules::ignored(std::string_view path) const {
  Verdict verdict;
  for (std::size_t end = path.find('/'); end != std::string_view::npos;
       end = path.find('/', end + 1)) {
    verdict = judge(path.substr(0, end), verdict);
  }
  return judge(path, verdict).ignored;
}

bool IgnoreRules::may_have_exceptions_below(std::string_view path) const {
  return std::any_of(rules_.begin(), rules_.end(), [path](const Rule& rule) {
    return rule.exception && rule.pattern.may_match_below(path);
  });
}

bool IgnoreRules::may_match_below(std::string_view path) const {
  return std::any_of(rules_.begin(), rules_.end(), [path](const Rule& rule) {
    return !rule.exception && rule.pattern.may_match_below(path);
  });
}

}  // namespace estiba::dockerfile
