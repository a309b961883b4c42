// A connected stream socket: non-blocking underneath, with calls that wait for a bounded time.
#pragma once

#include <sys/uio.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/stream.h"
#include "http/tls_server.h"

namespace estiba::http {

// Told when a thread begins to wait for its peer for longer than a moment, and when that is over.
class WaitObserver {
 public:
  virtual ~WaitObserver() = default;
  virtual void begin_wait() = 0;
  virtual void end_wait() = 0;
};

// While it lives the thread counts as one that waits. The observer is borrowed and may be null.
class WaitingThread {
 public:
  explicit WaitingThread(WaitObserver* observer) : observer_(observer) {
    if (observer_ != nullptr) observer_->begin_wait();
  }
  ~WaitingThread() {
    if (observer_ != nullptr) observer_->end_wait();
  }
  WaitingThread(const WaitingThread&) = delete;
  WaitingThread& operator=(const WaitingThread&) = delete;

 private:
  WaitObserver* observer_;
};

// Belongs to one thread at a time, but for shut_down(). A peer that has gone, or that lets a
// timeout pass, fails with kUnavailable.
class Socket {
 public:
  // `fd` is non-blocking. With a channel all bytes go through it. The observer is borrowed and may
  // be null.
  explicit Socket(UniqueFd fd, std::unique_ptr<TlsChannel> tls = nullptr,
                  WaitObserver* observer = nullptr)
      : fd_(std::move(fd)), tls_(std::move(tls)), observer_(observer) {}

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] WaitObserver* observer() const { return observer_; }
  [[nodiscard]] bool encrypted() const { return tls_ != nullptr; }

  // What is there: 0 at the end, nothing when it would have to wait.
  [[nodiscard]] std::optional<std::size_t> read_now(MutableBytes buffer);
  // Waits for at least one byte; 0 at the end.
  [[nodiscard]] std::size_t read(MutableBytes buffer, std::chrono::milliseconds timeout);
  // Sends all parts in order, in one packet where they fit. The timeout runs while the peer takes
  // nothing. With `more_follows` the last packet waits to be filled by the next call.
  void write(std::span<iovec> parts, std::chrono::milliseconds timeout, bool more_follows = false);
  void write(std::string_view text, std::chrono::milliseconds timeout, bool more_follows = false);
  // sendfile(2), or what comes to the same, of what the socket takes now: 0 when it is full.
  // Advances `offset_bytes`.
  std::uint64_t send_file_now(int file_fd, std::uint64_t& offset_bytes, std::uint64_t size_bytes);

  [[nodiscard]] bool wait_readable(std::chrono::milliseconds timeout) const;
  [[nodiscard]] bool wait_writable(std::chrono::milliseconds timeout) const;
  // Whether the peer has ended its side, whatever is still to read.
  [[nodiscard]] bool peer_ended() const;
  // Tells the peer that nothing follows.
  void end_writing() noexcept;
  // Ends both directions; calls that wait on other threads return. Safe from any thread.
  void shut_down() noexcept;

 private:
  [[nodiscard]] bool wait_for(short events, std::chrono::milliseconds timeout) const;
  void write_encrypted(std::span<iovec> parts, std::chrono::milliseconds timeout);
  std::uint64_t send_file_encrypted(int file_fd, std::uint64_t& offset_bytes,
                                    std::uint64_t size_bytes);

  UniqueFd fd_;
  std::unique_ptr<TlsChannel> tls_;
  WaitObserver* observer_;
};

// A socket's input with what was read beyond the last message.
class BufferedInput {
 public:
  explicit BufferedInput(Socket& socket) : socket_(socket) {}

  [[nodiscard]] std::string_view buffered() const {
    return std::string_view(data_).substr(position_);
  }
  void consume(std::size_t count);
  // Reads what is there into the buffer: 0 at the end, nothing when it would have to wait.
  [[nodiscard]] std::optional<std::size_t> fill_now();
  // Waits for at least one byte into the buffer; 0 at the end.
  [[nodiscard]] std::size_t fill(std::chrono::milliseconds timeout);
  // From the buffer, or, when that is empty, straight from the socket.
  [[nodiscard]] std::size_t read(MutableBytes buffer, std::chrono::milliseconds timeout);
  // Gives the memory back while nothing is buffered.
  void release_memory();

 private:
  MutableBytes make_room();
  void keep(std::size_t unused);

  Socket& socket_;
  std::string data_;
  std::size_t position_ = 0;
};

}  // namespace estiba::http
