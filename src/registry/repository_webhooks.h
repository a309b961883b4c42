// Webhooks that people set for their repositories: kept in the database, told by a few threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/thread_pool.h"
#include "base/time.h"
#include "registry/webhook_event.h"
#include "registry/webhook_sender.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct RepositoryWebhook {
  std::int64_t id = 0;
  std::string url;
  std::vector<std::string> events;
  Timestamp created_at;
  bool has_secret = false;
};

struct NewWebhook {
  std::string url;
  std::vector<std::string> events;  // empty: all
  std::string secret;
};

// Thread-safe, but for start() and stop(). Borrows all. One delivery of a webhook at a time, in the
// order of the events; a receiver that fails pauses its own webhook only.
class RepositoryWebhooks {
 public:
  RepositoryWebhooks(sql::ConnectionPool& metadata, WebhookSender& sender, const Logger& logger);
  ~RepositoryWebhooks();  // stops

  void start();
  void stop();
  void wake();

  // Those after the id `after`, in order, up to `count`.
  [[nodiscard]] std::vector<RepositoryWebhook> list(std::int64_t repository, std::int64_t after,
                                                    std::size_t count);
  // kInvalidArgument for an event or a URL that cannot be, kConflict when there are too many.
  RepositoryWebhook add(std::int64_t repository, const NewWebhook& webhook);
  // With what waits for it; false when there is none.
  [[nodiscard]] bool remove(std::int64_t repository, std::int64_t webhook);

  // Those that want to hear of it, but for those that have not listened for too long.
  [[nodiscard]] static std::vector<std::int64_t> wanting(sql::Connection& connection,
                                                         const std::string& action,
                                                         const std::string& repository);
  // Whether one of the repository's may want to hear of pulls; asks no database.
  [[nodiscard]] bool wants_pulls(const std::string& repository) const;

 private:
  void watch(const std::stop_token& stop);
  void refresh();
  void hand_out(const std::stop_token& stop);
  // Webhooks whose oldest delivery is due: what comes later waits for it.
  [[nodiscard]] std::vector<std::int64_t> due();
  void tell(std::int64_t webhook, const std::stop_token& stop);
  [[nodiscard]] std::optional<WebhookTarget> target(std::int64_t webhook);
  [[nodiscard]] std::optional<WebhookDelivery> next(std::int64_t webhook);

  sql::ConnectionPool& metadata_;
  WebhookSender& sender_;
  const Logger& logger_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable_any changed_;
  std::uint64_t notifications_ = 0;
  bool any_ = false;
  std::set<std::string> pulls_;  // names of repositories whose pulls are told
  std::set<std::int64_t> busy_;  // webhooks that a thread is telling
  std::unique_ptr<ThreadPool> pool_;
  std::jthread watcher_;
};

}  // namespace estiba::registry
