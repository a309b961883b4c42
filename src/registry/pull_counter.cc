#include "registry/pull_counter.h"

#include <utility>

#include "base/time.h"
#include "registry/limits.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::int64_t kSecondsPerDay = 24L * 3600;

}  // namespace

void PullCounter::count(std::int64_t repository, const std::string& tag,
                        const std::string& digest) {
  const std::int64_t time = unix_seconds(now());
  const std::lock_guard lock(mutex_);
  if (counts_.size() >= kMaxUnwrittenPullCounts) return;
  Count& count = counts_[{repository, tag, digest, time - time % kSecondsPerDay}];
  ++count.pulls;
  count.last_at = time;
}

void PullCounter::write() {
  Counts counts;
  {
    const std::lock_guard lock(mutex_);
    counts = std::exchange(counts_, {});
  }
  if (counts.empty()) return;
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  for (const auto& [key, count] : counts) {
    const auto& [repository, tag, digest, day] = key;
    // The repository may be gone by now.
    writer->execute(
        "INSERT INTO pull_counts (repository_id, tag, digest, day, pulls, last_at) "
        "SELECT id, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), "
        "CAST($6 AS BIGINT) FROM repositories WHERE id = $1 "
        "ON CONFLICT (repository_id, tag, digest, day) DO UPDATE SET "
        "pulls = pull_counts.pulls + excluded.pulls, last_at = excluded.last_at",
        repository, tag, digest, day, count.pulls, count.last_at);
  }
  transaction.commit();
}

}  // namespace estiba::registry
