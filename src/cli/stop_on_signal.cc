#include "cli/stop_on_signal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>

#include "base/error.h"

namespace estiba::cli {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

StopOnSignal::StopOnSignal() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  std::array<int, 2> ends{-1, -1};
  if (!signals_ || ::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("watch for signals");
  over_ = UniqueFd(ends[0]);
  alive_ = UniqueFd(ends[1]);
  watcher_ = std::thread([this] { watch(); });
}

StopOnSignal::~StopOnSignal() {
  alive_.reset();
  watcher_.join();
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void StopOnSignal::watch() {
  for (;;) {
    std::array<struct pollfd, 2> ready{{{signals_.get(), POLLIN, 0}, {over_.get(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[1].revents != 0) return;
    struct signalfd_siginfo info {};
    if (::read(signals_.get(), &info, sizeof(info)) != sizeof(info)) continue;
    if (signal_ != 0) ::_exit(128 + static_cast<int>(info.ssi_signo));
    signal_ = static_cast<int>(info.ssi_signo);
    source_.request_stop();
  }
}

}  // namespace estiba::cli
