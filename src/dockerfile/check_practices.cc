// Our own rules: what makes images change under one's hands, grow, or build slowly; and sources
// that .dockerignore hides.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "dockerfile/check_findings.h"
#include "dockerfile/ignore.h"
#include "dockerfile/parser.h"

namespace estiba::dockerfile {
namespace {

bool holds(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

template <std::size_t kCount>
bool holds_any(std::string_view text, const std::array<std::string_view, kCount>& words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return holds(text, word); });
}

std::string script_of(const Run& run) {
  std::string script = run.command.shell_form ? run.command.text : join(run.command.arguments, " ");
  for (const Heredoc& heredoc : run.heredocs) script += "\n" + heredoc.content;
  return script;
}

bool is_everything(const std::string& source) {
  return source == "." || source == "./" || source == "/" || source == "*" || source == "./*";
}

// Tokens whose form gives them away.
bool looks_like_a_secret(std::string_view value) {
  constexpr std::array<std::string_view, 9> kBegins = {
      "ghp_", "gho_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk_live_", "AKIA", "dckr_pat_"};
  constexpr std::size_t kShortestToken = 16;
  if (holds(value, "-----BEGIN ") && holds(value, "PRIVATE KEY")) return true;
  while (!value.empty() && (value.front() == '"' || value.front() == '\'')) value.remove_prefix(1);
  return value.size() >= kShortestToken &&
         std::any_of(kBegins.begin(), kBegins.end(),
                     [value](std::string_view begin) { return value.starts_with(begin); });
}

class PracticeChecker {
 public:
  PracticeChecker(const Dockerfile& file, Findings& findings) : file_(file), findings_(findings) {}

  void run() {
    for (const Instruction& instruction : file_.arguments) check(instruction);
    for (std::size_t i = 0; i < file_.stages.size(); ++i) {
      check_base(i);
      copied_everything_ = nullptr;
      copied_something_ = false;
      for (const Instruction& instruction : file_.stages[i].instructions) check(instruction);
    }
  }

 private:
  void check_base(std::size_t index) {
    const Stage& stage = file_.stages[index];
    const std::string& image = stage.from.image;
    if (image == "scratch" || holds(image, "$") || holds(image, "@")) return;
    for (std::size_t i = 0; i < index; ++i) {
      if (file_.stages[i].from.name == to_lower(image) || std::to_string(i) == image) return;
    }
    const std::size_t colon = image.rfind(':');
    const bool has_tag = colon != std::string::npos && !holds(image.substr(colon), "/");
    if (!has_tag || image.substr(colon) == ":latest") {
      findings_.add("BaseImageLatest",
                    fmt::format("Base image {} {}: the build gets whatever it is that day", image,
                                has_tag ? "is :latest" : "has no tag"),
                    stage.source);
    } else {
      findings_.add("BaseImageNotPinned",
                    fmt::format("Base image {} is named by a tag, which can move", image),
                    stage.source);
    }
  }

  void check(const Instruction& instruction) {
    std::visit([&](const auto& body) { check(body, instruction.source); }, instruction.body);
  }

  template <typename Body>
  void check(const Body&, const SourceText&) {}
  void check(const Env& env, const SourceText& source) {
    for (const KeyValue& pair : env.variables) check_value("ENV", pair.key, pair.value, source);
  }
  void check(const Arg& arg, const SourceText& source) {
    for (const ArgDeclaration& one : arg.declarations) {
      check_value("ARG", one.name, one.value.value_or(""), source);
    }
  }
  void check(const Copy& copy, const SourceText& source) {
    if (copy.from.empty() && !copy.parents) check_copy(copy.sources, source);
  }
  void check(const Add& add, const SourceText& source) { check_copy(add.sources, source); }
  void check(const Run& run, const SourceText& source) {
    const std::string script = script_of(run);
    if (holds(script, "apt-get install") || holds(script, "apt install") ||
        holds(script, "apt-get -y install") || holds(script, "apt-get -qq install")) {
      check_apt(run, script, source);
    }
    constexpr std::array<std::string_view, 11> kInstalls = {
        "npm install",      "npm ci",          "yarn install",    "pnpm install",
        "pip install -r",   "pip3 install -r", "go mod download", "bundle install",
        "composer install", "poetry install",  "cargo fetch"};
    if (copied_everything_ == nullptr || !holds_any(script, kInstalls)) return;
    findings_.add(
        "CopyAllBeforeDependencies",
        fmt::format("Everything is copied before the dependencies are installed (line {}): "
                    "any change to any file installs them anew",
                    source.location.first_line),
        *copied_everything_);
    copied_everything_ = nullptr;
  }

