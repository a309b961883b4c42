#include "run/keeper.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <mutex>

#include "base/error.h"
#include "fs/lock.h"
#include "run/attachments.h"
#include "run/container_control.h"
#include "run/container_log.h"
#include "run/events.h"
#include "run/health.h"
#include "run/restarts.h"
#include "run/signals.h"
#include "store/store.h"

namespace estiba::run {
namespace {

constexpr int kNotStarted = 128;  // docker's exit code for what is not the program's fault

// The container's state, which the health monitor's thread writes too. Thread-safe.
class SharedState {
 public:
  explicit SharedState(const Container& container)
      : directory_(container.directory), state_(container.state) {}

  template <typename Change>
  void change(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(state_);
    write_state(directory_, state_);
  }
  [[nodiscard]] ContainerState get() {
    const std::lock_guard lock(mutex_);
    return state_;
  }

 private:
  std::mutex mutex_;
  std::string directory_;
  ContainerState state_;
};

class Keeper {
 public:
  Keeper(const RunEnvironment& environment, Container container, UniqueFd starter)
      : environment_(environment),
        container_(std::move(container)),
        state_(container_),
        starter_(std::move(starter)),
        signals_(take_forwarded_signals()),
        listener_(listen_in(container_.directory, kAttachSocket)) {}

  void keep();

 private:
  // How one run ended.
  struct End {
    int exit_code = 0;
    bool started = false;
    std::string error;
  };

  void run_once(bool is_first);
  End run_in(RecordedRun& run, Attachments& attachments);
  void note_start(const StartedProcesses& processes);
  void note_end(const End& end);
  [[nodiscard]] bool is_to_restart(const End& end);
  bool wait_before_restart();
  void report(Attachments& attachments, const End& end) const;
  [[nodiscard]] const std::string& store_root() const { return environment_.store.root(); }

  const RunEnvironment& environment_;
  Container container_;
  SharedState state_;
  UniqueFd starter_;
  UniqueFd signals_;
  UniqueFd listener_;
  std::unique_ptr<ContainerLog> log_;
  std::unique_ptr<HealthMonitor> health_;
  Restarts restarts_;
  bool again_ = false;
};

void Keeper::keep() {
  if (container_.record.options.log.kept) {
    log_ = std::make_unique<ContainerLog>(container_.directory, container_.record.options.log);
  }
  ::unlink((container_.directory + "/paused").c_str());
  for (bool is_first = true; is_first || (again_ && wait_before_restart()); is_first = false) {
    run_once(is_first);
  }
}

void Keeper::run_once(bool is_first) {
  RecordedRun run(environment_, container_);
  run.prepare();
  const RunOptions& options = container_.record.options;
  Attachments attachments(
      {.terminal = options.terminal,
       .interactive = options.interactive,
       // Who detaches from a terminal may come back to it.
       .input_ends_with_client = options.input_ends_with_client && !options.terminal,
       .log = log_.get(),
       .listener = listener_.get()},
      run.bundle(), [&](const StartedProcesses& processes) { note_start(processes); });
  if (starter_) attachments.add_client(std::move(starter_));
  const End end = run_in(run, attachments);
  again_ = is_to_restart(end) && (end.started || !is_first);
  note_end(end);
  if (options.remove && !again_) Containers(environment_.store).forget(container_, true);
  report(attachments, end);
}

Keeper::End Keeper::run_in(RecordedRun& run, Attachments& attachments) {
  End end;
  try {
    ContainerIo io = attachments.io();
    io.signal_fd = signals_.get();
    end.exit_code = run.run(io, {}).exit_code();
  } catch (const StartError& error) {
    end.exit_code = error.exit_code();
    end.error = error.message();
  } catch (const Error& error) {
    end.exit_code = kNotStarted;
    end.error = error.what();
  }
  health_.reset();
  end.started = state_.get().status == ContainerStatus::kRunning;
  return end;
}

void Keeper::note_start(const StartedProcesses& processes) {
  state_.change([&](ContainerState& state) {
    state.status = ContainerStatus::kRunning;
    state.keeper_pid = ::getpid();
    state.runtime_pid = processes.runtime;
    state.pid = processes.first;
    state.started = now();
    state.finished.reset();
    state.exit_code = 0;
    state.error.clear();
    state.restart_count = restarts_.count();
    state.health.reset();
    if (!container_.record.options.health.test.empty()) {
      state.health = HealthState{.status = "starting", .failing_streak = 0, .log = {}};
    }
  });
  container_.state = state_.get();
  record_event(store_root(), container_, "start");
  if (!container_.state.health) return;
  health_ = std::make_unique<HealthMonitor>(
      container_, environment_.runtime.program(), [this](const HealthState& health) {
        const bool changed = state_.get().health->status != health.status;
        state_.change([&](ContainerState& state) { state.health = health; });
        if (changed) record_event(store_root(), container_, "health_status: " + health.status);
      });
}

void Keeper::note_end(const End& end) {
  state_.change([&](ContainerState& state) {
    if (end.started) {
      state.status = again_ ? ContainerStatus::kRestarting : ContainerStatus::kExited;
      state.finished = now();
    } else if (again_) {
      state.status = ContainerStatus::kRestarting;
    } else if (state.started) {
      state.status = ContainerStatus::kExited;
    }
    if (!again_) state.keeper_pid = 0;
    state.runtime_pid = state.pid = 0;
    state.exit_code = end.exit_code;
    state.error = end.error;
  });
  ::unlink((container_.directory + "/paused").c_str());
  if (end.started) {
    record_event(store_root(), container_, "die", {{"exitCode", std::to_string(end.exit_code)}});
  }
}

bool Keeper::is_to_restart(const End& end) {
  if (has_stop_mark(container_.directory)) return false;
  // `update --restart` counts from now on.
  container_.record = read_record(container_.directory);
  return restarts_.wanted(container_.record.options.restart, end.exit_code);
}

// False when somebody stopped it meanwhile.
bool Keeper::wait_before_restart() {
  const ContainerState state = state_.get();
  const auto last_run = state.started && state.finished ? *state.finished - *state.started
                                                        : std::chrono::nanoseconds(0);
  pollfd wanted = {.fd = signals_.get(), .events = POLLIN, .revents = 0};
  ::poll(&wanted, 1, static_cast<int>(restarts_.next_wait(last_run).count()));
  if (wanted.revents == 0 && !has_stop_mark(container_.directory)) return true;
  state_.change([](ContainerState& ended) {
    ended.status = ContainerStatus::kExited;
    ended.keeper_pid = 0;
  });
  return false;
}

void Keeper::report(Attachments& attachments, const End& end) const {
  if (end.error.empty()) {
    attachments.finish(FrameKind::kExited, std::to_string(end.exit_code));
  } else {
    attachments.finish(FrameKind::kFailed, fmt::format("{} {}", end.exit_code, end.error));
  }
}

}  // namespace

void keep_container(const RunEnvironment& environment, Container container, UniqueFd starter) {
  const int starter_fd = starter.get();
  const auto refuse = [&](const std::string& why) {
    write_all(starter_fd, encode_frame(FrameKind::kFailed, fmt::format("125 {}", why)),
              "the starter");
  };
  try {
    // A reader that looks whether it is held has it for a moment.
    const fs::FileLock lock = fs::FileLock::exclusive(lock_path(container));
    container.state = read_state(container.directory);
    Keeper(environment, std::move(container), std::move(starter)).keep();
  } catch (const Error& error) {
    if (starter) refuse(error.what());
  }
}

}  // namespace estiba::run
