#include "cli/grammar.h"

#include <algorithm>

namespace estiba::cli {
namespace {

const CommandGrammar* find_subcommand(const CommandGrammar& command, const std::string& name) {
  const auto found = std::ranges::find(command.subcommands, name, &CommandGrammar::name);
  return found == command.subcommands.end() ? nullptr : &*found;
}

}  // namespace

const OptionGrammar* find_option(const CommandGrammar& command, const std::string& name) {
  const auto found = std::ranges::find_if(command.options, [&](const OptionGrammar& option) {
    return std::ranges::find(option.names, name) != option.names.end();
  });
  return found == command.options.end() ? nullptr : &*found;
}

GrammarPlace find_command(const CommandGrammar& root, const std::vector<std::string>& words) {
  GrammarPlace place{&root, 0};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with('-')) {
      const OptionGrammar* option = find_option(*place.command, words[i]);
      if (option != nullptr && !option->value_name.empty()) ++i;
      continue;
    }
    const CommandGrammar* next = find_subcommand(*place.command, words[i]);
    if (next == nullptr) break;
    place = {next, i + 1};
  }
  return place;
}

}  // namespace estiba::cli
