#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <span>

#include "base/text.h"
#include "cli/grammar.h"
#include "cli/version.h"

namespace estiba::cli {

// One command being declared in the library's terms.
class CommandLine::Backend {
 public:
  explicit Backend(CLI::App& app) : app_(app) {}

  CLI::App& app_;
  std::vector<std::string>* rest_ = nullptr;
  std::string rest_name_;
  std::string rest_help_;
  std::size_t rest_minimum_ = 0;
};

void CommandLine::flag(const std::string& names, bool& target, const std::string& help) {
  backend_.app_.add_flag(names, target, help);
}

void CommandLine::option(const std::string& names, std::string& target,
                         const std::string& value_name, const std::string& help) {
  backend_.app_.add_option(names, target, help)->type_name(value_name);
}

void CommandLine::option(const std::string& names, std::optional<std::string>& target,
                         const std::string& value_name, const std::string& help) {
  backend_.app_.add_option(names, target, help)->type_name(value_name);
}

void CommandLine::option(const std::string& names, int& target, const std::string& value_name,
                         const std::string& help) {
  backend_.app_.add_option(names, target, help)->type_name(value_name);
}

void CommandLine::list(const std::string& names, std::vector<std::string>& target,
                       const std::string& value_name, const std::string& help) {
  backend_.app_.add_option(names, target, help)
      ->type_name(value_name)
      ->take_all()
      ->allow_extra_args(false);
}

void CommandLine::positional(const std::string& name, std::string& target,
                             const std::string& help) {
  backend_.app_.add_option(name, target, help)->required()->type_name("");
}

void CommandLine::optional_positional(const std::string& name, std::string& target,
                                      const std::string& help) {
  backend_.app_.add_option(name, target, help)->type_name("");
}

void CommandLine::positionals(const std::string& name, std::vector<std::string>& target,
                              const std::string& help, std::size_t minimum) {
  CLI::Option* option = backend_.app_.add_option(name, target, help)->type_name("");
  if (minimum > 0) option->required()->expected(static_cast<int>(minimum), 1 << 16);
}

void CommandLine::rest(const std::string& name, std::vector<std::string>& target,
                       const std::string& help, std::size_t minimum) {
  backend_.app_.prefix_command();
  backend_.app_.footer(name + ": " + help);
  backend_.rest_ = &target;
  backend_.rest_name_ = name;
  backend_.rest_help_ = help;
  backend_.rest_minimum_ = minimum;
}

namespace {

OptionGrammar option_grammar(const CLI::Option& option) {
  OptionGrammar grammar;
  for (const std::string& name : option.get_snames()) grammar.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) grammar.names.push_back("--" + name);
  if (option.get_expected_max() > 0) grammar.value_name = option.get_type_name();
  grammar.help = option.get_description();
  grammar.repeats = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  return grammar;
}

PositionalGrammar positional_grammar(const CLI::Option& option) {
  return {option.get_name(true), option.get_description(), option.get_required(),
          option.get_expected_max() > 1};
}

void add_arguments(CommandGrammar& grammar, const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      grammar.positionals.push_back(positional_grammar(*option));
    } else {
      grammar.options.push_back(option_grammar(*option));
    }
  }
}

struct Declared {
  const Command* command = nullptr;
  bool stays_user = false;  // its own or its group's
  std::string path;
  CLI::App* app = nullptr;
  std::unique_ptr<CommandLine::Backend> backend;
  Runner run;
};

class Parser {
 public:
  Parser(const std::vector<Command>& commands, std::span<char*> words)
      : app_("Build, store, publish and run container images, and host them.", "estiba") {
    app_.set_help_flag("--help", "Show how to use it");  // -h is docker run's --hostname
    app_.require_subcommand(0, 1);
    app_.add_option("--root", globals_.root, "Where images and containers are kept")
        ->type_name("DIR")
        ->envname("ESTIBA_ROOT");
    app_.add_option("--config", globals_.config_file, "Configuration file")->type_name("FILE");
    app_.add_flag("-D,--debug", globals_.debug, "Say more about errors");
    app_.set_version_flag("-v,--version", std::string("estiba version ") + kVersion);
    // The library takes 10 ms to hear of the options of all: without
    // words it hears of all, else of the one command that they name.
    for (const Command& command : commands) {
      const bool is_named =
          words.empty() || std::ranges::find(words, std::string_view(command.name), [](char* word) {
                             return std::string_view(word);
                           }) != words.end();
      declare(app_, command, {.prefix = {}, .is_named = is_named, .stays_user = false});
    }
  }

