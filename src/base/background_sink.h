// Lets whoever makes bytes and whoever takes them work at the same time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/stream.h"

namespace estiba {

// Passes on to `next` from a thread of its own, at most kBuffers buffers of kCopyBufferBytes
// behind. What fits into one buffer starts no thread. An error of `next` is thrown by a later
// write() or by finish(), and `next` sees nothing after it. Borrows `next`, which only finish()
// calls on the caller's thread. Destroyed without finish(), it drops what `next` has not seen.
class BackgroundSink final : public Sink {
 public:
  explicit BackgroundSink(Sink& next) : next_(next) {}
  ~BackgroundSink() override;
  BackgroundSink(const BackgroundSink&) = delete;
  BackgroundSink& operator=(const BackgroundSink&) = delete;

  void write(Bytes data) override;
  void finish() override;

 private:
  static constexpr std::size_t kBuffers = 8;
  using Buffer = std::vector<std::byte>;

  void hand_over();
  void pass_on(std::stop_token stop);
  void throw_if_failed(const std::unique_lock<std::mutex>& held) const;

  Sink& next_;
  Buffer filling_;
  std::mutex mutex_;  // of what follows, but the thread
  std::condition_variable_any changed_;
  std::deque<Buffer> waiting_;
  std::vector<Buffer> spare_;
  bool busy_ = false;  // `next` is at work
  std::exception_ptr error_;
  std::jthread thread_;
};

}  // namespace estiba
