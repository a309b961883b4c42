// Further processes in a running container.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/process.h"
#include "run/containers.h"

namespace estiba::run {

struct ExecRequest {
  std::vector<std::string> arguments;    // at least the program
  std::vector<std::string> environment;  // "K=V" beside the container's own
  std::optional<std::string> working_directory;
  std::optional<std::string> user;
  bool terminal = false;
  bool privileged = false;
  std::string detach_keys{};  // as docker writes them; empty: ctrl-p,ctrl-q
};

// Runs it to its end with its output collected; a stop ends it.
[[nodiscard]] CapturedOutput exec_captured(const Container& container,
                                           const std::string& runtime_program,
                                           const ExecRequest& request, std::stop_token stop,
                                           std::size_t max_output_bytes);

// Starts it and leaves it alone.
void exec_detached(const Container& container, const std::string& runtime_program,
                   const ExecRequest& request);

// With our own standard streams; returns its exit code: 127 or 126 when there is no such program,
// 0 when the detach keys were typed into its terminal: then it goes on without us.
int exec_in_foreground(const Container& container, const std::string& runtime_program,
                       const ExecRequest& request, bool interactive);

// What a running container may use from now on.
void update_limits(const Container& container, const std::string& runtime_program,
                   const ResourceLimits& limits);

// "pause" or "resume".
void run_runtime_command(const Container& container, const std::string& runtime_program,
                         const std::string& command);

}  // namespace estiba::run
