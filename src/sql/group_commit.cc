// The first thread that finds nobody committing commits for all who wait; those who come meanwhile
// are the next group. No thread is kept for it, and a lone writer pays nothing extra.
#include "sql/group_commit.h"

#include "sql/connection.h"

namespace estiba::sql {

void GroupCommit::run(const Work& work) {
  Part part{work, nullptr};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&part);
  changed_.wait(lock, [&] { return part.done || !committing_; });
  if (!part.done) {
    committing_ = true;
    std::vector<Part*> group;
    group.swap(waiting_);
    lock.unlock();
    commit_together(group);
    lock.lock();
    for (Part* each : group) each->done = true;
    committing_ = false;
    changed_.notify_all();
  }
  if (part.error) std::rethrow_exception(part.error);
}

void GroupCommit::commit_together(std::vector<Part*>& parts) {
  try {
    const auto writer = pool_.writer();
    Transaction transaction(*writer);
    if (parts.size() == 1) {
      parts.front()->work(*writer);
    } else {
      for (Part* part : parts) run_part(*writer, *part);
    }
    transaction.commit();
  } catch (...) {
    // Nothing of the transaction is there, so nobody may believe it.
    for (Part* part : parts) {
      if (!part->error) part->error = std::current_exception();
    }
  }
}

void GroupCommit::run_part(Connection& connection, Part& part) {
  connection.execute("SAVEPOINT part");
  try {
    part.work(connection);
  } catch (...) {
    part.error = std::current_exception();
    connection.execute("ROLLBACK TO part");
  }
  connection.execute("RELEASE part");
}

}  // namespace estiba::sql
