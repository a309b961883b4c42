// Parsing, checking, expanding and ignoring, with whatever bytes: libFuzzer's target.
//
// The input is a Dockerfile, and behind a line "%%" an ignore file and behind another a path.
// Everything is answered by a value or an Error; what else happens is a finding.
#include <string>
#include <string_view>

#include "dockerfile/expand.h"
#include "dockerfile/ignore.h"
#include "dockerfile/parser.h"
#include "fuzz/answered.h"

namespace {

using namespace estiba;
using namespace estiba::dockerfile;
using fuzz::answered;

std::string_view take_part(std::string_view& input) {
  constexpr std::string_view kBorder = "\n%%\n";
  const std::size_t border = input.find(kBorder);
  const std::string_view part = input.substr(0, border);
  input.remove_prefix(border == std::string_view::npos ? input.size() : border + kBorder.size());
  return part;
}

void expand_all(const Dockerfile& file) {
  const Lookup lookup = [](std::string_view name) -> std::optional<std::string> {
    if (name.size() % 3 == 0) return std::nullopt;
    return "/a b:" + std::string(name);
  };
  const ExpandOptions options{.escape = file.directives.escape};
  for (const Stage& stage : file.stages) {
    answered([&] { (void)expand_from(stage.from, stage.source, lookup, options); });
    for (const Instruction& instruction : stage.instructions) {
      answered([&] { (void)expand(instruction, lookup, options); });
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view text = take_part(input);
  const std::string_view ignore_text = take_part(input);
  const std::string path(input);
  answered([&] {
    const Dockerfile file = parse(text);
    expand_all(file);
    answered([&] {
      const IgnoreRules ignore = IgnoreRules::parse(ignore_text);
      CheckInputs inputs;
      inputs.ignore = &ignore;
      inputs.practices = true;
      (void)check(file, inputs);
    });
  });
  answered([&] {
    const IgnoreRules ignore = IgnoreRules::parse(ignore_text);
    // An ignored folder whose content cannot come back never shows a file.
    const bool closed = ignore.ignored(path) && !ignore.may_have_exceptions_below(path);
    if (closed && !path.empty() && !ignore.ignored(path + "/x")) std::abort();
  });
  answered([&] { (void)expand_word(text, [](std::string_view) { return "x"; }); });
  return 0;
}
