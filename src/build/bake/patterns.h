// regex and regex_replace: patterns in the words that people use of Go's.
#pragma once

#include "build/bake/value.h"

namespace estiba::build::bake {

// The text, the pattern, and what it becomes: "$1" is a group. Bounded; throw kInvalidArgument.
[[nodiscard]] Value replace_pattern(const List& arguments);
// The pattern and the text; gives the first group, else the whole match.
[[nodiscard]] Value found_pattern(const List& arguments);

}  // namespace estiba::build::bake
