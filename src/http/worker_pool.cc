#include "http/worker_pool.h"

#include <csignal>
#include <system_error>

namespace estiba::http {
namespace {

// sendfile(2) to a client that has gone raises SIGPIPE and takes no flag against it. Blocked in
// this thread it does nothing; the call fails with EPIPE all the same.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

WorkerPool::WorkerPool(std::size_t max_threads,
                       std::function<void(std::unique_ptr<Connection>, Wait)> on_waiting)
    : max_threads_(max_threads), on_waiting_(std::move(on_waiting)) {
  threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  stop();
}

void WorkerPool::submit(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  queue_.push_back(std::move(connection));
  if (queue_.size() > idle_threads_ && threads_.size() < max_threads_) start_thread();
  changed_.notify_one();
}

void WorkerPool::start_thread() {
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // Those that run will come to it.
  }
}

bool WorkerPool::has_queued() const {
  const std::lock_guard lock(mutex_);
  return !queue_.empty();
}

void WorkerPool::work() {
  block_sigpipe();
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_threads_;
    changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    --idle_threads_;
    if (stopping_) return;
    std::unique_ptr<Connection> connection = std::move(queue_.front());
    queue_.pop_front();
    served_.insert(connection.get());
    lock.unlock();

    const Wait wait = connection->proceed();

    lock.lock();
    served_.erase(connection.get());
    lock.unlock();
    on_waiting_(std::move(connection), wait);
    lock.lock();
  }
}

void WorkerPool::break_off() {
  const std::lock_guard lock(mutex_);
  for (Connection* connection : served_) connection->break_off();
  for (const auto& connection : queue_) connection->break_off();
}

void WorkerPool::stop() {
  std::vector<std::jthread> threads;
  std::deque<std::unique_ptr<Connection>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    dropped.swap(queue_);
  }
  changed_.notify_all();
  for (std::jthread& thread : threads) thread.join();
}

}  // namespace estiba::http
