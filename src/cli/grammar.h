// What the program accepts, as data: the help's pages and the shells' completions are made of it.
#pragma once

#include <string>
#include <vector>

namespace estiba::cli {

struct Command;

struct OptionGrammar {
  std::vector<std::string> names;  // "-t", "--tag"
  std::string value_name;          // empty: a flag
  std::string help;
  bool repeats = false;
};

struct PositionalGrammar {
  std::string name;
  std::string help;
  bool required = false;
  bool repeats = false;
};

struct CommandGrammar {
  std::string name;
  std::string summary;
  std::string examples;
  bool hidden = false;
  std::vector<OptionGrammar> options;
  std::vector<PositionalGrammar> positionals;
  std::vector<CommandGrammar> subcommands;
};

// The program itself is the root; its options are those that stand before a command.
[[nodiscard]] CommandGrammar grammar_of(const std::vector<Command>& commands);

// The command that `words` lead to ("image", "ls"), and how many of them did.
struct GrammarPlace {
  const CommandGrammar* command = nullptr;
  std::size_t words = 0;
};
[[nodiscard]] GrammarPlace find_command(const CommandGrammar& root,
                                        const std::vector<std::string>& words);

// Null when the command has no such option.
[[nodiscard]] const OptionGrammar* find_option(const CommandGrammar& command,
                                               const std::string& name);

}  // namespace estiba::cli
