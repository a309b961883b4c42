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
#include "http/client.h"
#include "registry/settings.h"
#include "registry/webhook_event.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// One thread for each webhook, so that a slow receiver delays nobody else. A delivery that fails is
// tried again with growing pauses, for a day; receivers on networks that are not public are
// refused unless the settings allow them. Thread-safe, but for start() and stop().
class Webhooks {
 public:
  Webhooks(sql::ConnectionPool& metadata, const ServeOptions& options, const Logger& logger);
  ~Webhooks();  // stops

  void start();
  void stop();
  // Whether anybody wants to hear of it, so that the rest need not be found out.
  [[nodiscard]] bool wants(const std::string& action, const std::string& repository) const;
  // Queues it for whoever wants it, within the caller's transaction; false when nobody does. After
  // the commit wake() makes the deliverers look at once.
  bool queue(sql::Connection& connection, const RegistryEvent& event);
  // The same in a transaction of its own.
  void queue_alone(const RegistryEvent& event);
  void wake();

 private:
  struct Delivery {
    std::int64_t id = 0;
    std::string event_id;
    std::string action;
    std::string body;
    int attempts = 0;
    std::int64_t created_ms = 0;
  };
  static bool wants(const WebhookSettings& webhook, const std::string& action,
                    const std::string& repository);
  void deliver(const WebhookSettings& webhook, const std::stop_token& stop);
  [[nodiscard]] std::optional<Delivery> next(const std::string& webhook);
  // Whether the receiver has it, or never will.
  [[nodiscard]] bool send(const WebhookSettings& webhook, const Delivery& delivery,
                          const std::stop_token& stop);
  void settle(const WebhookSettings& webhook, const Delivery& delivery, bool done);

  sql::ConnectionPool& metadata_;
  const std::vector<WebhookSettings> webhooks_;
  const Logger& logger_;
  http::Client http_;
  std::mutex mutex_;
  std::condition_variable_any queued_;
  std::uint64_t notifications_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace estiba::registry
