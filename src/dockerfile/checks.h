// Build checks: what is allowed, but rarely what was meant. Rule names and their meaning are
// docker's (docs.docker.com/reference/build-checks).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace estiba::dockerfile {

struct Dockerfile;

struct Warning {
  std::string rule;  // "StageNameCasing"
  std::string message;
  int line = 0;
};

// The value of a "check" directive: "skip=RuleA,RuleB;error=true".
struct CheckOptions {
  bool skip_all = false;
  std::vector<std::string> skipped_rules;
  bool fail_on_warning = false;

  // Throws kInvalidArgument.
  static CheckOptions parse(std::string_view text);
  [[nodiscard]] bool skips(std::string_view rule) const;
};

// All that can be said of a parsed file without building it, ordered by line. Rules that the file
// or a comment above the instruction ("# check=skip=Rule") skips are left out.
[[nodiscard]] std::vector<Warning> check(const Dockerfile& dockerfile);

}  // namespace estiba::dockerfile
