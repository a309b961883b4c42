// Child processes, owned.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace estiba {

struct ProcessOptions {
  std::vector<std::string> argv = {};         // argv[0] is looked up in PATH
  std::vector<std::string> environment = {};  // "K=V"; used only when replace_environment
  bool replace_environment = false;
  std::string working_directory = {};  // empty: inherited
  // Descriptors that become 0, 1, 2 of the child; -1 is /dev/null for stdin, inherited otherwise.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  // Extra descriptors kept open in the child under the same number.
  std::vector<int> keep_fds = {};
  // The child gets SIGKILL when this process dies (PR_SET_PDEATHSIG). The kernel ties it to the
  // thread that called spawn(): that thread has to outlive the child.
  bool die_with_parent = true;
  // The child leads a process group of its own, so a terminal's Ctrl-C reaches only us. kill()
  // and stopping then reach the whole group, so that nothing the child started stays behind.
  bool own_process_group = false;
  // The child leads a pid namespace of its own, with a /proc that fits, seen by it only: when it
  // ends, however it ends, the kernel kills everything that descends from it. With die_with_parent
  // that holds for our end too. Needs CAP_SYS_ADMIN (kPermissionDenied).
  bool own_pid_namespace = false;
  // The child leads a session of its own, without a terminal.
  bool own_session = false;
  // A process descriptor (pidfd): the child lives in the pid and mount namespaces of that process,
  // which must be below ours. The program's path is looked up there.
  int join_process_fd = -1;
  // A mount namespace that the child enters. The program's path is looked up there.
  int mount_namespace_fd = -1;
};

// How a process ended: an exit code, or a signal (then exit_code() is 128 + signal).
struct ExitStatus {
  int wait_status = 0;
  [[nodiscard]] int exit_code() const;
  [[nodiscard]] bool success() const { return exit_code() == 0; }
};

class ChildProcess {
 public:
  // Returns once the program runs. Throws kNotFound when it does not exist, kPermissionDenied when
  // it may not be run, kIo otherwise. All other descriptors are closed in the child, signals are
  // at their defaults.
  static ChildProcess spawn(const ProcessOptions& options);
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;
  ~ChildProcess();  // kills and reaps a child that was not waited for

  [[nodiscard]] pid_t pid() const { return pid_; }
  void kill(int signal);  // nothing happens once it has been waited for
  // Lets it live on by itself; whoever adopts orphans reaps it.
  pid_t release() { return std::exchange(pid_, -1); }
  // Waits; when `stop` is requested sends SIGTERM, after `grace` SIGKILL, and still reaps.
  ExitStatus wait(std::stop_token stop = {},
                  std::chrono::milliseconds grace = std::chrono::milliseconds(2000));

 private:
  ChildProcess(pid_t pid, bool leads_group) : pid_(pid), leads_group_(leads_group) {}
  void wait_or_stop(std::stop_token stop, std::chrono::milliseconds grace);
  [[nodiscard]] pid_t target() const { return leads_group_ ? -pid_ : pid_; }

  pid_t pid_ = -1;
  bool leads_group_ = false;
};

struct CapturedOutput {
  ExitStatus status;
  std::string standard_output;
  std::string standard_error;
};
// Runs to the end with both outputs collected (each up to `max_output_bytes`, the rest dropped);
// stdout_fd and stderr_fd of the options are not used. Stopping is as ChildProcess::wait().
CapturedOutput run_captured(ProcessOptions options, std::stop_token stop = {},
                            std::size_t max_output_bytes = 1u << 20);

// The absolute path of a program on PATH (also /usr/sbin, /sbin), or nothing.
std::optional<std::string> find_program(const std::string& name);

}  // namespace estiba
