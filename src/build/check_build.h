// The build checks with all that a build would know: the context's ignore file, the arguments, and
// the base images that are at hand. Nothing is pulled or built.
#pragma once

#include <vector>

#include "build/build.h"
#include "dockerfile/checks.h"
#include "store/store.h"

namespace estiba::build {

enum class CheckScope { kDocker, kAll };  // kAll: our own rules, too

[[nodiscard]] std::vector<dockerfile::Warning> check_build(const dockerfile::Dockerfile& dockerfile,
                                                           const BuildOptions& options,
                                                           store::Store& store,
                                                           const dockerfile::IgnoreRules& ignore,
                                                           CheckScope scope);

}  // namespace estiba::build
