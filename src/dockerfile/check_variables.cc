// Follows the variables of a file from its ARGs through its stages, as the build would.
#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/check_findings.h"
#include "dockerfile/expand.h"
#include "dockerfile/limits.h"
#include "dockerfile/parser.h"
#include "oci/platform.h"
#include "oci/reference.h"

namespace estiba::dockerfile {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

Lookup in(const Values& values) {
  return [&values](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

std::string suggestion(const std::string& name, const Values& known) {
  if (name.size() > kMaxSuggestedWordBytes) return {};
  std::vector<std::string> names;
  for (const auto& [one, value] : known) names.push_back(one);
  return nearest_word(name, names);
}

Values platform_values(const std::string& platform) {
  Values values;
  for (const char* prefix : {"TARGET", "BUILD"}) {
    values[std::string(prefix) + "PLATFORM"] = platform;
    for (const char* part : {"OS", "ARCH", "VARIANT", "OSVERSION"}) {
      values[std::string(prefix) + part] = "";
    }
  }
  return values;
}

// Proxies and what the front end itself hands on are there without being declared.
bool is_predefined(const std::string& name) {
  static const std::set<std::string> kNames = {"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
                                               "all_proxy"};
  return kNames.contains(to_lower(name)) || name.starts_with("BUILDKIT_");
}

struct StageState {
  Values environment;
  Values scope;                    // environment, and the ARGs that have a value
  std::set<std::string> declared;  // ARGs, with a value or without
  bool complete = false;           // the environment of the base image is known
  bool workdir_set = false;
};

class VariableChecker {
 public:
  VariableChecker(const Dockerfile& file, const CheckInputs& inputs, Findings& findings)
      : file_(file), inputs_(inputs), findings_(findings) {}

  void run() {
    global_ = read_global(inputs_.given_argument);
    const Values defaults = read_global({});
    for (const Stage& stage : file_.stages) {
      StageState state = begin(stage);
      check_default_image(stage, defaults);
      for (const Instruction& instruction : stage.instructions) check(instruction, state);
      states_.push_back(std::move(state));
    }
  }

 private:
  [[nodiscard]] ExpandOptions options(VariableUse* use) const {
    return {.escape = file_.directives.escape,
            .given_argument = inputs_.given_argument,
            .global_argument = in(global_),
            .use = use};
  }

  Values read_global(const Lookup& given) {
    Values values = platform_values(inputs_.platform);
    for (const Instruction& instruction : file_.arguments) {
      ExpandOptions expand_options = options(nullptr);
      expand_options.given_argument = given;
      expand_options.global_argument = {};
      try {
        const Instruction expanded = expand(instruction, in(values), expand_options);
        for (const ArgDeclaration& one : std::get<Arg>(expanded.body).declarations) {
          if (!values.contains(one.name) || one.value) values[one.name] = one.value.value_or("");
        }
      } catch (const Error&) {
        continue;  // the build says what is wrong with it
      }
    }
    return values;
  }

  [[nodiscard]] WordOptions word_options(VariableUse* use) const {
    return {.escape = file_.directives.escape, .use = use};
  }

  static std::optional<std::string> try_expand(const std::string& text, const Lookup& lookup,
                                               const WordOptions& options) {
    try {
      return expand_word(text, lookup, options);
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  void check_default_image(const Stage& stage, const Values& defaults) {
    if (stage.from.image.find('$') == std::string::npos) return;
    const auto image = try_expand(stage.from.image, in(defaults), word_options(nullptr));
    if (!image) return;
    try {
      (void)Reference::parse(*image);
    } catch (const Error&) {
      findings_.add("InvalidDefaultArgInFrom",
                    fmt::format("Default value for ARG {} results in empty or invalid base image "
                                "name",
                                stage.from.image),
                    stage.source);
    }
  }

  StageState begin(const Stage& stage) {
    VariableUse use;
    const auto image = try_expand(stage.from.image, in(global_), word_options(&use));
    const auto platform = try_expand(stage.from.platform, in(global_), word_options(&use));
    report_undeclared(stage, use);
    if (platform && !stage.from.platform.empty()) check_platform(stage, *platform);
    StageState state;
    if (!image || *image == "scratch") {
      state.complete = image.has_value();
    } else if (const StageState* base = find_stage(*image)) {
      state = *base;  // with its ARGs
    } else if (const auto known = inputs_.find_image ? inputs_.find_image(*image) : std::nullopt) {
      state.environment.insert(known->environment.begin(), known->environment.end());
      state.complete = true;
      check_image_platform(stage, *image, *known, platform.value_or(""));
    }
    state.environment.emplace("PATH", "/usr/bin:/bin");
    state.scope.insert(state.environment.begin(), state.environment.end());
    return state;
  }

  [[nodiscard]] const StageState* find_stage(const std::string& name) const {
    const std::string wanted = to_lower(name);
    for (std::size_t i = states_.size(); i-- > 0;) {
      if (file_.stages[i].from.name == wanted || std::to_string(i) == wanted) return &states_[i];
    }
    return nullptr;
  }

  void report_undeclared(const Stage& stage, const VariableUse& use) {
    for (const std::string& name : use.missing) {
      const std::string near = suggestion(name, global_);
      findings_.add("UndefinedArgInFrom",
                    fmt::format("FROM argument '{}' is not declared{}", name,
                                near.empty() ? "" : fmt::format(" (did you mean {}?)", near)),
                    stage.source);
    }
  }

  void check_platform(const Stage& stage, const std::string& platform) {
    VariableUse use;
    (void)try_expand(stage.from.platform, in(global_), word_options(&use));
    if (use.missing.empty() && use.found == std::set<std::string, std::less<>>{"TARGETPLATFORM"} &&
        platform == inputs_.platform) {
      findings_.add("RedundantTargetPlatform",
                    fmt::format("Setting platform to predefined {} in FROM is redundant as this is "
                                "the default behavior",
                                stage.from.platform),
                    stage.source);
    }
    if (!use.missing.empty() || !use.found.empty()) return;
    try {
      const Platform parsed = Platform::parse(platform);
      const std::string& name = stage.from.name;
      if (name.find(parsed.os) != std::string::npos ||
          name.find(parsed.architecture) != std::string::npos) {
        return;
      }
    } catch (const Error&) {
      return;  // the build says what is wrong with it
    }
    findings_.add(
        "FromPlatformFlagConstDisallowed",
        fmt::format("FROM --platform flag should not use constant value \"{}\"", platform),
        stage.source);
  }

  void check_image_platform(const Stage& stage, const std::string& name,
                            const CheckInputs::Image& image, const std::string& asked) {
    const std::string& expected = asked.empty() ? inputs_.platform : asked;
    if (image.platform.empty() || image.platform.starts_with(expected) ||
        expected.starts_with(image.platform)) {
      return;
    }
    findings_.add("InvalidBaseImagePlatform",
                  fmt::format("Base image {} was pulled with platform \"{}\", expected \"{}\" for "
                              "current build",
                              name, image.platform, expected),
                  stage.source);
  }

  void check(const Instruction& instruction, StageState& state) {
    VariableUse use;
    Instruction expanded = instruction;
    try {
      expanded = expand(instruction, in(state.scope), options(&use));
    } catch (const Error&) {
      return;  // the build says what is wrong with it
    }
    for (const std::string& name : use.missing) {
      if (state.declared.contains(name) || is_predefined(name)) continue;
      const std::string near = suggestion(name, state.scope);
      if (!state.complete && near.empty()) continue;  // the base image may well set it
      findings_.add("UndefinedVar",
                    fmt::format("Usage of undefined variable '${}'{}", name,
                                near.empty() ? "" : fmt::format(" (did you mean ${}?)", near)),
                    instruction.source);
    }
    follow(expanded, state);
  }

  void follow(const Instruction& instruction, StageState& state) {
    if (const auto* env = std::get_if<Env>(&instruction.body)) {
      for (const KeyValue& pair : env->variables) {
        state.environment[pair.key] = pair.value;
        state.scope[pair.key] = pair.value;
      }
    } else if (const auto* arg = std::get_if<Arg>(&instruction.body)) {
      for (const ArgDeclaration& one : arg->declarations) {
        state.declared.insert(one.name);
        if (one.value && !state.environment.contains(one.name)) state.scope[one.name] = *one.value;
      }
    } else if (const auto* workdir = std::get_if<Workdir>(&instruction.body)) {
      if (!state.workdir_set && !workdir->path.starts_with('/')) {
        findings_.add("WorkdirRelativePath",
                      fmt::format("Relative workdir \"{}\" can have unexpected results if the base "
                                  "image changes",
                                  workdir->path),
                      instruction.source);
      }
      state.workdir_set = true;
    }
  }

  const Dockerfile& file_;
  const CheckInputs& inputs_;
  Findings& findings_;
  Values global_;
  std::vector<StageState> states_;
};

}  // namespace

void check_variables(const Dockerfile& file, const CheckInputs& inputs, Findings& findings) {
  VariableChecker(file, inputs, findings).run();
}

}  // namespace estiba::dockerfile
