// --on-fail=shell: a look at what a failed step had before it.
#pragma once

#include <string>

#include "build/steps/step.h"
#include "run/container_spec.h"

namespace estiba::build {

// A shell on our own standard streams, in the root, the environment and the mounts of `spec`, until
// the person leaves it. A warning tells when there is no shell.
void run_shell(const StepContext& context, const Vertex& vertex, run::ContainerSpec spec,
               const std::string& bundle);

// For a step that runs no command of its own (COPY, ADD, WORKDIR): a shell in the image that it
// stands on. What is done there is thrown away.
void open_shell_below(const StepContext& context, const Vertex& vertex, const ImageConfig& base);

}  // namespace estiba::build
