// The threads that serve connections which have something to do.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "http/connection.h"

namespace estiba::http {

// Safe from any thread, but for stop().
class WorkerPool {
 public:
  // Starts the first thread. `on_waiting` gets each connection when it has to wait for its client,
  // on the worker's thread.
  WorkerPool(std::size_t max_threads,
             std::function<void(std::unique_ptr<Connection>, Wait)> on_waiting);
  ~WorkerPool();  // stops
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Never blocks: the number of connections bounds the queue.
  void submit(std::unique_ptr<Connection> connection);
  [[nodiscard]] bool has_queued() const;
  // Breaks off the connections that are queued or being served.
  void break_off();
  // Waits for what is being served, drops what is queued, joins the threads.
  void stop();

 private:
  void work();
  void start_thread();

  std::size_t max_threads_;
  std::function<void(std::unique_ptr<Connection>, Wait)> on_waiting_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Connection>> queue_;
  std::set<Connection*> served_;
  std::vector<std::jthread> threads_;
  std::size_t idle_threads_ = 0;
  bool stopping_ = false;
};

}  // namespace estiba::http
