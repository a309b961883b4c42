#include "http/worker_pool.h"

#include <algorithm>
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

WorkerPool::WorkerPool(std::size_t max_threads, std::size_t max_waiting,
                       std::function<void(std::unique_ptr<Connection>, Wait)> on_waiting)
    : max_threads_(max_threads), max_waiting_(max_waiting), on_waiting_(std::move(on_waiting)) {
  const std::lock_guard lock(mutex_);
  start_thread();
}

WorkerPool::~WorkerPool() {
  stop();
}

void WorkerPool::submit(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  queue_.push_back(std::move(connection));
  if (queue_.size() > idle_threads_ && threads_.size() < allowed_threads()) start_thread();
  changed_.notify_one();
}

std::size_t WorkerPool::allowed_threads() const {
  return max_threads_ + std::min(waiting_threads_, max_waiting_);
}

void WorkerPool::start_thread() {
  retired_.clear();  // joins: they hold no lock and have nothing left to do
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = std::jthread([this, self] { work(self); });
  } catch (const std::system_error&) {
    threads_.erase(self);  // those that run will come to it
  }
}

void WorkerPool::begin_wait() {
  const std::lock_guard lock(mutex_);
  ++waiting_threads_;
  if (stopping_ || queue_.size() <= idle_threads_) return;
  if (threads_.size() < allowed_threads()) start_thread();
}

void WorkerPool::end_wait() {
  const std::lock_guard lock(mutex_);
  --waiting_threads_;
}

// Whether this thread is one too many, and may end.
bool WorkerPool::retire(Threads::iterator self) {
  if (!queue_.empty() || threads_.size() <= allowed_threads()) return false;
  retired_.splice(retired_.end(), threads_, self);
  return true;
}

bool WorkerPool::has_queued() const {
  const std::lock_guard lock(mutex_);
  return !queue_.empty();
}

void WorkerPool::work(Threads::iterator self) {
  block_sigpipe();
  std::unique_lock lock(mutex_);
  while (true) {
    if (stopping_ || retire(self)) return;
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
  Threads threads;
  std::deque<std::unique_ptr<Connection>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.splice(threads.end(), threads_);
    threads.splice(threads.end(), retired_);
    dropped.swap(queue_);
  }
  changed_.notify_all();
  threads.clear();  // joins
}

}  // namespace estiba::http
