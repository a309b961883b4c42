#include "base/background_sink.h"

#include <algorithm>
#include <utility>

namespace estiba {

BackgroundSink::~BackgroundSink() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void BackgroundSink::write(Bytes data) {
  while (!data.empty()) {
    if (filling_.capacity() == 0) filling_.reserve(kCopyBufferBytes);
    const std::size_t size = std::min(data.size(), kCopyBufferBytes - filling_.size());
    filling_.insert(filling_.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size));
    data = data.subspan(size);
    if (filling_.size() == kCopyBufferBytes) hand_over();
  }
}

void BackgroundSink::finish() {
  if (thread_.joinable()) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return error_ || (waiting_.empty() && !busy_); });
    throw_if_failed(lock);
  }
  if (!filling_.empty()) next_.write(filling_);
  filling_.clear();
  next_.finish();
}

void BackgroundSink::hand_over() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || waiting_.size() < kBuffers; });
  throw_if_failed(lock);
  waiting_.push_back(std::move(filling_));
  filling_ = Buffer();
  if (!spare_.empty()) {
    filling_ = std::move(spare_.back());
    spare_.pop_back();
  }
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](std::stop_token stop) { pass_on(std::move(stop)); });
  }
  changed_.notify_all();
}

void BackgroundSink::pass_on(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
    if (stop.stop_requested()) return;
    Buffer buffer = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    std::exception_ptr error;
    try {
      next_.write(buffer);
    } catch (...) {
      error = std::current_exception();
    }
    buffer.clear();
    lock.lock();
    busy_ = false;
    error_ = error;
    spare_.push_back(std::move(buffer));
    changed_.notify_all();
    if (error) return;
  }
}

void BackgroundSink::throw_if_failed(const std::unique_lock<std::mutex>&) const {
  if (error_) std::rethrow_exception(error_);
}

}  // namespace estiba
