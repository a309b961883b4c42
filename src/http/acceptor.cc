#include "http/acceptor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"

namespace estiba::http {
namespace {

// Until a descriptor or a place may have become free.
constexpr int kPauseMs = 50;

}  // namespace

Acceptor::Acceptor(std::vector<Listener> listeners, std::function<void(Accepted)> on_accepted,
                   std::function<bool()> make_room)
    : listeners_(std::move(listeners)),
      on_accepted_(std::move(on_accepted)),
      make_room_(std::move(make_room)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
  if (!wake_) throw_errno("watch for connections");
  thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

Acceptor::~Acceptor() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
  thread_.join();
}

void Acceptor::run(std::stop_token stop) {
  std::vector<pollfd> watched;
  for (const Listener& listener : listeners_) {
    watched.push_back({.fd = listener.fd.get(), .events = POLLIN, .revents = 0});
  }
  watched.push_back({.fd = wake_.get(), .events = POLLIN, .revents = 0});
  while (!stop.stop_requested()) {
    if (::poll(watched.data(), watched.size(), -1) <= 0) continue;
    for (std::size_t i = 0; i < listeners_.size() && !stop.stop_requested(); ++i) {
      if (watched[i].revents != 0) accept_one(listeners_[i]);
    }
  }
}

void Acceptor::accept_one(const Listener& listener) {
  try {
    if (make_room_()) {
      Accepted accepted = accept_from(listener);
      if (accepted.fd) on_accepted_(std::move(accepted));
      return;
    }
  } catch (const Error&) {
    // Out of descriptors, or one client's trouble: the listening socket itself is well.
  }
  pause();
}

void Acceptor::pause() {
  pollfd wake{.fd = wake_.get(), .events = POLLIN, .revents = 0};
  ::poll(&wake, 1, kPauseMs);
}

}  // namespace estiba::http
