#include "dockerfile/check_findings.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "dockerfile/check_rules.h"

namespace estiba::dockerfile {
namespace {

// "# check=skip=Rule" right above an instruction.
CheckOptions options_above(const SourceText& source) {
  constexpr std::string_view kName = "check=";
  for (const std::string& comment : source.comments) {
    if (!comment.starts_with(kName)) continue;
    const std::string_view value = std::string_view(comment).substr(kName.size());
    try {
      return CheckOptions::parse(value.substr(0, value.find(' ')));
    } catch (const Error&) {
      return {};  // a comment may say anything
    }
  }
  return {};
}

}  // namespace

bool Findings::wanted(std::string_view rule) const {
  const CheckRule* known = find_check_rule(rule);
  if (known != nullptr && known->experimental && !options_.wants_experimental(rule)) return false;
  return !options_.skips(rule);
}

void Findings::add(std::string_view rule, std::string message, const SourceText& source) {
  if (options_above(source).skips(rule)) return;
  add(rule, std::move(message), source.location.first_line);
}

void Findings::add(std::string_view rule, std::string message, int line) {
  if (wanted(rule)) warnings_.push_back({std::string(rule), std::move(message), line});
}

std::vector<Warning> Findings::take() {
  std::stable_sort(warnings_.begin(), warnings_.end(),
                   [](const Warning& a, const Warning& b) { return a.line < b.line; });
  const auto same = [](const Warning& a, const Warning& b) {
    return std::tie(a.rule, a.message, a.line) == std::tie(b.rule, b.message, b.line);
  };
  warnings_.erase(std::unique(warnings_.begin(), warnings_.end(), same), warnings_.end());
  return std::move(warnings_);
}

}  // namespace estiba::dockerfile
