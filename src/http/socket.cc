#include "http/socket.h"

#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace estiba::http {
namespace {

// Enough for a usual head or a few small chunks in one call; large bodies go past the buffer.
constexpr std::size_t kFillBytes = 16 * 1024;

// A peer at the speed of a network answers within it; one that does not is slow.
constexpr std::chrono::milliseconds kMoment{20};

[[noreturn]] void throw_gone(std::string_view doing, int errno_value) {
  throw Error(ErrorCode::kUnavailable, "the client broke off while " + std::string(doing) + ": " +
                                           std::generic_category().message(errno_value));
}

[[noreturn]] void throw_stalled(std::string_view doing) {
  throw Error(ErrorCode::kUnavailable, "the client stalled while " + std::string(doing));
}

bool would_block(int errno_value) {
  return errno_value == EAGAIN || errno_value == EWOULDBLOCK;
}

bool poll_for(int fd, short events, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd entry{.fd = fd, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw_errno("wait for a connection");
  }
}

// Takes `count` sent bytes off the front.
std::span<iovec> drop_front(std::span<iovec> parts, std::size_t count) {
  while (!parts.empty() && count >= parts.front().iov_len) {
    count -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (!parts.empty()) {
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + count;
    parts.front().iov_len -= count;
  }
  return parts;
}

}  // namespace

std::optional<std::size_t> Socket::read_now(MutableBytes buffer) {
  if (tls_) return tls_->read_now(buffer);
  while (true) {
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (would_block(errno)) return std::nullopt;
    if (errno != EINTR) throw_gone("it was read from", errno);
  }
}

std::size_t Socket::read(MutableBytes buffer, std::chrono::milliseconds timeout) {
  while (true) {
    if (const auto count = read_now(buffer)) return *count;
    if (!wait_readable(timeout)) throw_stalled("it was read from");
  }
}

void Socket::write(std::span<iovec> parts, std::chrono::milliseconds timeout, bool more_follows) {
  if (tls_) return write_encrypted(parts, timeout);
  parts = drop_front(parts, 0);
  while (!parts.empty()) {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t count =
        ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0));
    if (count >= 0) {
      parts = drop_front(parts, static_cast<std::size_t>(count));
    } else if (would_block(errno)) {
      if (!wait_writable(timeout)) throw_stalled("it was written to");
    } else if (errno != EINTR) {
      throw_gone("it was written to", errno);
    }
  }
}

// Small parts travel in one record: each costs some 30 bytes and a system call.
void Socket::write_encrypted(std::span<iovec> parts, std::chrono::milliseconds timeout) {
  constexpr std::size_t kJoinedBytes = 16 * 1024;
  std::string joined;
  const auto send = [&](std::string_view data) {
    while (!data.empty()) {
      if (const auto count = tls_->write_now(as_bytes(data))) {
        data.remove_prefix(*count);
      } else if (!wait_writable(timeout)) {
        throw_stalled("it was written to");
      }
    }
  };
  for (const iovec& part : parts) {
    const std::string_view data(static_cast<const char*>(part.iov_base), part.iov_len);
    if (joined.size() + data.size() <= kJoinedBytes) {
      joined += data;
      continue;
    }
    send(joined);
    joined.clear();
    send(data);
  }
  send(joined);
}

std::uint64_t Socket::send_file_encrypted(int file_fd, std::uint64_t& offset_bytes,
                                          std::uint64_t size_bytes) {
  // One record's payload: what is read and not taken now is read again.
  constexpr std::size_t kRecordBytes = 16 * 1024;
  std::array<std::byte, kRecordBytes> buffer;
  const MutableBytes wanted(buffer.data(), std::min<std::uint64_t>(size_bytes, buffer.size()));
  const std::size_t size = read_at(file_fd, wanted, offset_bytes, "a file that is sent");
  if (size == 0) throw Error(ErrorCode::kDataLoss, "a file became shorter while it was sent");
  const auto count = tls_->write_now(wanted.first(size));
  offset_bytes += count.value_or(0);
  return count.value_or(0);
}

