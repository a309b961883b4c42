#include "cli/check_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "dockerfile/check_rules.h"

namespace estiba::cli {
namespace {

bool is_advice(const dockerfile::Warning& warning) {
  const auto* rule = dockerfile::find_check_rule(warning.rule);
  return rule != nullptr && rule->ours;
}

// The line with two around it.
std::string source_window(const std::vector<std::string>& lines, int line) {
  constexpr int kAround = 2;
  const std::string rule(20, '-');
  std::string text = rule + "\n";
  const int last = std::min(line + kAround, static_cast<int>(lines.size()));
  for (int number = std::max(1, line - kAround); number <= last; ++number) {
    std::string shown = lines[static_cast<std::size_t>(number - 1)];
    if (shown.ends_with('\r')) shown.pop_back();
    text += fmt::format("{:4} | {} {}\n", number, number == line ? ">>>" : "   ", shown);
  }
  return text + rule + "\n";
}

std::string finding(const dockerfile::Warning& warning, const CheckedFile& file,
                    const std::vector<std::string>& lines) {
  const auto* rule = dockerfile::find_check_rule(warning.rule);
  const std::string page = rule != nullptr ? dockerfile::check_rule_url(*rule) : std::string();
  std::string text = fmt::format("\n{}: {}{}\n{}\n", is_advice(warning) ? "ADVICE" : "WARNING",
                                 warning.rule, page.empty() ? "" : " - " + page, warning.message);
  if (rule != nullptr) text += fmt::format("remedy: {}\n", rule->remedy);
  return text + fmt::format("{}:{}\n", file.name, warning.line) +
         source_window(lines, warning.line);
}

}  // namespace

bool breaks_a_rule(const std::vector<dockerfile::Warning>& warnings) {
  return !std::all_of(warnings.begin(), warnings.end(), is_advice);
}

std::string check_report(const std::vector<dockerfile::Warning>& warnings,
                         const CheckedFile& file) {
  const auto advice = std::count_if(warnings.begin(), warnings.end(), is_advice);
  const auto count = static_cast<std::ptrdiff_t>(warnings.size()) - advice;
  std::string text = "Check complete, ";
  text += count == 0
              ? "no warnings found."
              : fmt::format("{} warning{} been found!", count, count == 1 ? " has" : "s have");
  if (advice > 0) text += fmt::format(" {} piece{} of advice.", advice, advice == 1 ? "" : "s");
  text += "\n";
  std::vector<std::string> lines = split(file.text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (const bool advising : {false, true}) {
    for (const dockerfile::Warning& warning : warnings) {
      if (is_advice(warning) == advising) text += finding(warning, file, lines);
    }
  }
  text.pop_back();  // the caller ends the line
  return text;
}

}  // namespace estiba::cli
