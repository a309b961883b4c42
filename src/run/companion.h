// Something that takes part in the loop that watches a running container.
#pragma once

#include <poll.h>

#include <span>
#include <vector>

#include "base/fd.h"
#include "base/process.h"

namespace estiba::run {

// All calls come from the loop's thread.
class Companion {
 public:
  virtual ~Companion() = default;
  // The runtime runs, the container not yet. `runtime` outlives the loop.
  virtual void begin(ChildProcess& runtime) = 0;
  // The container's terminal, where it has one.
  virtual void take_terminal(UniqueFd master) = 0;
  // Appends what to wait for; step() is given the answers in the same order.
  virtual void watch(std::vector<pollfd>& wanted) = 0;
  virtual void step(std::span<const pollfd> ready) = 0;
  // The container was started; may be said several times.
  virtual void see_start() = 0;
  // Nothing more will come from the container.
  [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace estiba::run