void Socket::write(std::string_view text, std::chrono::milliseconds timeout, bool more_follows) {
  iovec part{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  write(std::span<iovec>(&part, 1), timeout, more_follows);
}

std::uint64_t Socket::send_file_now(int file_fd, std::uint64_t& offset_bytes,
                                    std::uint64_t size_bytes) {
  if (tls_) return send_file_encrypted(file_fd, offset_bytes, size_bytes);
  // One call moves at most 2 GiB; smaller steps keep the thread's turns short.
  constexpr std::uint64_t kStepBytes = 16u << 20;
  while (true) {
    auto offset = static_cast<off_t>(offset_bytes);
    const ssize_t count = ::sendfile(fd_.get(), file_fd, &offset, std::min(size_bytes, kStepBytes));
    if (count > 0) {
      offset_bytes = static_cast<std::uint64_t>(offset);
      return static_cast<std::uint64_t>(count);
    }
    if (count == 0) throw Error(ErrorCode::kDataLoss, "a file became shorter while it was sent");
    if (would_block(errno)) return 0;
    if (errno == EIO) throw_errno("read a file that is sent");
    if (errno != EINTR) throw_gone("a file was sent to it", errno);
  }
}

bool Socket::wait_for(short events, std::chrono::milliseconds timeout) const {
  const auto moment = std::min(timeout, kMoment);
  if (poll_for(fd_.get(), events, moment)) return true;
  if (timeout <= moment) return false;
  const WaitingThread waiting(observer_);
  return poll_for(fd_.get(), events, timeout - moment);
}

bool Socket::wait_readable(std::chrono::milliseconds timeout) const {
  return wait_for(POLLIN, timeout);
}

bool Socket::wait_writable(std::chrono::milliseconds timeout) const {
  return wait_for(POLLOUT, timeout);
}

bool Socket::peer_ended() const {
  return poll_for(fd_.get(), POLLRDHUP, std::chrono::milliseconds(0));
}

void Socket::end_writing() noexcept {
  if (tls_) tls_->end_writing();
  ::shutdown(fd_.get(), SHUT_WR);
}

void Socket::shut_down() noexcept {
  ::shutdown(fd_.get(), SHUT_RDWR);
}

void BufferedInput::consume(std::size_t count) {
  position_ += count;
  if (position_ == data_.size()) {
    data_.clear();
    position_ = 0;
  }
}

MutableBytes BufferedInput::make_room() {
  data_.erase(0, position_);
  position_ = 0;
  const std::size_t used = data_.size();
  data_.resize(used + kFillBytes);
  return std::as_writable_bytes(std::span(data_)).subspan(used);
}

void BufferedInput::keep(std::size_t unused) {
  data_.resize(data_.size() - unused);
}

std::optional<std::size_t> BufferedInput::fill_now() {
  const MutableBytes room = make_room();
  std::size_t unused = room.size();
  std::optional<std::size_t> count;
  try {
    count = socket_.read_now(room);
  } catch (...) {
    keep(unused);
    throw;
  }
  unused -= count.value_or(0);
  keep(unused);
  return count;
}

std::size_t BufferedInput::fill(std::chrono::milliseconds timeout) {
  while (true) {
    if (const auto count = fill_now()) return *count;
    if (!socket_.wait_readable(timeout)) throw_stalled("it was read from");
  }
}

std::size_t BufferedInput::read(MutableBytes buffer, std::chrono::milliseconds timeout) {
  const std::string_view here = buffered();
  if (here.empty()) return socket_.read(buffer, timeout);
  const std::size_t count = std::min(here.size(), buffer.size());
  std::memcpy(buffer.data(), here.data(), count);
  consume(count);
  return count;
}

void BufferedInput::release_memory() {
  if (buffered().empty()) std::string().swap(data_);
}

}  // namespace estiba::http
