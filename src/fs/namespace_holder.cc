#include "fs/namespace_holder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "fs/lock.h"
#include "fs/subordinate_ids.h"

namespace estiba::fs {
namespace {

constexpr std::size_t kMaxRecordBytes = 4096;

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("make a pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd open_namespace(pid_t pid) {
  return UniqueFd(::open(fmt::format("/proc/{}/ns/user", pid).c_str(), O_RDONLY | O_CLOEXEC));
}

// newuidmap PID 0 OWN 1 1 FIRST COUNT ...: root is the user, everybody else is from his ranges.
void map_ranges(const char* program, pid_t pid, unsigned own, const std::vector<IdRange>& ranges) {
  ProcessOptions options;
  options.argv = {program, std::to_string(pid), "0", std::to_string(own), "1"};
  std::uint64_t next = 1;
  for (const IdRange& range : ranges) {
    options.argv.insert(options.argv.end(), {std::to_string(next), std::to_string(range.first),
                                             std::to_string(range.count)});
    next += range.count;
  }
  const CapturedOutput done = run_captured(std::move(options));
  if (done.status.success()) return;
  throw Error(
      ErrorCode::kPermissionDenied,
      fmt::format("{} cannot set up the ids of containers: {}", program, trim(done.standard_error)),
      "look at the lines for your user in /etc/subuid and /etc/subgid, and whether newuidmap "
      "and newgidmap are setuid root (package uidmap)");
}

void write_map(pid_t pid, const char* file, const std::string& text) {
  const std::string path = fmt::format("/proc/{}/{}", pid, file);
  write_all(open_file(path, O_WRONLY).get(), text, path);
}

void map_ids(pid_t pid) {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  const SubordinateIds ids = subordinate_ids(uid);
  if (ids.complete() && find_program("newuidmap") && find_program("newgidmap")) {
    map_ranges("newuidmap", pid, uid, ids.users);
    map_ranges("newgidmap", pid, gid, ids.groups);
    return;
  }
  write_map(pid, "setgroups", "deny");
  write_map(pid, "uid_map", fmt::format("0 {} 1\n", uid));
  write_map(pid, "gid_map", fmt::format("0 {} 1\n", gid));
}

[[noreturn]] void refuse(int reason) {
  throw Error(
      ErrorCode::kPermissionDenied,
      fmt::format("this host does not let users make user namespaces: {}", std::strerror(reason)),
      "run as root, or have root look at the sysctls user.max_user_namespaces, "
      "kernel.unprivileged_userns_clone and "
      "kernel.apparmor_restrict_unprivileged_userns");
}

// Nothing of the command that happened to start it: not its terminal, not its pipes.
void let_go_of_everything() {
  ::setsid();
  const int null_device = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null_device, fd);
  ::close_range(3, ~0u, 0);
  if (::chdir("/") != 0) ::_exit(1);
  for (const int signal : {SIGINT, SIGQUIT, SIGHUP}) ::signal(signal, SIG_IGN);
  ::prctl(PR_SET_NAME, "estiba-holder", 0, 0, 0);
}

class Holding {
 public:
  explicit Holding(pid_t pid) : pid_(pid) {}
  ~Holding() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  void release() { pid_ = -1; }

 private:
  pid_t pid_;
};

}  // namespace

UniqueFd NamespaceHolder::find() const {
  if (!path_exists(record_path())) return {};
  const std::vector<std::string> words =
      split(trim(read_file(record_path(), kMaxRecordBytes)), ' ');
  if (words.size() != 3) return {};
  const ProcessIdentity identity{.pid = std::atoi(words[0].c_str()),
                                 .start_time_ticks = std::strtoull(words[1].c_str(), nullptr, 10),
                                 .boot_id = words[2]};
  if (identity.pid <= 0 || !identity.is_alive()) return {};
  return open_namespace(identity.pid);
}

// The new process: leaves for its namespace, has its ids mapped, and waits for the end of all use.
void NamespaceHolder::hold(int made_fd, int mapped_fd) const {
  const std::string lock = directory_ + "/namespace.lock";
  const std::string record = record_path();
  const int reason = ::unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
  char byte = 0;
  if (::write(made_fd, &reason, sizeof reason) != sizeof reason || reason != 0 ||
      ::read(mapped_fd, &byte, 1) != 1 || ::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) {
    ::_exit(1);
  }
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // so that others may enter
  let_go_of_everything();
  try {
    const FileLock unused = FileLock::exclusive(lock);
    ::unlink(record.c_str());
  } catch (const Error&) {
    ::_exit(1);
  }
  ::_exit(0);
}

UniqueFd NamespaceHolder::make() const {
  const FileLock making = FileLock::exclusive(directory_ + "/making.lock");
  if (UniqueFd found = find()) return found;
  Pipe made = make_pipe();
  Pipe mapped = make_pipe();
  const pid_t pid = ::fork();
  if (pid < 0) throw_errno("start a process");
  if (pid == 0) {
    made.read_end.reset();
    mapped.write_end.reset();
    hold(made.write_end.get(), mapped.read_end.get());
  }
  Holding holding(pid);
  made.write_end.reset();
  int reason = 0;
  if (::read(made.read_end.get(), &reason, sizeof reason) != sizeof reason) reason = EIO;
  if (reason != 0) refuse(reason);
  map_ids(pid);
  UniqueFd made_namespace = open_namespace(pid);
  if (!made_namespace) throw_errno("open the user namespace");
  const auto identity = ProcessIdentity::of(pid);
  if (!identity) throw Error(ErrorCode::kInternal, "the holder of the user namespace ended");
  write_file_atomically(
      record_path(),
      fmt::format("{} {} {}\n", identity->pid, identity->start_time_ticks, identity->boot_id),
      0600);
  write_all(mapped.write_end.get(), "x", "pipe");
  holding.release();
  return made_namespace;
}

}  // namespace estiba::fs
