// Children are started with clone(CLONE_VM | CLONE_VFORK), as glibc's posix_spawn does: the cost
// does not grow with our memory, and the child can report why exec failed through shared memory.
// posix_spawn itself can neither set the parent-death signal nor keep chosen descriptors. Between
// clone and exec the child runs on our memory beside our other threads, so it makes system calls
// only: no allocation, no locks, nothing that other threads could see half done.
#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace estiba {
namespace {

constexpr std::size_t kChildStackBytes = 64 * 1024;
constexpr int kCloneFlags = CLONE_VM | CLONE_VFORK | SIGCHLD;

// All that the child needs, made before it exists.
struct ChildPlan {
  const char* program = nullptr;
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  const char* working_directory = nullptr;
  std::array<int, 3> standard_fds = {-1, -1, -1};  // -1 is inherited
  const int* keep_fds = nullptr;
  std::size_t keep_fds_count = 0;
  bool die_with_parent = false;
  bool own_process_group = false;
  bool own_pid_namespace = false;
  bool own_session = false;
  int join_process_fd = -1;
  int mount_namespace_fd = -1;
  pid_t parent = -1;
  int parent_fd = -1;  // of our process: readable once we are dead
  int clone_flags = kCloneFlags;
  void* stack_elsewhere = nullptr;  // for the child that another process makes
  pid_t pid_elsewhere = -1;
  // Written by the child when it could not become the program.
  int failed_errno = 0;
  const char* failed_step = nullptr;
};

int fail(ChildPlan& plan, const char* step) {
  plan.failed_errno = errno;
  plan.failed_step = step;
  return 127;
}

// A handler of ours must never run in the child, and an ignored SIGPIPE must not be inherited.
void reset_signals() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action = {};
    if (::sigaction(number, nullptr, &action) != 0) continue;
    if (action.sa_handler == SIG_DFL) continue;
    action = {};
    action.sa_handler = SIG_DFL;
    ::sigaction(number, &action, nullptr);
  }
}

bool place_standard_fds(ChildPlan& plan) {
  // First out of the way of 0, 1 and 2, so that placing one cannot overwrite the next.
  for (int& fd : plan.standard_fds) {
    if (fd < 0 || fd > 2) continue;
    fd = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) return false;
  }
  for (int target = 0; target < 3; ++target) {
    const int fd = plan.standard_fds[static_cast<std::size_t>(target)];
    if (fd >= 0 && ::dup2(fd, target) < 0) return false;
  }
  return true;
}

// Libraries open descriptors without close-on-exec too; only what was asked for may pass.
bool keep_only_chosen_fds(const ChildPlan& plan) {
#ifndef CLOSE_RANGE_CLOEXEC
  constexpr unsigned CLOSE_RANGE_CLOEXEC = 1u << 2;
#endif
  ::syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
  for (std::size_t i = 0; i < plan.keep_fds_count; ++i) {
    if (::fcntl(plan.keep_fds[i], F_SETFD, 0) < 0) return false;
  }
  return true;
}

// For the first process of a pid namespace getppid() is 0 from the beginning, so whether we died
// before the child asked for the parent-death signal shows only in our process descriptor.
bool parent_is_dead(const ChildPlan& plan) {
  if (plan.parent_fd < 0) return ::getppid() != plan.parent;
  pollfd ended = {.fd = plan.parent_fd, .events = POLLIN, .revents = 0};
  return ::poll(&ended, 1, 0) > 0;
}

// The /proc of the namespace above would name other processes by the numbers that the child knows.
// Only what it is mounted on is cut off from peers: mounts below that have some shall keep them.
bool mount_own_proc() {
  return ::mount("", "/", "", MS_SLAVE, nullptr) == 0 &&
         (::mount("", "/proc", "", MS_SLAVE, nullptr) == 0 || errno == EINVAL) &&
         ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
}

