#include "registry/webhook_sender.h"

#include <algorithm>

#include "base/error.h"
#include "base/time.h"
#include "http/url.h"
#include "registry/limits.h"
#include "registry/webhook_event.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr const char* kEventsType = "application/vnd.docker.distribution.events.v2+json";

http::ClientOptions webhook_client(std::shared_ptr<const http::AddressFilter> filter) {
  http::ClientOptions client;
  client.connect_timeout = kWebhookTimeout;
  client.stall_timeout = kWebhookTimeout;
  client.response_timeout = kWebhookTimeout;
  client.address_filter = std::move(filter);
  return client;
}

// 1 s, 2 s, 4 s, ... an hour.
std::chrono::milliseconds pause_after(int attempts) {
  const std::chrono::milliseconds pause(1000LL << std::min(attempts, 12));
  return std::min<std::chrono::milliseconds>(pause, kMaxWebhookPause);
}

}  // namespace

std::int64_t unix_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count();
}

WebhookDelivery read_delivery(const sql::Statement& row) {
  return {row.integer(0), row.text(1), row.text(2), row.text(3), static_cast<int>(row.integer(4)),
          row.integer(5)};
}

WebhookSender::WebhookSender(sql::ConnectionPool& metadata, const ServeOptions& options,
                             const Logger& logger)
    : metadata_(metadata),
      logger_(logger),
      filter_(std::make_shared<http::AddressFilter>(options.allowed_networks)),
      http_(webhook_client(filter_)) {}

void WebhookSender::check_url(const std::string& url) const {
  if (url.size() > kMaxWebhookUrlBytes) {
    throw Error(ErrorCode::kInvalidArgument, "the URL is too long");
  }
  const http::Url parsed = http::Url::parse(url);
  if (filter_->accepts_host(parsed.host)) return;
  throw Error(ErrorCode::kInvalidArgument, "the address " + parsed.host + " is not public",
              "administrators allow networks by \"allowed-networks\"");
}

bool WebhookSender::deliver(const WebhookTarget& target, const WebhookDelivery& delivery,
                            const std::stop_token& stop) {
  const bool done = send(target, delivery, stop);
  if (stop.stop_requested()) return false;  // what was cut off comes again
  return settle(target, delivery, done);
}

bool WebhookSender::send(const WebhookTarget& target, const WebhookDelivery& delivery,
                         const std::stop_token& stop) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = target.url;
  request.body = delivery.body;
  request.allow_plain_http = target.url.starts_with("http://");
  request.follow_redirects = false;
  request.headers = {{"Content-Type", kEventsType},
                     {"X-Estiba-Event", delivery.action},
                     {"X-Estiba-Delivery", delivery.event_id}};
  if (!target.secret.empty()) {
    request.headers.add("X-Estiba-Signature-256", sign_webhook(target.secret, delivery.body));
  }
  std::string failure;
  try {
    const int status = http_.open(request, stop).status();
    if (status >= 200 && status < 300) return true;
    failure = "it answers " + std::to_string(status);
    if (status == 410) {
      logger_.warning("the webhook " + target.label + " is gone: an event is dropped");
      return true;
    }
  } catch (const Error& error) {
    failure = error.what();
  }
  logger_.warning("the webhook " + target.label + " did not take an event: " + failure);
  return false;
}

bool WebhookSender::settle(const WebhookTarget& target, const WebhookDelivery& delivery,
                           bool done) {
  const std::int64_t time = unix_milliseconds();
  const bool too_old = time - delivery.created_ms > kWebhookLifetime.count();
  if (!done && too_old) {
    logger_.error("the webhook " + target.label +
                  " did not take an event for a day: it is dropped");
  }
  const auto writer = metadata_.writer();
  if (done || too_old) {
    writer->execute("DELETE FROM webhook_deliveries WHERE id = $1", delivery.id);
    return true;
  }
  writer->execute("UPDATE webhook_deliveries SET attempts = $1, due_ms = $2 WHERE id = $3",
                  delivery.attempts + 1, time + pause_after(delivery.attempts).count(),
                  delivery.id);
  return false;
}

}  // namespace estiba::registry
