// Looks after a running runtime: passes on bytes and signals until it ends.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/fd.h"
#include "base/process.h"
#include "run/companion.h"
#include "run/relay.h"
#include "run/terminal.h"

namespace estiba::run {

class DetachKeys;

struct Outcome {
  ExitStatus status;
  bool stopped = false;   // because a stop was requested
  bool detached = false;  // the runtime goes on: `status` says nothing
};

struct SupervisorOptions {
  int signal_fd = -1;    // signals.h; what it delivers goes to the runtime, which passes it on
  int stop_signal = 15;  // what a requested stop begins with
  ConsoleSocket* console = nullptr;  // with a terminal; borrowed
  int terminal_in = -1;              // the user's side of the terminal; borrowed
  int terminal_out = -1;
  DetachKeys* detach_keys = nullptr;  // of who types into the terminal; borrowed
  Companion* companion = nullptr;     // borrowed; with it the terminal is its, not the user's
};

// One poll() loop on the caller's thread. Not thread-safe.
class Supervisor {
 public:
  Supervisor(ChildProcess& runtime, const SupervisorOptions& options);

  void add_input(Relay relay) { inputs_.push_back(std::move(relay)); }
  void add_output(Relay relay) { outputs_.push_back(std::move(relay)); }

  // Returns once the runtime has ended and all outputs are passed on, or when the keys were
  // pressed.
  Outcome run(std::stop_token stop);
  // The terminal of who has detached.
  [[nodiscard]] UniqueFd take_terminal() { return std::move(master_); }

 private:
  struct Watched;
  [[nodiscard]] Watched watch(int process_fd, int wake_fd) const;
  [[nodiscard]] int timeout_ms() const;
  [[nodiscard]] bool outputs_finished() const;
  void pass_signals();
  void forward(int signal);
  void advance_console();
  void begin_stop();
  void kill_when_due();

  ChildProcess& runtime_;
  SupervisorOptions options_;
  std::vector<Relay> inputs_;
  std::vector<Relay> outputs_;
  UniqueFd master_;
  std::optional<RawMode> raw_mode_;
  bool ended_ = false;
  bool stopping_ = false;
  int interrupts_ = 0;
  std::optional<std::chrono::steady_clock::time_point> kill_at_;
};

}  // namespace estiba::run
