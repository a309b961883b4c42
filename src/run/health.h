// HEALTHCHECK: a command that is run in the container now and then.
#pragma once

#include <functional>
#include <optional>
#include <thread>

#include "oci/image_config.h"
#include "run/containers.h"

namespace estiba::run {

// The image's check with what the options replace; its test is empty when there is none.
[[nodiscard]] Healthcheck effective_health(const std::optional<Healthcheck>& of_image,
                                           const RunOptions& options);

// One check, with what it says about the container's health.
class HealthTracker {
 public:
  HealthTracker(const Healthcheck& check, Timestamp started) : check_(check), started_(started) {}
  void add(HealthResult result);
  [[nodiscard]] const HealthState& state() const { return state_; }
  // How long to wait for the next check: less as long as it starts.
  [[nodiscard]] std::chrono::nanoseconds pause(Timestamp time) const;

 private:
  Healthcheck check_;
  Timestamp started_;
  HealthState state_{.status = "starting", .failing_streak = 0, .log = {}};
};

// Checks in a thread of its own as long as it lives. `report` is called from there.
class HealthMonitor {
 public:
  HealthMonitor(const Container& container, std::string runtime_program,
                std::function<void(const HealthState&)> report);

 private:
  void watch(const std::stop_token& stop);
  [[nodiscard]] HealthResult check_once(const std::stop_token& stop) const;

  Container container_;
  std::string runtime_program_;
  std::function<void(const HealthState&)> report_;
  std::jthread thread_;
};

}  // namespace estiba::run
