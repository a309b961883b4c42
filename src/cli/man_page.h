// Manual pages, of the same source as --help.
#pragma once

#include <string>
#include <vector>

#include "cli/grammar.h"

namespace estiba::cli {

struct ManPage {
  std::string file_name;  // "estiba-image-ls.1"
  std::string text;       // in the man macros, as man(7) describes them
};

// One page for the program and one for each command that people use.
[[nodiscard]] std::vector<ManPage> man_pages(const CommandGrammar& root);

}  // namespace estiba::cli