  ParseOutcome parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return report(error);
    }
    for (Declared& declared : declared_) {
      if (declared.app->parsed() && declared.app->get_subcommands().empty()) {
        return finish(declared);
      }
    }
    std::fputs(app_.help().c_str(), stdout);
    return {};
  }

  CommandGrammar grammar() const {
    CommandGrammar root{.name = app_.get_name(),
                        .summary = app_.get_description(),
                        .examples = {},
                        .hidden = false,
                        .options = {},
                        .positionals = {},
                        .subcommands = {}};
    add_arguments(root, app_);
    for (const Declared& declared : declared_) {
      if (declared.path.find(' ') == std::string::npos) {
        root.subcommands.push_back(grammar_below(declared));
      }
    }
    return root;
  }

 private:
  CommandGrammar grammar_below(const Declared& declared) const {
    const Command& command = *declared.command;
    CommandGrammar grammar{.name = command.name,
                           .summary = command.summary,
                           .examples = command.examples,
                           .hidden = command.hidden,
                           .options = {},
                           .positionals = {},
                           .subcommands = {}};
    add_arguments(grammar, *declared.app);
    if (declared.backend->rest_ != nullptr) {
      grammar.positionals.push_back({declared.backend->rest_name_, declared.backend->rest_help_,
                                     declared.backend->rest_minimum_ > 0, true});
    }
    for (const Declared& child : declared_) {
      if (child.app->get_parent() == declared.app)
        grammar.subcommands.push_back(grammar_below(child));
    }
    return grammar;
  }

  struct Group {
    std::string prefix;
    bool is_named = false;
    bool stays_user = false;
  };

  void declare(CLI::App& parent, const Command& command, const Group& group) {
    CLI::App* app = parent.add_subcommand(command.name, command.summary);
    if (command.hidden) app->group("");
    std::string footer;
    if (!command.examples.empty()) footer = "Examples:\n" + command.examples;
    const std::string path = group.prefix + command.name;
    const bool stays_user = group.stays_user || command.stays_user;
    for (const Command& child : command.subcommands)
      declare(*app, child, {path + " ", group.is_named, stays_user});
    auto backend = std::make_unique<CommandLine::Backend>(*app);
    Runner run;
    if (group.is_named && command.declare) {
      CommandLine line(*backend);
      run = command.declare(line);
    }
    if (backend->rest_ != nullptr && !footer.empty()) footer = app->get_footer() + "\n\n" + footer;
    if (!footer.empty()) app->footer(footer);
    declared_.push_back({&command, stays_user, path, app, std::move(backend), std::move(run)});
  }

  ParseOutcome finish(Declared& declared) {
    if (!declared.run) {
      std::fputs(declared.app->help().c_str(), stdout);
      return {};
    }
    if (declared.backend->rest_ != nullptr) {
      std::vector<std::string> rest = declared.app->remaining();
      if (!rest.empty() && rest.front() == "--") rest.erase(rest.begin());
      if (!rest.empty() && rest.front().size() > 1 && rest.front().front() == '-') {
        return unexpected(rest.front(), declared.path);
      }
      if (rest.size() < declared.backend->rest_minimum_) {
        return usage_error("\"estiba " + declared.path + "\" requires at least " +
                               std::to_string(declared.backend->rest_minimum_) +
                               " argument: " + declared.backend->rest_name_,
                           declared.path);
      }
      *declared.backend->rest_ = std::move(rest);
    }
    return {ParsedCommand{.name = declared.path,
                          .mounts = declared.command->mounts,
                          .stays_user = declared.stays_user,
                          .run = declared.run,
                          .globals = globals_},
            0};
  }

  ParseOutcome report(const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return {std::nullopt, app_.exit(error)};
    std::string message = error.what();
    const std::string path = parsed_path();
    if (path.empty() && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
      return unknown_command();
    }
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
      const std::vector<std::string> extra = app_.remaining(true);
      return unexpected(extra.empty() ? std::string() : extra.front(), path);
    }
    return usage_error(message, path);
  }

  // A word that the command does not take, with the one that was perhaps meant.
  ParseOutcome unexpected(const std::string& word, const std::string& path) const {
    const CommandGrammar root = grammar();
    const CommandGrammar& command = *find_command(root, split(path, ' ')).command;
    const bool option = word.size() > 1 && word.front() == '-';
    std::vector<std::string> names;
    if (option) {
      for (const OptionGrammar& known : command.options) {
        names.insert(names.end(), known.names.begin(), known.names.end());
      }
    } else {
      for (const CommandGrammar& child : command.subcommands) names.push_back(child.name);
    }
    std::string message = (option ? "unknown flag: " : "unexpected argument: ") + word;
    const std::string near = nearest_word(word.substr(0, word.find('=')), names);
    if (!near.empty()) message += "; did you mean '" + near + "'?";
    return usage_error(message, path);
  }

  ParseOutcome unknown_command() {
    const std::vector<std::string> extra = app_.remaining(true);
    const std::string word = extra.empty() ? std::string() : extra.front();
    std::vector<std::string> names;
    for (const Declared& declared : declared_) names.push_back(declared.path);
    std::string message = "'" + word + "' is not an estiba command";
    const std::string near = nearest_word(word, names);
    if (!near.empty()) message += "; did you mean '" + near + "'?";
    return usage_error(message, "");
  }

  std::string parsed_path() const {
    std::string path;
    for (const CLI::App* app = &app_;;) {
      const std::vector<CLI::App*> children = app->get_subcommands();
      if (children.empty()) return path;
      app = children.front();
      path += (path.empty() ? "" : " ") + app->get_name();
    }
  }

  static ParseOutcome usage_error(const std::string& message, const std::string& path) {
    const std::string command = path.empty() ? "estiba" : "estiba " + path;
    std::fprintf(stderr, "estiba: %s\nSee '%s --help'.\n", message.c_str(), command.c_str());
    return {std::nullopt, path.empty() ? 1 : 125};
  }

  CLI::App app_;
  GlobalOptions globals_;
  std::vector<Declared> declared_;
};

}  // namespace

CommandGrammar grammar_of(const std::vector<Command>& commands) {
  return Parser(commands, {}).grammar();
}

ParseOutcome parse_command_line(const std::vector<Command>& commands, int argc, char** argv) {
  return Parser(commands, {argv, static_cast<std::size_t>(argc)}).parse(argc, argv);
}

}  // namespace estiba::cli
