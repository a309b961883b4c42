// The side of those who start a container, or attach to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "run/containers.h"

namespace estiba::run {

struct AttachOptions {
  bool input = false;        // ours becomes the container's
  bool output = true;        // false: only wait until it is started
  bool shows_output = true;  // of its two streams, where output is wanted
  bool shows_errors = true;
  bool passes_signals = true;  // --sig-proxy
  bool terminal = false;       // the container has one
  std::string detach_keys;     // empty: ctrl-p,ctrl-q
  int signal_fd = -1;          // signals.h
};

struct AttachOutcome {
  bool detached = false;  // it goes on without us
  int exit_code = 0;
};

// Starts a container that is not running: a keeper of its own, `keeper_command` with the
// container's ID, takes it over. Returns when it is started (no output wanted), ended, or we
// detached. Throws StartError and Error for what kept it from starting.
AttachOutcome start_container(const Container& container,
                              const std::vector<std::string>& keeper_command,
                              const AttachOptions& options);

// kConflict when it is not running.
AttachOutcome attach_to_container(const Container& container, const AttachOptions& options);

// "ctrl-p,ctrl-q", "ctrl-x,x", "a": the bytes that the keys send; kInvalidArgument.
[[nodiscard]] std::string parse_detach_keys(const std::string& text);

}  // namespace estiba::run