  void check_copy(const FileSources& sources, const SourceText& source) {
    const bool everything = std::any_of(sources.paths.begin(), sources.paths.end(), is_everything);
    if (everything && !copied_something_) copied_everything_ = &source;
    copied_something_ = true;
  }

  void check_apt(const Run& run, const std::string& script, const SourceText& source) {
    const bool cached = std::any_of(run.mounts.begin(), run.mounts.end(), [](const Mount& mount) {
      return holds(mount.text, "/var/lib/apt") || holds(mount.text, "/var/cache/apt");
    });
    if (!cached && !holds(script, "rm -rf /var/lib/apt/lists") &&
        !holds(script, "rm -fr /var/lib/apt/lists") && !holds(script, "rm -r /var/lib/apt/lists")) {
      findings_.add("AptCleanup", "The package lists of apt stay in the layer", source);
    }
    if (!holds(script, "--no-install-recommends") && !holds(script, "Install-Recommends")) {
      findings_.add("AptRecommends", "apt installs recommended packages that nobody asked for",
                    source);
    }
  }

  void check_value(std::string_view instruction, const std::string& name, const std::string& value,
                   const SourceText& source) {
    if (!looks_like_a_secret(value)) return;
    findings_.add("SecretValue",
                  fmt::format("The value of {} {} looks like a secret; whoever has the image reads "
                              "it",
                              instruction, name),
                  source);
  }

  const Dockerfile& file_;
  Findings& findings_;
  const SourceText* copied_everything_ = nullptr;
  bool copied_something_ = false;
};

std::string clean_source_path(std::string_view path) {
  std::vector<std::string> kept;
  for (std::string& part : split(path, '/')) {
    if (part == ".." && !kept.empty()) {
      kept.pop_back();
    } else if (!part.empty() && part != "." && part != "..") {
      kept.push_back(std::move(part));
    }
  }
  return join(kept, "/");
}

void check_sources(std::string_view verb, const FileSources& sources, const SourceText& source,
                   const IgnoreRules& ignore, Findings& findings) {
  for (const std::string& path : sources.paths) {
    if (holds(path, "://") || holds(path, "$") || path.starts_with("git@")) continue;
    const std::string clean = clean_source_path(path);
    // The whole context is ignored when a file of any name is.
    const bool ignored = ignore.ignored(clean.empty() ? "any file" : clean);
    if (!ignored) continue;
    findings.add("CopyIgnoredFile",
                 fmt::format("Attempting to {} file \"{}\" that is excluded by .dockerignore", verb,
                             clean.empty() ? "." : clean),
                 source);
  }
}

}  // namespace

void check_ignored_sources(const Dockerfile& file, const IgnoreRules& ignore, Findings& findings) {
  if (ignore.has_exceptions()) return;  // too much could be taken back to be sure
  for (const Stage& stage : file.stages) {
    for (const Instruction& instruction : stage.instructions) {
      const auto* copy = std::get_if<Copy>(&instruction.body);
      if (copy != nullptr && copy->from.empty()) {
        check_sources("Copy", copy->sources, instruction.source, ignore, findings);
      }
      if (const auto* add = std::get_if<Add>(&instruction.body)) {
        check_sources("Add", add->sources, instruction.source, ignore, findings);
      }
    }
  }
}

void check_practices(const Dockerfile& file, Findings& findings) {
  PracticeChecker(file, findings).run();
}

}  // namespace estiba::dockerfile
