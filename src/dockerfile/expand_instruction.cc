// Which words of which instruction are expanded: the only place that knows.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/error.h"
#include "dockerfile/expand.h"
#include "dockerfile/located_error.h"
#include "dockerfile/word_lexer.h"

namespace estiba::dockerfile {
namespace {

class Expander {
 public:
  Expander(const Lookup& environment, const ExpandOptions& options)
      : environment_(environment), options_(options) {}

  void operator()(Run& run) {
    for (Mount& mount : run.mounts) {
      mount = parse_mount(mount.text, [this](std::string_view text) { return word(text); });
    }
  }
  void operator()(Copy& copy) {
    replace(copy.owner);
    replace(copy.mode);
    (*this)(copy.sources);
  }
  void operator()(Add& add) {
    replace(add.owner);
    replace(add.mode);
    replace(add.checksum);
    (*this)(add.sources);
  }
  void operator()(Env& env) { replace(env.variables); }
  void operator()(Label& label) { replace(label.labels); }
  void operator()(Workdir& workdir) { replace(workdir.path); }
  void operator()(User& user) { replace(user.user); }
  void operator()(StopSignal& stop_signal) { replace(stop_signal.signal); }
  void operator()(Volume& volume) {
    for (std::string& path : volume.paths) {
      const std::string before = path;
      replace(path);
      if (path.empty()) refuse_empty("the path of VOLUME", before);
    }
  }
  void operator()(Expose& expose) {
    std::vector<std::string> ports;
    for (const std::string& text : expose.ports) {
      for (std::string& port : words(text)) ports.push_back(std::move(port));
    }
    expose.ports = std::move(ports);
  }
  void operator()(Arg& arg) {
    std::map<std::string, std::string, std::less<>> declared;
    const Lookup scope = [&](std::string_view name) -> std::optional<std::string> {
      const auto found = declared.find(name);
      if (found != declared.end()) return found->second;
      return environment_ ? environment_(name) : std::nullopt;
    };
    for (ArgDeclaration& declaration : arg.declarations) {
      declaration.value = effective_value(declaration, scope);
      if (declaration.value) declared[declaration.name] = *declaration.value;
    }
  }
  // Their words are for the shell, for later builds, or mean what they say.
  void operator()(Cmd&) {}
  void operator()(Entrypoint&) {}
  void operator()(Maintainer&) {}
  void operator()(Shell&) {}
  void operator()(OnBuild&) {}
  void operator()(HealthCheck&) {}

  void operator()(From& from) {
    const From before = from;
    replace(from.image);
    if (from.image.empty()) refuse_empty("the image of FROM", before.image);
    replace(from.platform);
    if (from.platform.empty() && !before.platform.empty()) {
      refuse_empty("--platform of FROM", before.platform);
    }
  }

 private:
  [[noreturn]] static void refuse_empty(std::string_view what, std::string_view before) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} is empty: {} expands to nothing", what, before.substr(0, 120)),
                "a variable in it is not set");
  }

  void operator()(FileSources& sources) {
    for (std::string& path : sources.paths) replace(path);
    replace(sources.destination);
    for (InlineFile& file : sources.files) {
      if (!file.expand) continue;
      // In a heredoc the backslash escapes, whatever the file's escape character is.
      file.content = word(file.content, environment_, {.plain_quotes = true, .use = options_.use});
    }
  }

  std::optional<std::string> effective_value(const ArgDeclaration& declaration,
                                             const Lookup& scope) {
    if (options_.given_argument) {
      if (std::optional<std::string> given = options_.given_argument(declaration.name))
        return given;
    }
    if (declaration.value) return word(*declaration.value, scope, word_options());
    return options_.global_argument ? options_.global_argument(declaration.name) : std::nullopt;
  }

  [[nodiscard]] WordOptions word_options() const {
    return {.escape = options_.escape, .use = options_.use};
  }
  std::string word(std::string_view text, const Lookup& lookup, const WordOptions& options) {
    return WordLexer(text, lookup, options, budget_).run_text();
  }
  std::string word(std::string_view text) { return word(text, environment_, word_options()); }
  std::vector<std::string> words(std::string_view text) {
    return WordLexer(text, environment_, word_options(), budget_).run_words();
  }
  void replace(std::string& text) { text = word(text); }
  void replace(std::vector<KeyValue>& pairs) {
    for (KeyValue& pair : pairs) {
      replace(pair.key);
      replace(pair.value);
    }
  }

  const Lookup& environment_;
  const ExpandOptions& options_;
  WorkBudget budget_;
};

}  // namespace

Instruction expand(const Instruction& instruction, const Lookup& environment,
                   const ExpandOptions& options) {
  Instruction result = instruction;
  at_instruction(instruction.source,
                 [&] { std::visit(Expander(environment, options), result.body); });
  return result;
}

From expand_from(const From& from, const SourceText& source, const Lookup& arguments,
                 const ExpandOptions& options) {
  From result = from;
  at_instruction(source, [&] { Expander(arguments, options)(result); });
  return result;
}

}  // namespace estiba::dockerfile
