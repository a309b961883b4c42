#include "run/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "run/detach_keys.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

using std::chrono::steady_clock;

// Writing to a container that closed its input must fail, not kill us. Blocked for this thread
// only, since what the process does about SIGPIPE is not ours to decide.
class BlockedSigpipe {
 public:
  BlockedSigpipe() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~BlockedSigpipe() {
    if (::sigismember(&before_, SIGPIPE) == 1) return;
    const timespec at_once = {};
    while (::sigtimedwait(&set_, nullptr, &at_once) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BlockedSigpipe(const BlockedSigpipe&) = delete;
  BlockedSigpipe& operator=(const BlockedSigpipe&) = delete;

 private:
  sigset_t set_ = {};
  sigset_t before_ = {};
};

void wait_for(std::vector<pollfd>& wanted, int timeout_ms) {
  while (::poll(wanted.data(), wanted.size(), timeout_ms) < 0) {
    if (errno != EINTR) throw_errno("wait for a container");
  }
}

}  // namespace

// Where each answer of poll() stands.
struct Supervisor::Watched {
  std::vector<pollfd> all;
  pollfd& process() { return all[0]; }
  pollfd& wake() { return all[1]; }
  pollfd& signals() { return all[2]; }
  pollfd& console() { return all[3]; }
  static constexpr std::size_t kRelays = 4;
};

Supervisor::Supervisor(ChildProcess& runtime, const SupervisorOptions& options)
    : runtime_(runtime), options_(options) {}

Outcome Supervisor::run(std::stop_token stop) {
  const BlockedSigpipe no_sigpipe;
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, runtime_.pid(), 0u)));
  if (!process) throw_errno("watch the runtime");
  const UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) throw_errno("make an event descriptor");
  const std::stop_callback on_stop(stop, [fd = wake.get()] { ::eventfd_write(fd, 1); });

  Companion* const companion = options_.companion;
  if (companion != nullptr) companion->begin(runtime_);
  while (!ended_ || !outputs_finished() || (companion != nullptr && !companion->finished())) {
    Watched watched = watch(process.get(), wake.get());
    const std::size_t own_count = watched.all.size();
    if (companion != nullptr) companion->watch(watched.all);
    wait_for(watched.all, timeout_ms());
    if (companion != nullptr) {
      companion->step(std::span<const pollfd>(watched.all).subspan(own_count));
    }
    auto ready = watched.all.begin() + Watched::kRelays;
    for (Relay& relay : inputs_) relay.step(*ready++);
    for (Relay& relay : outputs_) relay.step(*ready++);
    if (watched.signals().revents != 0) pass_signals();
    if (watched.console().revents != 0) advance_console();
    if (watched.wake().revents != 0) begin_stop();
    if (watched.process().revents != 0) ended_ = true;
    kill_when_due();
    if (options_.detach_keys != nullptr && options_.detach_keys->pressed()) {
      raw_mode_.reset();
      return {.status = {}, .stopped = false, .detached = true};
    }
  }
  raw_mode_.reset();
  return {.status = runtime_.wait(), .stopped = stopping_, .detached = false};
}

Supervisor::Watched Supervisor::watch(int process_fd, int wake_fd) const {
  const auto reading = [](bool wanted, int fd) {
    return pollfd{.fd = wanted ? fd : -1, .events = POLLIN, .revents = 0};
  };
  const bool waits_for_console = options_.console != nullptr && !ended_;
  Watched watched;
  watched.all = {reading(!ended_, process_fd), reading(!stopping_, wake_fd),
                 reading(!ended_, options_.signal_fd),
                 reading(waits_for_console, waits_for_console ? options_.console->fd() : -1)};
  for (const Relay& relay : inputs_) watched.all.push_back(relay.wanted());
  for (const Relay& relay : outputs_) watched.all.push_back(relay.wanted());
  return watched;
}

int Supervisor::timeout_ms() const {
  if (!kill_at_ || ended_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*kill_at_ - steady_clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

bool Supervisor::outputs_finished() const {
  return std::ranges::all_of(outputs_, &Relay::finished);
}

void Supervisor::pass_signals() {
  signalfd_siginfo received = {};
  while (::read(options_.signal_fd, &received, sizeof received) ==
         static_cast<ssize_t>(sizeof received)) {
    forward(static_cast<int>(received.ssi_signo));
  }
}

void Supervisor::forward(int signal) {
  if (signal == SIGWINCH && master_) {
    // The kernel tells the container's processes.
    if (const auto size = window_size(options_.terminal_out)) set_window_size(master_.get(), *size);
    return;
  }
  if (signal == SIGINT || signal == SIGTERM) ++interrupts_;
  runtime_.kill(interrupts_ >= kInterruptsUntilKill ? SIGKILL : signal);
}

void Supervisor::advance_console() {
  UniqueFd master = options_.console->advance();
  if (!master) return;
  if (options_.companion != nullptr) return options_.companion->take_terminal(std::move(master));
  if (::fcntl(master.get(), F_SETFL, O_NONBLOCK) != 0) throw_errno("set up a terminal");
  if (const auto size = window_size(options_.terminal_out)) set_window_size(master.get(), *size);
  raw_mode_.emplace(options_.terminal_in);
  if (options_.terminal_in >= 0) {
    add_input(
        Relay(duplicate(options_.terminal_in), duplicate(master.get()), options_.detach_keys));
  }
  add_output(Relay(duplicate(master.get()), duplicate(options_.terminal_out)));
  master_ = std::move(master);
}

void Supervisor::begin_stop() {
  stopping_ = true;
  runtime_.kill(options_.stop_signal);
  kill_at_ = steady_clock::now() + kStopGrace;
}

void Supervisor::kill_when_due() {
  if (!kill_at_ || ended_ || steady_clock::now() < *kill_at_) return;
  runtime_.kill(SIGKILL);
  kill_at_.reset();
}

}  // namespace estiba::run
