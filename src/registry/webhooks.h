// Tells others what happens: deliveries wait in the database until somebody has taken them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "registry/repository_webhooks.h"
#include "registry/settings.h"
#include "registry/webhook_event.h"
#include "registry/webhook_sender.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// One thread for each webhook of the configuration, so that a slow receiver delays nobody else;
// those of repositories share a few. A delivery that fails is tried again with growing pauses, for
// a day. Thread-safe, but for start() and stop().
class Webhooks {
 public:
  Webhooks(sql::ConnectionPool& metadata, const ServeOptions& options, const Logger& logger);
  ~Webhooks();  // stops

  void start();
  void stop();
  [[nodiscard]] RepositoryWebhooks& of_repositories() { return of_repositories_; }
  // Whether anybody wants to hear of it, so that the rest need not be found out.
  [[nodiscard]] bool wants_pulls(const std::string& repository) const;
  // Queues it for whoever wants it, within the caller's transaction; false when nobody does. After
  // the commit wake() makes the deliverers look at once.
  bool queue(sql::Connection& connection, const RegistryEvent& event);
  // The same in a transaction of its own.
  void queue_alone(const RegistryEvent& event);
  void wake();

 private:
  static bool wants(const WebhookSettings& webhook, const std::string& action,
                    const std::string& repository);
  void deliver(const WebhookSettings& webhook, const std::stop_token& stop);
  [[nodiscard]] std::optional<WebhookDelivery> next(const std::string& webhook);

  sql::ConnectionPool& metadata_;
  const std::vector<WebhookSettings> webhooks_;
  const Logger& logger_;
  WebhookSender sender_;
  RepositoryWebhooks of_repositories_;
  std::mutex mutex_;
  std::condition_variable_any queued_;
  std::uint64_t notifications_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace estiba::registry
