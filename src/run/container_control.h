// Acting upon a container that is running, from another process than its keeper.
#pragma once

#include <chrono>
#include <optional>

#include "run/containers.h"

namespace estiba::run {

// Sends a signal to its first process. kConflict when it is not running.
void signal_container(const Container& container, int signal);

struct StopRequest {
  int signal = 0;                               // 0: the container's own stop signal
  std::optional<std::chrono::seconds> timeout;  // until it is killed; empty: the container's own
};
// Stops it and keeps its restart policy from starting it again; returns once it has ended and its
// keeper is gone. Nothing happens to one that is not active.
void stop_container(const Container& container, const StopRequest& request);

// Waits until its keeper is gone; false when that takes longer than `timeout`. Negative: for ever.
bool wait_for_end(const Container& container, std::chrono::milliseconds timeout);

// The keeper leaves a container alone that was stopped by a person.
void mark_stop(const Container& container);
void clear_stop_mark(const std::string& container_directory);
[[nodiscard]] bool has_stop_mark(const std::string& container_directory);

// The host's numbers of all of its processes; kConflict when it is not running.
[[nodiscard]] std::vector<std::string> process_ids(const Container& container);

// Freezes and thaws all of its processes; kConflict when it is in the wrong state for it.
void pause_container(const Container& container, const std::string& runtime_program);
void unpause_container(const Container& container, const std::string& runtime_program);

}  // namespace estiba::run
