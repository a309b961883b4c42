// The process that looks after a container which is not bound to a command: it runs it, keeps its
// log, checks its health and starts it again, until nothing is left to do.
#pragma once

#include "base/fd.h"
#include "run/containers.h"
#include "run/recorded_run.h"

namespace estiba::run {

inline constexpr const char* kAttachSocket = "attach.sock";

// Runs in a process of its own, in a private mount namespace. `starter` is the socket to whoever
// started us (attach_protocol.h): it hears whether the container could be started, and is its first
// client. Errors go there; nothing is thrown for the container's sake.
void keep_container(const RunEnvironment& environment, Container container, UniqueFd starter);

}  // namespace estiba::run
