#include "build/graph_run.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "base/cancel.h"
#include "base/error.h"

namespace estiba::build {
namespace {

class GraphRun {
 public:
  GraphRun(const TaskGraph& graph, const std::function<void(std::size_t)>& task,
           const std::function<void()>& failed, std::stop_token stop)
      : graph_(graph), task_(task), failed_(failed), stop_(std::move(stop)) {
    waiting_for_.resize(graph_.needs.size());
    needed_by_.resize(graph_.needs.size());
    for (std::size_t i = 0; i < graph_.needs.size(); ++i) {
      // A task may need another twice.
      const std::set<std::size_t> needs(graph_.needs[i].begin(), graph_.needs[i].end());
      waiting_for_[i] = needs.size();
      for (const std::size_t need : needs) needed_by_[need].push_back(i);
      if (needs.empty()) ready_.insert(i);
    }
  }

  void run() {
    work();
    for (std::thread& helper : helpers_) helper.join();
    if (failure_) std::rethrow_exception(failure_);
    if (done_ < graph_.needs.size()) throw_if_stopped(stop_);
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      wake_.wait(lock, stop_, [this] { return !ready_.empty() || ended(); });
      --idle_;
      if (ended() || stop_.stop_requested()) return;
      const std::size_t number = *ready_.begin();
      ready_.erase(ready_.begin());
      start_helpers();
      lock.unlock();
      carry_out(number);
      lock.lock();
    }
  }

  [[nodiscard]] bool ended() const { return failure_ || done_ == graph_.needs.size(); }

  void start_helpers() {
    while (ready_.size() > idle_ + starting_ && helpers_.size() + 1 < graph_.parallel) {
      ++starting_;
      helpers_.emplace_back([this] {
        {
          const std::lock_guard lock(mutex_);
          --starting_;
        }
        work();
      });
    }
  }

  void carry_out(std::size_t number) {
    try {
      task_(number);
      const std::lock_guard lock(mutex_);
      ++done_;
      for (const std::size_t next : needed_by_[number]) {
        if (--waiting_for_[next] == 0) ready_.insert(next);
      }
    } catch (const Error& error) {
      fail(std::current_exception(), error.code() == ErrorCode::kCancelled);
    } catch (...) {
      fail(std::current_exception(), false);
    }
    wake_.notify_all();
  }

  // Tasks that were stopped because another one fails may end before it.
  void fail(std::exception_ptr failure, bool is_consequence) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = !failure_;
      if (first || (is_consequence_ && !is_consequence)) {
        failure_ = std::move(failure);
        is_consequence_ = is_consequence;
      }
    }
    if (first) failed_();
  }

  const TaskGraph& graph_;
  const std::function<void(std::size_t)>& task_;
  const std::function<void()>& failed_;
  std::stop_token stop_;
  std::mutex mutex_;  // of all below
  std::condition_variable_any wake_;
  std::vector<std::size_t> waiting_for_;
  std::vector<std::vector<std::size_t>> needed_by_;
  std::set<std::size_t> ready_;
  std::size_t done_ = 0;
  std::size_t idle_ = 0;
  std::size_t starting_ = 0;
  std::exception_ptr failure_;
  bool is_consequence_ = false;
  std::vector<std::thread> helpers_;  // grows under the lock; joined when none can start another
};

}  // namespace

void run_graph(const TaskGraph& graph, const std::function<void(std::size_t)>& task,
               const std::function<void()>& failed, std::stop_token stop) {
  GraphRun(graph, task, failed, std::move(stop)).run();
}

}  // namespace estiba::build
