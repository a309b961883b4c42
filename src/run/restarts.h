// When a container that ended is started again.
#pragma once

#include <chrono>

#include "run/run_options.h"

namespace estiba::run {

// docker's rules: waits double from 100 ms to a minute, and begin anew after a run of ten seconds.
class Restarts {
 public:
  // Whether to start again after an end that no person asked for.
  [[nodiscard]] bool wanted(const RestartPolicy& policy, int exit_code) const;
  // How long to wait before the next start, which is counted.
  [[nodiscard]] std::chrono::milliseconds next_wait(std::chrono::nanoseconds last_run);
  [[nodiscard]] int count() const { return count_; }

 private:
  std::chrono::milliseconds wait_{0};
  int count_ = 0;
};

}  // namespace estiba::run
