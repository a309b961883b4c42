// Build checks: what is allowed, but rarely what was meant. Rule names and their meaning are
// docker's (docs.docker.com/reference/build-checks).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace estiba::dockerfile {

struct Dockerfile;
class IgnoreRules;

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
  bool all_experimental = false;
  std::vector<std::string> experimental_rules;

  // Throws kInvalidArgument.
  static CheckOptions parse(std::string_view text);
  [[nodiscard]] bool skips(std::string_view rule) const;
  [[nodiscard]] bool wants_experimental(std::string_view rule) const;
};

// What is known besides the file's text; all of it may be missing.
struct CheckInputs {
  struct Image {
    std::map<std::string, std::string> environment;
    std::string platform;  // "linux/amd64"
  };
  // A base image that is at hand. Variables of one that is not cannot be called undefined.
  std::function<std::optional<Image>(const std::string& name)> find_image = {};
  std::function<std::optional<std::string>(std::string_view name)> given_argument = {};
  const IgnoreRules* ignore = nullptr;  // borrowed
  std::string platform = "linux/amd64";
  bool practices = false;  // our own rules, too (check_rules.h)
};

// All that can be said of a parsed file without building it, ordered by line. Rules that the file
// or a comment above the instruction ("# check=skip=Rule") skips are left out.
[[nodiscard]] std::vector<Warning> check(const Dockerfile& dockerfile,
                                         const CheckInputs& inputs = {});

}  // namespace estiba::dockerfile
