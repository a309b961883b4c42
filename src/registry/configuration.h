// The registry's configuration file (TOML); docs/registry.md and examples/registry.toml have it
// all.
#pragma once

#include <string>

#include "registry/settings.h"

namespace estiba::registry {

// Over `options`, which hold the defaults. Throws kInvalidArgument naming file and line.
void read_configuration(const std::string& file, ServeOptions& options);

}  // namespace estiba::registry
