// Many small transactions made durable together: a commit waits for the disk, and what the disk
// does for one it does for all that came meanwhile.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

#include "sql/connection_pool.h"

namespace estiba::sql {

// Thread-safe. Borrows the pool.
class GroupCommit {
 public:
  using Work = std::function<void(Connection&)>;

  explicit GroupCommit(ConnectionPool& pool) : pool_(pool) {}

  // Runs `work` within a transaction and returns when it is durable. It shares the transaction with
  // whatever other threads brought while the last one was committed; when it throws, its own part
  // alone is rolled back and run() throws the same. `work` runs on any of the threads, must not
  // begin a transaction of its own and must not call run().
  void run(const Work& work);

 private:
  struct Part {
    const Work& work;
    std::exception_ptr error;
    bool done = false;
  };

  void commit_together(std::vector<Part*>& parts);
  static void run_part(Connection& connection, Part& part);

  ConnectionPool& pool_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::vector<Part*> waiting_;
  bool committing_ = false;
};

}  // namespace estiba::sql
