// ${VARIABLE:-default} in compose files, and .env.
#pragma once

#include <map>
#include <string>

#include "build/bake/definition.h"

namespace estiba::build::bake {

// $NAME, ${NAME}, ${NAME:-WORD}, -, :+, +, :?, ?; WORD may hold others; $$ is a dollar. An unset
// one is empty. Throws kInvalidArgument; `work` is what may still be made, and is counted down.
[[nodiscard]] std::string interpolate(const std::string& text, const Environment& environment,
                                      std::size_t& work);

// NAME=VALUE a line, as compose reads it: comments, quotes, export.
[[nodiscard]] std::map<std::string, std::string> parse_env_file(const Text& text);

}  // namespace estiba::build::bake
