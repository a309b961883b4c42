// The standard streams that a runtime is started with, and what has to be passed on for them.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/process.h"
#include "run/container_spec.h"
#include "run/relay.h"

namespace estiba::run {

// Files and pipes are handed to the container as they are. A terminal is not: between it and the
// container stands a pipe, so that a container without a terminal neither sees nor changes ours.
class Streams {
 public:
  Streams(const ContainerIo& io, bool terminal);

  // Sets the three streams of the runtime's process.
  void give_to(ProcessOptions& options) const;
  // To be called once the process runs: lets go of its ends of the pipes.
  void close_given() { given_.clear(); }

  std::vector<Relay> inputs;
  std::vector<Relay> outputs;

 private:
  int connect_input(int fd);
  int connect_output(int fd);

  std::vector<UniqueFd> given_;
  int stdin_fd_ = -1;
  int stdout_fd_ = -1;
  int stderr_fd_ = -1;
};

}  // namespace estiba::run
