// Which stages of a Dockerfile a build needs, in the order in which they can be built.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dockerfile/expand.h"
#include "dockerfile/parser.h"

namespace estiba::build {

// A stage by its name (any case) or its number in `stages[0, before)`.
[[nodiscard]] std::optional<std::size_t> find_stage(const std::vector<dockerfile::Stage>& stages,
                                                    std::string_view name, std::size_t before);

// Indices of the stages that `target` (name or number; empty: the last) needs, itself last. Throws
// kNotFound for an unknown target, naming the nearest.
[[nodiscard]] std::vector<std::size_t> needed_stages(const dockerfile::Dockerfile& dockerfile,
                                                     const std::string& target,
                                                     const dockerfile::Lookup& arguments);

}  // namespace estiba::build
