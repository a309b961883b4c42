// Which stages of a Dockerfile a build needs, in the order in which they can be built.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/named_context.h"
#include "dockerfile/expand.h"
#include "dockerfile/parser.h"

namespace estiba::build {

// A stage by its name (any case) or its number in `stages[0, before)`.
[[nodiscard]] std::optional<std::size_t> find_stage(const std::vector<dockerfile::Stage>& stages,
                                                    std::string_view name, std::size_t before);

// The number that `name` is, when it is below `before`.
[[nodiscard]] std::optional<std::size_t> stage_number(std::string_view name, std::size_t before);

// Indices of the stages that `target` (name or number; empty: the last) needs, itself last; what
// only a stage that a context stands for would need is not among them. Throws kNotFound for an
// unknown target, naming the nearest.
[[nodiscard]] std::vector<std::size_t> needed_stages(const dockerfile::Dockerfile& dockerfile,
                                                     const std::string& target,
                                                     const dockerfile::Lookup& arguments,
                                                     const NamedContexts& contexts);

}  // namespace estiba::build
