// What COPY and ADD are to do, from their words.
#pragma once

#include "build/plan.h"
#include "dockerfile/instruction.h"
#include "oci/image_config.h"

namespace estiba::build {

// The instruction is expanded; `config` is that of the stage, for its working directory. Throws
// kInvalidArgument for what cannot be meant.
[[nodiscard]] CopyOperation copy_operation(const dockerfile::Copy& copy,
                                           const ContainerConfig& config);
[[nodiscard]] CopyOperation add_operation(const dockerfile::Add& add,
                                          const ContainerConfig& config);

}  // namespace estiba::build
