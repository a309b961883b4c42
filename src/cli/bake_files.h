// The files that define what `bake` builds.
#pragma once

#include <string>
#include <vector>

#include "build/bake/definition.h"

namespace estiba::cli {

// Those named by -f, "-" being standard input; else docker's names for them, as many as there are
// in the working directory. Throws kNotFound.
[[nodiscard]] std::vector<build::bake::Text> read_bake_files(const std::vector<std::string>& names);

// The process's variables; behind them those of .env, for compose files.
[[nodiscard]] build::bake::Environment bake_environment();

}  // namespace estiba::cli
