// Ctrl-C and termination as an orderly request to stop.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "base/fd.h"

namespace estiba::cli {

// While it lives, SIGINT, SIGTERM and SIGHUP ask for a stop; a second one ends the process at once.
// Make it before any other thread exists, so that all of them inherit the blocked signals.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  // The signal that came, or 0.
  [[nodiscard]] int signal() const { return signal_; }

 private:
  void watch();

  std::stop_source source_;
  std::atomic<int> signal_ = 0;
  UniqueFd signals_;
  // A pipe whose end tells the watcher that it is over: closing cannot fail.
  UniqueFd over_;
  UniqueFd alive_;
  std::thread watcher_;
};

}  // namespace estiba::cli
