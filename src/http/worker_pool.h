// The threads that serve connections which have something to do.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "http/connection.h"

namespace estiba::http {

// A thread that waits for its client (a body that drips, an answer that nobody takes) does not
// count among the `max_threads` that work: another one is started in its place, so that slow
// clients don't keep the others waiting. Threads end when they are too many again.
//
// Safe from any thread, but for stop().
class WorkerPool final : public WaitObserver {
 public:
  // Starts the first thread. At most `max_waiting` wait for their clients at a time without taking
  // a place from those that work. `on_waiting` gets each connection when it has to wait for its
  // client, on the worker's thread.
  WorkerPool(std::size_t max_threads, std::size_t max_waiting,
             std::function<void(std::unique_ptr<Connection>, Wait)> on_waiting);
  ~WorkerPool() override;  // stops
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Never blocks: the number of connections bounds the queue.
  void submit(std::unique_ptr<Connection> connection);
  [[nodiscard]] bool has_queued() const;
  // Called on a worker's thread.
  void begin_wait() override;
  void end_wait() override;
  // Breaks off the connections that are queued or being served.
  void break_off();
  // Waits for what is being served, drops what is queued, joins the threads.
  void stop();

 private:
  using Threads = std::list<std::jthread>;

  void work(Threads::iterator self);
  void start_thread();
  [[nodiscard]] std::size_t allowed_threads() const;
  [[nodiscard]] bool retire(Threads::iterator self);

  std::size_t max_threads_;
  std::size_t max_waiting_;
  std::function<void(std::unique_ptr<Connection>, Wait)> on_waiting_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Connection>> queue_;
  std::set<Connection*> served_;
  Threads threads_;
  Threads retired_;  // ended or about to; joined by whoever starts or stops threads
  std::size_t idle_threads_ = 0;
  std::size_t waiting_threads_ = 0;
  bool stopping_ = false;
};

}  // namespace estiba::http
