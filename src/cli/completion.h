// What may stand next on a command line that is being typed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/grammar.h"

namespace estiba::cli {

struct Candidate {
  std::string word;
  std::string help;  // may be empty
};

// What exists on this host: "image", "container", "volume", "network".
using NamesOf = std::function<std::vector<std::string>(std::string_view kind)>;

struct Completion {
  std::vector<Candidate> candidates;
  bool files = false;  // the shell offers its files as well
};

// `words` are those after the program's name; the last of them is being typed and may be empty.
[[nodiscard]] Completion complete(const CommandGrammar& root, const std::vector<std::string>& words,
                                  const NamesOf& names_of);

// A script that teaches `shell` ("bash", "zsh" or "fish") to ask the program. Throws
// kInvalidArgument for another.
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace estiba::cli
