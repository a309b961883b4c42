#include "dockerfile/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/arguments.h"
#include "dockerfile/check_findings.h"
#include "dockerfile/parser.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

bool is_lower(const std::string& text) {
  return to_lower(text) == text;
}
bool is_upper(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// Whole words between underscores: API_KEY and TOKEN, but not KEYBOARD or PUBLIC_KEY.
bool names_a_secret(std::string_view name) {
  constexpr std::array<std::string_view, 10> kSecret = {
      "apikey",   "auth",  "credential", "credentials", "key",
      "password", "pword", "passwd",     "secret",      "token"};
  constexpr std::array<std::string_view, 3> kHarmless = {"public", "file", "version"};
  bool secret = false;
  for (const std::string& word : split(to_lower(name), '_')) {
    if (std::find(kHarmless.begin(), kHarmless.end(), word) != kHarmless.end()) return false;
    secret = secret || std::find(kSecret.begin(), kSecret.end(), word) != kSecret.end();
  }
  return secret;
}

class Checker {
 public:
  Checker(const Dockerfile& file, Findings& findings) : file_(file), findings_(findings) {}

  void run() {
    count_casing();
    for (const int line : file_.empty_continuations) {
      findings_.add("NoEmptyContinuation", "Empty continuation line", line);
    }
    for (const Instruction& instruction : file_.arguments) check(instruction);
    for (const Stage& stage : file_.stages) check(stage);
  }

 private:
  void add(std::string_view rule, std::string message, const SourceText& source) {
    findings_.add(rule, std::move(message), source);
  }

  void count_casing() {
    int lower = 0;
    int upper = 0;
    const auto count = [&](const SourceText& source) {
      if (is_lower(source.keyword)) ++lower;
      if (is_upper(source.keyword)) ++upper;
    };
    for (const Stage& stage : file_.stages) {
      count(stage.source);
      for (const Instruction& instruction : stage.instructions) count(instruction.source);
    }
    mostly_lower_ = lower > upper;
  }

  void check_casing(const SourceText& source) {
    const std::string& keyword = source.keyword;
    if (mostly_lower_ ? is_lower(keyword) : is_upper(keyword)) return;
    add("ConsistentInstructionCasing",
        fmt::format("Command '{}' should match the case of the command majority ({})", keyword,
                    mostly_lower_ ? "lowercase" : "uppercase"),
        source);
  }

  void check(const Stage& stage) {
    check_casing(stage.source);
    check_from(stage);
    const bool own_shell =
        std::any_of(stage.instructions.begin(), stage.instructions.end(),
                    [](const Instruction& one) { return std::holds_alternative<Shell>(one.body); });
    if (own_shell) stages_with_shell_.insert(stage.from.name);
    has_shell_ = own_shell || stages_with_shell_.contains(to_lower(stage.from.image));
    last_cmd_ = last_entrypoint_ = last_health_check_ = nullptr;
    for (const Instruction& instruction : stage.instructions) {
      check_casing(instruction.source);
      check(instruction);
    }
  }

  void check_from(const Stage& stage) {
    const std::string& name = stage.from.name;
    if (name.empty()) return;
    check_description("FROM", {name}, stage.source);
    const std::vector<std::string> words = split_blanks(stage.source.original);
    const std::string& as = words[words.size() - 2];
    const std::string& written = words.back();
    const std::string& keyword = stage.source.keyword;
    if (!is_lower(written)) {
      add("StageNameCasing", fmt::format("Stage name '{}' should be lowercase", written),
          stage.source);
    }
    if ((is_lower(keyword) && !is_lower(as)) || (is_upper(keyword) && !is_upper(as))) {
      add("FromAsCasing", fmt::format("'{}' and '{}' keywords' casing do not match", as, keyword),
          stage.source);
    }
    if (name == "scratch" || name == "context") {
      add("ReservedStageName",
          fmt::format("Stage name should not use the same name as reserved stage \"{}\"", name),
          stage.source);
    }
    if (!stage_names_.insert(name).second) {
      add("DuplicateStageName",
          fmt::format("Duplicate stage name \"{}\", stage names should be unique", name),
          stage.source);
    }
  }

  void check(const Instruction& instruction) {
    std::visit([&](const auto& body) { check(body, instruction.source); }, instruction.body);
  }

  template <typename Body>
  void check(const Body&, const SourceText&) {}
  void check(const Maintainer&, const SourceText& source) {
    add("MaintainerDeprecated", "Maintainer instruction is deprecated in favor of using label",
        source);
  }
  void check(const Cmd& cmd, const SourceText& source) {
    check_once("CMD", last_cmd_, source);
    check_form("CMD", cmd.command, source);
  }
  void check(const Entrypoint& entrypoint, const SourceText& source) {
    check_once("ENTRYPOINT", last_entrypoint_, source);
    check_form("ENTRYPOINT", entrypoint.command, source);
  }
  void check(const HealthCheck&, const SourceText& source) {
    check_once("HEALTHCHECK", last_health_check_, source);
  }
  void check(const Env& env, const SourceText& source) {
    check_legacy("ENV", env.variables, source);
    for (const KeyValue& pair : env.variables) check_secret("ENV", pair.key, source);
  }
  void check(const Label& label, const SourceText& source) {
    check_legacy("LABEL", label.labels, source);
  }
  void check(const Expose& expose, const SourceText& source) {
    for (const std::string& port : expose.ports) {
      if (port.find('$') != std::string::npos) continue;
      const std::size_t slash = port.find('/');
      if (slash != std::string::npos && !is_lower(port.substr(slash))) {
        add("ExposeProtoCasing",
            fmt::format("Defined protocol '{}' in EXPOSE instruction should be lowercase", port),
            source);
      }
      if (port.find(':') != std::string::npos) {
        add("ExposeInvalidFormat",
            fmt::format("EXPOSE instruction should not define an IP address or host-port mapping, "
                        "found '{}'",
                        port),
            source);
      }
    }
  }
  void check(const Arg& arg, const SourceText& source) {
    std::vector<std::string> names;
    for (const ArgDeclaration& one : arg.declarations) names.push_back(one.name);
    check_description("ARG", names, source);
    for (const ArgDeclaration& declaration : arg.declarations) {
      check_secret("ARG", declaration.name, source);
    }
  }

  // The last comment line above is to begin with the name that it describes.
  void check_description(std::string_view instruction, const std::vector<std::string>& names,
                         const SourceText& source) {
    if (source.comments.empty()) return;
    const std::string& comment = source.comments.back();
    const std::string first = comment.substr(0, comment.find(' '));
    if (first.starts_with("check=")) return;
    if (std::find(names.begin(), names.end(), first) != names.end()) return;
    add("InvalidDefinitionDescription",
        fmt::format("Comment for {} should follow the format: `# {} <description>`", instruction,
                    names.size() == 1 ? names.front() : "<arg_key>"),
        source);
  }

  // The earlier one is reported: it has no effect.
  void check_once(std::string_view name, const SourceText*& last, const SourceText& source) {
    if (last != nullptr) {
      add("MultipleInstructionsDisallowed",
          fmt::format("Multiple {} instructions should not be used in the same stage because only "
                      "the last one will be used",
                      name),
          *last);
    }
    last = &source;
  }

  void check_form(std::string_view name, const CommandLine& command, const SourceText& source) {
    if (!command.shell_form || has_shell_) return;
    add("JSONArgsRecommended",
        fmt::format("JSON arguments recommended for {} to prevent unintended behavior related to "
                    "OS signals",
                    name),
        source);
  }

  void check_legacy(std::string_view name, const std::vector<KeyValue>& pairs,
                    const SourceText& source) {
    if (pairs.empty() || !pairs.front().legacy) return;
    add("LegacyKeyValueFormat",
        fmt::format("\"{0} key=value\" should be used instead of legacy \"{0} key value\" format",
                    name),
        source);
  }

  void check_secret(std::string_view name, const std::string& key, const SourceText& source) {
    if (!names_a_secret(key)) return;
    add("SecretsUsedInArgOrEnv",
        fmt::format("Do not use ARG or ENV instructions for sensitive data ({} \"{}\")", name, key),
        source);
  }

  const Dockerfile& file_;
  Findings& findings_;
  bool mostly_lower_ = false;
  bool has_shell_ = false;
  std::set<std::string, std::less<>> stage_names_;
  std::set<std::string, std::less<>> stages_with_shell_;
  const SourceText* last_cmd_ = nullptr;
  const SourceText* last_entrypoint_ = nullptr;
  const SourceText* last_health_check_ = nullptr;
};

}  // namespace

