#include "base/thread_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace estiba {

struct ThreadPool::State {
  explicit State(std::size_t limit) : queue_limit(limit == 0 ? 1 : limit) {}

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      not_empty.wait(lock, [this] { return closing || !queue.empty(); });
      if (queue.empty()) return;
      std::packaged_task<void()> task = std::move(queue.front());
      queue.pop_front();
      not_full.notify_one();
      lock.unlock();
      task();
      // What the task captured dies before the lock is taken again.
      task = {};
      lock.lock();
    }
  }

  std::mutex mutex;
  std::condition_variable not_empty;
  std::condition_variable not_full;
  std::deque<std::packaged_task<void()>> queue;
  const std::size_t queue_limit;
  bool closing = false;
  std::vector<std::jthread> threads;
};

ThreadPool::ThreadPool(std::size_t threads, std::size_t queue_limit)
    : state_(std::make_unique<State>(queue_limit)) {
  const std::size_t count = threads == 0 ? 1 : threads;
  for (std::size_t i = 0; i < count; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->work(); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->not_empty.notify_all();
  state_->threads.clear();  // joins
}

std::future<void> ThreadPool::submit(std::function<void()> task) {
  std::packaged_task<void()> packaged(std::move(task));
  std::future<void> result = packaged.get_future();
  {
    std::unique_lock lock(state_->mutex);
    state_->not_full.wait(lock, [this] { return state_->queue.size() < state_->queue_limit; });
    state_->queue.push_back(std::move(packaged));
  }
  state_->not_empty.notify_one();
  return result;
}

}  // namespace estiba
