// A target of a bake in the words of `build`.
#pragma once

#include "build/bake/bake.h"
#include "cli/build_flags.h"

namespace estiba::cli {

// Contexts that are other targets are left out. Throws kUnsupported for what `build` cannot do.
[[nodiscard]] BuildFlags build_flags_of(const build::bake::Target& target);

}  // namespace estiba::cli
