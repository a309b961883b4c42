// Repositories that are brought from other registries from time to time, while the server runs.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "registry/accounts.h"
#include "registry/metrics.h"
#include "registry/settings.h"
#include "registry/sync_target.h"

namespace estiba::registry {

// One thread for each, so that a slow registry delays nobody else; the first run is at the start.
// What fails is logged, counted, and tried again by the next run. start() and stop() belong to one
// thread, gauges() is thread-safe. Borrows all.
class ScheduledSyncs {
 public:
  ScheduledSyncs(LocalSyncParts parts, Accounts& accounts, const ServeOptions& options,
                 const Logger& logger)
      : parts_(parts), accounts_(accounts), options_(options), logger_(logger) {}
  ~ScheduledSyncs();

  void start();
  void stop();
  [[nodiscard]] std::vector<Metrics::Gauge> gauges() const;

 private:
  struct State {
    std::int64_t succeeded_at = 0;  // Unix seconds; 0: not yet
    std::uint64_t failures = 0;     // runs in which something did not come
    std::uint64_t copied_tags = 0;
    std::uint64_t copied_bytes = 0;
  };
  void repeat(const SyncSettings& sync, const std::stop_token& stop);
  // Whether everything came.
  bool run(const SyncSettings& sync, const std::stop_token& stop);
  [[nodiscard]] std::int64_t target_repository(const SyncSettings& sync);

  LocalSyncParts parts_;
  Accounts& accounts_;
  const ServeOptions& options_;
  const Logger& logger_;
  mutable std::mutex mutex_;  // guards states_
  std::map<std::string, State> states_;
  std::vector<std::jthread> threads_;
};

}  // namespace estiba::registry
