#include "run/container.h"

#include <unistd.h>

#include "base/error.h"
#include "fs/lock.h"
#include "run/events.h"
#include "run/start_watch.h"
#include "store/store.h"

namespace estiba::run {
namespace {

void note_start(const std::string& store_root, Container& container,
                const StartedProcesses& processes) {
  container.state.status = ContainerStatus::kRunning;
  container.state.keeper_pid = ::getpid();
  container.state.runtime_pid = processes.runtime;
  container.state.pid = processes.first;
  container.state.started = now();
  write_state(container.directory, container.state);
  record_event(store_root, container, "start");
}

}  // namespace

bool runs_without_keeper(const RunOptions& options) {
  return options.remove && !options.terminal && options.health.test.empty();
}

int run_foreground(const RunEnvironment& environment, Container container, int signal_fd,
                   std::stop_token stop) {
  Containers containers(environment.store);
  const std::string& store_root = environment.store.root();
  try {
    const fs::FileLock lock = fs::FileLock::exclusive(lock_path(container));
    RecordedRun run(environment, container);
    run.prepare();
    StartWatch watch(run.bundle(), [&](const StartedProcesses& processes) {
      note_start(store_root, container, processes);
    });
    const ContainerIo io = {.stdin_fd = container.record.options.interactive ? STDIN_FILENO : -1,
                            .stdout_fd = STDOUT_FILENO,
                            .stderr_fd = STDERR_FILENO,
                            .signal_fd = signal_fd,
                            .companion = &watch};
    const int exit_code = run.run(io, std::move(stop)).exit_code();
    record_event(store_root, container, "die", {{"exitCode", std::to_string(exit_code)}});
    containers.forget(container, true);
    return exit_code;
  } catch (const Error&) {
    containers.forget(container, true);
    throw;
  }
}

}  // namespace estiba::run
