// `run --rm` in the foreground: the command itself is the container's keeper.
#pragma once

#include <stop_token>

#include "run/containers.h"
#include "run/recorded_run.h"

namespace estiba::run {

// Runs `container`, which was created with `remove`, with our standard streams, and returns its
// exit code (128 + signal when it was killed). `signal_fd` is signals.h's. Nothing of it stays.
// Throws as OciRuntime::run does.
int run_foreground(const RunEnvironment& environment, Container container, int signal_fd,
                   std::stop_token stop);

// Whether a container with these options needs no process of its own to look after it: it is not
// to outlive the command, nobody detaches from it and nobody asks for its log later.
[[nodiscard]] bool runs_without_keeper(const RunOptions& options);

}  // namespace estiba::run
