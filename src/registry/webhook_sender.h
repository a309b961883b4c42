// Hands one event to one receiver, and takes note of how that went.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "base/log.h"
#include "http/client.h"
#include "registry/settings.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// Milliseconds since 1970, as deliveries are due.
[[nodiscard]] std::int64_t unix_milliseconds();

struct WebhookTarget {
  std::string label;  // for the log, which does not get the URL: it may hold a secret
  std::string url;
  std::string secret;  // empty: not signed
};

// A row of webhook_deliveries.
struct WebhookDelivery {
  std::int64_t id = 0;
  std::string event_id;
  std::string action;
  std::string body;
  int attempts = 0;
  std::int64_t created_ms = 0;
};
// The columns that read_delivery wants.
inline constexpr const char* kDeliveryColumns =
    "SELECT id, event_id, action, body, attempts, created_ms FROM webhook_deliveries ";
[[nodiscard]] WebhookDelivery read_delivery(const sql::Statement& row);

// Thread-safe. Borrows the database and the logger. Receivers on networks that are not public are
// refused when they are connected to, whatever their names say then, unless the settings allow
// them; redirects are not followed.
class WebhookSender {
 public:
  WebhookSender(sql::ConnectionPool& metadata, const ServeOptions& options, const Logger& logger);

  // Throws kInvalidArgument for what is no URL of http or https, or has an address that is refused.
  void check_url(const std::string& url) const;
  // One try. True when the delivery is over: taken, or never will be. Otherwise it is due again
  // later. Nothing is noted when `stop` cut it off.
  bool deliver(const WebhookTarget& target, const WebhookDelivery& delivery,
               const std::stop_token& stop);

 private:
  [[nodiscard]] bool send(const WebhookTarget& target, const WebhookDelivery& delivery,
                          const std::stop_token& stop);
  bool settle(const WebhookTarget& target, const WebhookDelivery& delivery, bool done);

  sql::ConnectionPool& metadata_;
  const Logger& logger_;
  std::shared_ptr<const http::AddressFilter> filter_;
  http::Client http_;
};

}  // namespace estiba::registry
