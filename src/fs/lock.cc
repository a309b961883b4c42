#include "fs/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace estiba::fs {
namespace {

// Whether `path` still names the file that is open: a holder may have removed it before we got it.
bool is_current(int fd, const std::string& path) {
  struct stat ours = {};
  struct stat named = {};
  if (::fstat(fd, &ours) != 0) throw_errno("examine the lock " + path);
  if (::stat(path.c_str(), &named) != 0) {
    if (errno == ENOENT) return false;
    throw_errno("examine the lock " + path);
  }
  return ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

std::string boot_id() {
  return std::string(trim(read_file("/proc/sys/kernel/random/boot_id")));
}

struct ProcessState {
  char state = '?';
  std::uint64_t start_time_ticks = 0;
};

// Fields 3 and 22 of /proc/<pid>/stat (proc_pid_stat(5)). The second field is the program's name in
// parentheses, which may itself hold spaces and parentheses: what counts starts behind the last.
std::optional<ProcessState> state_of(pid_t pid) {
  std::string text;
  try {
    text = read_file(fmt::format("/proc/{}/stat", pid));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return std::nullopt;
    // The process may end between opening and reading, which the kernel reports as ESRCH.
    if (::kill(pid, 0) != 0 && errno == ESRCH) return std::nullopt;
    throw;
  }
  const std::size_t name_end = text.rfind(") ");
  const std::vector<std::string> fields = name_end == std::string::npos
                                              ? std::vector<std::string>()
                                              : split(text.substr(name_end + 2), ' ');
  constexpr std::size_t kStartTime = 22 - 3;
  ProcessState state;
  if (fields.size() > kStartTime && !fields[0].empty()) {
    const std::string& start = fields[kStartTime];
    state.state = fields[0].front();
    const auto [end, problem] =
        std::from_chars(start.data(), start.data() + start.size(), state.start_time_ticks);
    if (problem == std::errc()) return state;
  }
  throw Error(ErrorCode::kInternal, fmt::format("/proc/{}/stat has a strange form", pid));
}

}  // namespace

std::optional<FileLock> FileLock::attempt(const std::string& path, int operation) {
  for (;;) {
    UniqueFd file = open_file(path, O_RDWR | O_CREAT, 0600);
    while (::flock(file.get(), operation) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      if (errno != EINTR) throw_errno("lock " + path);
    }
    if (is_current(file.get(), path)) return FileLock(std::move(file), path);
  }
}

FileLock FileLock::wait(const std::string& path, int operation, std::stop_token stop) {
  using std::chrono::milliseconds;
  if (!stop.stop_possible()) return *attempt(path, operation);
  // The kernel cannot wait for a lock and a request to stop at once; the pause stays below what a
  // person notices.
  milliseconds pause(1);
  while (!stop.stop_requested()) {
    std::optional<FileLock> lock = attempt(path, operation | LOCK_NB);
    if (lock) return std::move(*lock);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, milliseconds(32));
  }
  throw Error(ErrorCode::kCancelled, fmt::format("stopped while waiting for the lock {}", path));
}

FileLock FileLock::exclusive(const std::string& path, std::stop_token stop) {
  return wait(path, LOCK_EX, std::move(stop));
}

FileLock FileLock::shared(const std::string& path, std::stop_token stop) {
  return wait(path, LOCK_SH, std::move(stop));
}

std::optional<FileLock> FileLock::try_exclusive(const std::string& path) {
  return attempt(path, LOCK_EX | LOCK_NB);
}

std::optional<FileLock> FileLock::try_shared(const std::string& path) {
  return attempt(path, LOCK_SH | LOCK_NB);
}

void FileLock::release() {
  fd_.reset();
}

void FileLock::remove() {
  // Unlinked while still held: whoever gets the lock on the old file sees that its name is gone.
  if (fd_ && ::unlink(path_.c_str()) != 0 && errno != ENOENT) throw_errno("remove " + path_);
  release();
}

ProcessIdentity ProcessIdentity::current() {
  return of(::getpid()).value();
}

std::optional<ProcessIdentity> ProcessIdentity::of(pid_t pid) {
  const auto state = state_of(pid);
  if (!state) return std::nullopt;
  return ProcessIdentity{
      .pid = pid, .start_time_ticks = state->start_time_ticks, .boot_id = fs::boot_id()};
}

bool ProcessIdentity::is_alive() const {
  if (pid <= 0 || boot_id != fs::boot_id()) return false;
  const auto state = state_of(pid);
  return state && state->start_time_ticks == start_time_ticks && state->state != 'Z' &&
         state->state != 'X';
}

}  // namespace estiba::fs
