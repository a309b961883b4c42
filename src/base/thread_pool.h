// A fixed number of threads over a bounded queue.
#pragma once

#include <cstddef>
#include <functional>
#include <future>
#include <memory>

namespace estiba {

// submit() is safe from any thread; it blocks while the queue is full. The destructor runs what is
// queued to its end and joins. An exception of a task comes out of its future.
class ThreadPool {
 public:
  explicit ThreadPool(std::size_t threads, std::size_t queue_limit = 1024);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::future<void> submit(std::function<void()> task);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace estiba
