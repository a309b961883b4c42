#include "run/relay.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "run/detach_keys.h"
#include "run/limits.h"

namespace estiba::run {

Relay::Relay(UniqueFd from, UniqueFd to, DetachKeys* keys)
    : from_(std::move(from)), to_(std::move(to)), keys_(keys), buffer_(kRelayBufferBytes) {}

pollfd Relay::wanted() const {
  if (pending_ > 0) return {.fd = to_.get(), .events = POLLOUT, .revents = 0};
  return {.fd = from_.get(), .events = POLLIN, .revents = 0};
}

void Relay::step(const pollfd& ready) {
  if (ready.revents == 0) return;
  if (pending_ == 0) {
    read_more();
  } else {
    write_pending();
  }
}

void Relay::read_more() {
  const ssize_t count = ::read(from_.get(), buffer_.data(), buffer_.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  // A master's EIO is how a terminal ends; whatever else fails, no more will come.
  if (count <= 0) return finish();
  start_ = 0;
  pending_ = static_cast<std::size_t>(count);
  if (keys_ == nullptr) return;
  const std::string passed = keys_->pass({reinterpret_cast<const char*>(buffer_.data()), pending_});
  // What was held back before may come on top.
  buffer_.resize(std::max(buffer_.size(), passed.size()));
  std::ranges::transform(passed, buffer_.begin(), [](char letter) { return std::byte(letter); });
  pending_ = passed.size();
}

void Relay::write_pending() {
  // poll() promises room for this much in a pipe.
  const std::size_t size = std::min<std::size_t>(pending_, PIPE_BUF);
  const ssize_t count = ::write(to_.get(), buffer_.data() + start_, size);
  if (count < 0) {
    if (errno == EINTR || errno == EAGAIN) return;
    return finish();
  }
  start_ += static_cast<std::size_t>(count);
  pending_ -= static_cast<std::size_t>(count);
}

void Relay::finish() {
  from_.reset();
  to_.reset();
  pending_ = 0;
}

}  // namespace estiba::run