// Returns instead of calling _exit(), so that nothing but the trampoline of clone() ends the child.
__attribute__((no_sanitize("address", "undefined"))) int become_program(void* argument) {
  ChildPlan& plan = *static_cast<ChildPlan*>(argument);
  reset_signals();
  if (plan.die_with_parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail(plan, "tie the life of");
    // The parent may have died before the line above; then nobody reads the result either.
    if (parent_is_dead(plan)) return 127;
  }
  if (plan.join_process_fd >= 0 && ::setns(plan.join_process_fd, CLONE_NEWNS) != 0) {
    return fail(plan, "enter the mount namespace for");
  }
  if (plan.mount_namespace_fd >= 0 && ::setns(plan.mount_namespace_fd, CLONE_NEWNS) != 0) {
    return fail(plan, "enter the mount namespace for");
  }
  if (plan.own_pid_namespace && !mount_own_proc()) return fail(plan, "mount /proc for");
  if (plan.own_session && ::setsid() < 0) return fail(plan, "make a session for");
  if (plan.own_process_group && ::setpgid(0, 0) != 0) return fail(plan, "make a process group for");
  if (!place_standard_fds(plan)) return fail(plan, "place the standard streams of");
  if (!keep_only_chosen_fds(plan)) return fail(plan, "keep the descriptors of");
  if (plan.working_directory != nullptr && ::chdir(plan.working_directory) != 0) {
    return fail(plan, "enter the working directory of");
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(plan.program, plan.argv, plan.environment);
  return fail(plan, "run");
}

class ChildStack {
 public:
  ChildStack()
      : base_(::mmap(nullptr, kChildStackBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
    if (base_ == MAP_FAILED) throw_errno("allocate the stack of a child process");
  }
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;
  ~ChildStack() { ::munmap(base_, kChildStackBytes); }
  [[nodiscard]] void* top() const { return static_cast<std::byte*>(base_) + kChildStackBytes; }

 private:
  void* base_;
};

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// In a process of its own: one thread cannot come back out of a pid namespace where our own is not
// ours to enter, as in a user namespace. The child becomes our child all the same.
__attribute__((no_sanitize("address", "undefined"))) int make_child_elsewhere(void* argument) {
  ChildPlan& plan = *static_cast<ChildPlan*>(argument);
  if (::setns(plan.join_process_fd, CLONE_NEWPID) != 0) {
    return fail(plan, "enter the pid namespace for");
  }
  plan.pid_elsewhere =
      ::clone(become_program, plan.stack_elsewhere, plan.clone_flags | CLONE_PARENT, &plan);
  return plan.pid_elsewhere < 0 ? fail(plan, "start") : 0;
}

ExitStatus reap(pid_t pid) {
  ExitStatus status;
  while (::waitpid(pid, &status.wait_status, 0) < 0) {
    if (errno != EINTR) throw_errno(fmt::format("wait for process {}", pid));
  }
  return status;
}

// Clones with every signal blocked: none may reach a handler of ours on the child's side. Negative
// when there is no child, with the reason in the plan.
pid_t clone_child(ChildPlan& plan) {
  const ChildStack stack;
  std::optional<ChildStack> second_stack;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = -1;
  if (plan.join_process_fd < 0) {
    pid = ::clone(become_program, stack.top(), plan.clone_flags, &plan);
    if (pid < 0) fail(plan, "start");
  } else {
    plan.stack_elsewhere = second_stack.emplace().top();
    const pid_t between = ::clone(make_child_elsewhere, stack.top(), kCloneFlags, &plan);
    if (between < 0) fail(plan, "start");
    if (between > 0) reap(between);
    pid = plan.pid_elsewhere;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pid;
}

// True when the descriptor of a process became readable, which says that it ended.
bool ended_within(int process_fd, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wanted = {.fd = process_fd, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw_errno("wait for a process");
  }
}

}  // namespace

int ExitStatus::exit_code() const {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

ChildProcess ChildProcess::spawn(const ProcessOptions& options) {
  if (options.argv.empty()) throw Error(ErrorCode::kInternal, "a process needs a program");
  const std::string& name = options.argv.front();
  const auto program = find_program(name);
  if (!program) {
    throw Error(ErrorCode::kNotFound, fmt::format("the program \"{}\" is not installed", name));
  }
  const std::vector<char*> argv = pointers_to(options.argv);
  const std::vector<char*> environment = pointers_to(options.environment);
  UniqueFd null_device;
  if (options.stdin_fd < 0) null_device = open_file("/dev/null", O_RDONLY);

  ChildPlan plan;
  plan.program = program->c_str();
  plan.argv = argv.data();
  plan.environment = options.replace_environment ? environment.data() : ::environ;
  if (!options.working_directory.empty()) {
    plan.working_directory = options.working_directory.c_str();
  }
  plan.standard_fds = {null_device ? null_device.get() : options.stdin_fd, options.stdout_fd,
                       options.stderr_fd};
  plan.keep_fds = options.keep_fds.data();
  plan.keep_fds_count = options.keep_fds.size();
  plan.die_with_parent = options.die_with_parent;
  plan.own_process_group = options.own_process_group;
  plan.own_pid_namespace = options.own_pid_namespace;
  plan.own_session = options.own_session;
  plan.join_process_fd = options.join_process_fd;
  plan.mount_namespace_fd = options.mount_namespace_fd;
  plan.parent = ::getpid();
  UniqueFd parent_process;
  if (options.own_pid_namespace || options.join_process_fd >= 0) {
    parent_process = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, plan.parent, 0u)));
    if (!parent_process) throw_errno("watch our own process");
    plan.parent_fd = parent_process.get();
  }

  if (options.own_pid_namespace) plan.clone_flags |= CLONE_NEWPID | CLONE_NEWNS;
  const pid_t pid = clone_child(plan);
  if (plan.failed_step != nullptr) {
    if (pid > 0) reap(pid);
    throw_errno(plan.failed_errno, fmt::format("{} {}", plan.failed_step, *program));
  }
  return ChildProcess(pid, options.own_process_group);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), leads_group_(other.leads_group_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(leads_group_, other.leads_group_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  ::kill(target(), SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::kill(int signal) {
  if (pid_ < 0) return;
  if (::kill(target(), signal) != 0 && errno != ESRCH) {
    throw_errno(fmt::format("send signal {} to process {}", signal, pid_));
  }
}

ExitStatus ChildProcess::wait(std::stop_token stop, std::chrono::milliseconds grace) {
  if (pid_ < 0) throw Error(ErrorCode::kInternal, "a process is waited for twice");
  if (stop.stop_possible()) wait_or_stop(std::move(stop), grace);
  return reap(std::exchange(pid_, -1));
}

void ChildProcess::wait_or_stop(std::stop_token stop, std::chrono::milliseconds grace) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0u)));
  if (!process) throw_errno(fmt::format("watch process {}", pid_));
  const UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) throw_errno("make an event descriptor");
  const std::stop_callback on_stop(stop, [fd = wake.get()] { ::eventfd_write(fd, 1); });

  std::array<pollfd, 2> wanted = {{{.fd = process.get(), .events = POLLIN, .revents = 0},
                                   {.fd = wake.get(), .events = POLLIN, .revents = 0}}};
  while (::poll(wanted.data(), wanted.size(), -1) < 0) {
    if (errno != EINTR) throw_errno("wait for a process");
  }
  if (wanted[0].revents != 0) return;
  kill(SIGTERM);
  if (!ended_within(process.get(), grace)) kill(SIGKILL);
}

std::optional<std::string> find_program(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::vector<std::string> folders = split(path != nullptr ? path : "/usr/bin:/bin", ':');
  // Where runtimes and mkfs programs live, which an ordinary user's PATH leaves out.
  for (const char* extra : {"/usr/local/sbin", "/usr/sbin", "/sbin"}) folders.emplace_back(extra);
  for (const std::string& folder : folders) {
    // An empty or relative entry would run a program from wherever we stand.
    if (folder.empty() || folder.front() != '/') continue;
    std::string candidate = folder + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

}  // namespace estiba