CheckOptions CheckOptions::parse(std::string_view text) {
  CheckOptions options;
  if (trim_space(text).empty()) return options;
  for (const std::string& part : split(text, ';')) {
    const std::size_t equals = part.find('=');
    const std::string_view key = trim_space(std::string_view(part).substr(0, equals));
    const std::string_view value =
        equals == std::string::npos ? "" : trim_space(std::string_view(part).substr(equals + 1));
    if (key == "skip" && value == "all") {
      options.skip_all = true;
    } else if (key == "skip" && !value.empty()) {
      for (const std::string& rule : split(value, ',')) {
        options.skipped_rules.emplace_back(trim_space(rule));
      }
    } else if (key == "error" && (value == "true" || value == "false")) {
      options.fail_on_warning = value == "true";
    } else if (key == "experimental" && value == "all") {
      options.all_experimental = true;
    } else if (key == "experimental" && !value.empty()) {
      for (const std::string& rule : split(value, ',')) {
        options.experimental_rules.emplace_back(trim_space(rule));
      }
    } else {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("invalid check option \"{}\"", part.substr(0, 120)),
                  "write check=skip=RULE,RULE;error=true, or check=skip=all");
    }
  }
  return options;
}

bool CheckOptions::skips(std::string_view rule) const {
  return skip_all ||
         std::find(skipped_rules.begin(), skipped_rules.end(), rule) != skipped_rules.end();
}

bool CheckOptions::wants_experimental(std::string_view rule) const {
  return all_experimental || std::find(experimental_rules.begin(), experimental_rules.end(),
                                       rule) != experimental_rules.end();
}

std::vector<Warning> check(const Dockerfile& dockerfile, const CheckInputs& inputs) {
  Findings findings(dockerfile.checks);
  Checker(dockerfile, findings).run();
  check_variables(dockerfile, inputs, findings);
  if (inputs.ignore != nullptr) check_ignored_sources(dockerfile, *inputs.ignore, findings);
  if (inputs.practices) check_practices(dockerfile, findings);
  return findings.take();
}

}  // namespace estiba::dockerfile
