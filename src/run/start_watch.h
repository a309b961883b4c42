// Notices the moment in which the runtime has started a container.
#pragma once

#include <functional>
#include <string>

#include "run/companion.h"

namespace estiba::run {

struct StartedProcesses {
  pid_t runtime = 0;  // leads the container's outer pid namespace
  pid_t first = 0;    // the container's first process; as our own pid namespace numbers them
};

// `bundle` is where the runtime writes its pid file; `on_start` is called once.
class StartWatch : public Companion {
 public:
  StartWatch(const std::string& bundle, std::function<void(const StartedProcesses&)> on_start);

  void begin(ChildProcess& runtime) override { runtime_ = &runtime; }
  void take_terminal(UniqueFd /*master*/) override {}
  void watch(std::vector<pollfd>& wanted) override;
  void step(std::span<const pollfd> ready) override;
  void see_start() override;
  [[nodiscard]] bool finished() const override { return true; }

 protected:
  [[nodiscard]] ChildProcess* runtime() const { return runtime_; }

 private:
  std::string pid_file_;
  std::function<void(const StartedProcesses&)> on_start_;
  UniqueFd changes_;  // inotify; closed once the start was seen
  ChildProcess* runtime_ = nullptr;
};

}  // namespace estiba::run
