#include "run/container_control.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/fd.h"
#include "fs/lock.h"
#include "fs/tree.h"
#include "run/container_exec.h"
#include "run/runtime.h"
#include "run/signals.h"

namespace estiba::run {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kDefaultStopTimeout{10};
// A keeper has nothing to do after its container but to write down the end and unmount.
constexpr std::chrono::seconds kKeeperTimeout{20};

[[noreturn]] void refuse_not_running(const Container& container) {
  throw Error(ErrorCode::kConflict, fmt::format("Container {} is not running", container.id));
}

void signal_process(int process, int signal) {
  const UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0u)));
  if (!fd) return;  // it has ended
  if (::syscall(SYS_pidfd_send_signal, fd.get(), signal, nullptr, 0u) != 0 && errno != ESRCH) {
    throw_errno(fmt::format("send signal {} to process {}", signal, process));
  }
}

bool is_kept(const Container& container) {
  try {
    return path_exists(lock_path(container)) && !fs::FileLock::try_shared(lock_path(container));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return false;  // removed at this moment, by its keeper
  }
}

void touch(const std::string& path) {
  (void)open_file(path, O_WRONLY | O_CREAT);
}

// Empty for a process that has ended.
std::string pid_namespace(const std::string& pid) {
  std::array<char, 64> link = {};
  const ssize_t size = ::readlink(("/proc/" + pid + "/ns/pid").c_str(), link.data(), link.size());
  return size < 0 ? std::string() : std::string(link.data(), static_cast<std::size_t>(size));
}

std::string pause_mark(const Container& container) {
  return container.directory + "/paused";
}

std::string stop_mark(const std::string& container_directory) {
  return container_directory + "/stop-requested";
}

// A frozen process gets no signal but SIGKILL, and in version 1 of cgroups not even that.
void thaw(const Container& container) {
  if (!container.state.paused) return;
  unpause_container(container, OciRuntime::find().program());
}

}  // namespace

void signal_container(const Container& container, int signal) {
  if (container.state.status != ContainerStatus::kRunning || container.state.pid <= 0) {
    refuse_not_running(container);
  }
  signal_process(container.state.pid, signal);
}

bool wait_for_end(const Container& container, milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  const UniqueFd keeper(
      static_cast<int>(::syscall(SYS_pidfd_open, container.state.keeper_pid, 0u)));
  while (is_kept(container)) {
    int left = -1;
    if (timeout.count() >= 0) {
      const auto rest = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
      if (rest.count() <= 0) return false;
      left = static_cast<int>(rest.count());
    }
    // Whoever holds the lock for a moment only, to look, is not the process that we know.
    pollfd wanted = {.fd = keeper.get(), .events = POLLIN, .revents = 0};
    const int pause = keeper ? left : 20;
    if (::poll(&wanted, 1, pause) > 0) ::usleep(1000);
  }
  return true;
}

void stop_container(const Container& container, const StopRequest& request) {
  if (!container.active()) return;
  mark_stop(container);
  thaw(container);
  if (container.state.status == ContainerStatus::kRestarting) {
    signal_process(container.state.keeper_pid, SIGTERM);  // ends its wait
  } else {
    int signal = request.signal;
    if (signal == 0) {
      signal = parse_signal(container.record.options.stop_signal.value_or("")).value_or(SIGTERM);
    }
    signal_process(container.state.pid, signal);
  }
  const auto timeout = request.timeout.value_or(
      std::chrono::seconds(container.record.options.stop_timeout_seconds.value_or(
          static_cast<int>(kDefaultStopTimeout.count()))));
  if (wait_for_end(container, timeout)) return;
  signal_process(container.state.pid, SIGKILL);
  if (wait_for_end(container, kKeeperTimeout)) return;
  throw Error(ErrorCode::kIo, fmt::format("the container {} does not end", container.short_id()),
              "its processes may be waiting for a disk that does not answer");
}

void mark_stop(const Container& container) {
  touch(stop_mark(container.directory));
}

void clear_stop_mark(const std::string& container_directory) {
  ::unlink(stop_mark(container_directory).c_str());
}

bool has_stop_mark(const std::string& container_directory) {
  return path_exists(stop_mark(container_directory));
}

std::vector<std::string> process_ids(const Container& container) {
  if (container.state.status != ContainerStatus::kRunning) refuse_not_running(container);
  const std::string space = pid_namespace(std::to_string(container.state.pid));
  const UniqueFd directory = open_file("/proc", O_RDONLY | O_DIRECTORY);
  std::vector<std::string> pids;
  for (const std::string& name : fs::list_directory(directory.get())) {
    if (name.front() < '1' || name.front() > '9') continue;
    if (!space.empty() && pid_namespace(name) == space) pids.push_back(name);
  }
  return pids;
}

void pause_container(const Container& container, const std::string& runtime_program) {
  if (container.state.status != ContainerStatus::kRunning) refuse_not_running(container);
  if (container.state.paused) {
    throw Error(ErrorCode::kConflict, fmt::format("Container {} is already paused", container.id));
  }
  run_runtime_command(container, runtime_program, "pause");
  touch(pause_mark(container));
}

void unpause_container(const Container& container, const std::string& runtime_program) {
  if (!container.state.paused) {
    throw Error(ErrorCode::kConflict, fmt::format("Container {} is not paused", container.id));
  }
  run_runtime_command(container, runtime_program, "resume");
  ::unlink(pause_mark(container).c_str());
}

}  // namespace estiba::run
