#include "run/health.h"

#include <condition_variable>
#include <mutex>

#include "base/error.h"
#include "run/container_exec.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

using std::chrono::nanoseconds;

// docker's defaults.
constexpr std::chrono::seconds kInterval{30};
constexpr std::chrono::seconds kStartInterval{5};
constexpr std::chrono::seconds kTimeout{30};
constexpr int kRetries = 3;

// False once a stop was requested.
bool sleep_for(nanoseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

std::vector<std::string> check_command(const Healthcheck& check) {
  const std::vector<std::string> rest(check.test.begin() + 1, check.test.end());
  if (check.test.front() == "CMD") return rest;
  std::vector<std::string> command = {"/bin/sh", "-c"};
  command.insert(command.end(), rest.begin(), rest.end());
  return command;
}

// Asks for a stop of its own after a while, and passes on somebody else's.
class Deadline {
 public:
  Deadline(nanoseconds time, const std::stop_token& outer)
      : outer_(outer, [this] { source_.request_stop(); }),
        timer_([this, time](const std::stop_token& done) {
          if (sleep_for(time, done)) {
            expired_ = true;
            source_.request_stop();
          }
        }) {}
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  [[nodiscard]] bool expired() const { return expired_; }

 private:
  std::stop_source source_;
  std::atomic<bool> expired_ = false;
  std::stop_callback<std::function<void()>> outer_;
  std::jthread timer_;
};

}  // namespace

Healthcheck effective_health(const std::optional<Healthcheck>& of_image,
                             const RunOptions& options) {
  Healthcheck check = of_image.value_or(Healthcheck{});
  if (!options.health.test.empty()) check.test = options.health.test;
  if (options.no_healthcheck || check.test.size() < 2 || check.test.front() == "NONE") return {};
  const auto replace = [](auto& value, const auto& given, const auto& fallback) {
    using Value = std::remove_reference_t<decltype(value)>;
    if (given != Value{}) value = given;
    if (value == Value{}) value = fallback;
  };
  replace(check.interval, options.health.interval, nanoseconds(kInterval));
  replace(check.timeout, options.health.timeout, nanoseconds(kTimeout));
  replace(check.start_period, options.health.start_period, nanoseconds(0));
  replace(check.start_interval, options.health.start_interval,
          std::min(check.interval, nanoseconds(kStartInterval)));
  replace(check.retries, options.health.retries, kRetries);
  return check;
}

std::chrono::nanoseconds HealthTracker::pause(Timestamp time) const {
  const bool is_starting = state_.status == "starting" && time - started_ < check_.start_period;
  return is_starting ? check_.start_interval : check_.interval;
}

void HealthTracker::add(HealthResult result) {
  const bool is_well = result.exit_code == 0;
  const bool counts = result.start - started_ >= check_.start_period || state_.status != "starting";
  if (is_well) {
    state_.failing_streak = 0;
    state_.status = "healthy";
  } else if (counts && ++state_.failing_streak >= check_.retries) {
    state_.status = "unhealthy";
  }
  state_.log.push_back(std::move(result));
  if (state_.log.size() > kMaxHealthResults) state_.log.erase(state_.log.begin());
}

HealthMonitor::HealthMonitor(const Container& container, std::string runtime_program,
                             std::function<void(const HealthState&)> report)
    : container_(container),
      runtime_program_(std::move(runtime_program)),
      report_(std::move(report)),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void HealthMonitor::watch(const std::stop_token& stop) {
  const Healthcheck& check = container_.record.options.health;
  HealthTracker tracker(check, container_.state.started.value_or(now()));
  while (sleep_for(tracker.pause(now()), stop)) {
    // A frozen container cannot answer, which says nothing about its health.
    if (path_exists(container_.directory + "/paused")) continue;
    HealthResult result = check_once(stop);
    if (stop.stop_requested()) return;
    tracker.add(std::move(result));
    report_(tracker.state());
  }
}

HealthResult HealthMonitor::check_once(const std::stop_token& stop) const {
  const Healthcheck& check = container_.record.options.health;
  HealthResult result{.start = now(), .end = {}, .exit_code = -1, .output = {}};
  ExecRequest request;
  request.arguments = check_command(check);
  const Deadline deadline(check.timeout, stop);
  try {
    const CapturedOutput done = exec_captured(container_, runtime_program_, request,
                                              deadline.token(), kMaxHealthOutputBytes);
    result.exit_code = done.status.exit_code();
    result.output = done.standard_output + done.standard_error;
  } catch (const Error& error) {
    result.output = error.what();
  }
  if (deadline.expired()) {
    result.exit_code = -1;
    result.output = "Health check exceeded timeout";
  }
  result.end = now();
  return result;
}

}  // namespace estiba::run
