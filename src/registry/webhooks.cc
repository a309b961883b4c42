#include "registry/webhooks.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "registry/limits.h"
#include "registry/name_pattern.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::size_t kEventIdBytes = 16;
constexpr const char* kEventsType = "application/vnd.docker.distribution.events.v2+json";

std::int64_t unix_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count();
}

http::ClientOptions webhook_client(const ServeOptions& options) {
  http::ClientOptions client;
  client.connect_timeout = kWebhookTimeout;
  client.stall_timeout = kWebhookTimeout;
  client.response_timeout = kWebhookTimeout;
  client.address_filter = std::make_shared<http::AddressFilter>(options.allowed_networks);
  return client;
}

// 1 s, 2 s, 4 s, ... an hour.
std::chrono::milliseconds pause_after(int attempts) {
  const std::chrono::milliseconds pause(1000LL << std::min(attempts, 12));
  return std::min<std::chrono::milliseconds>(pause, kMaxWebhookPause);
}

}  // namespace

Webhooks::Webhooks(sql::ConnectionPool& metadata, const ServeOptions& options, const Logger& logger)
    : metadata_(metadata),
      webhooks_(options.webhooks),
      logger_(logger),
      http_(webhook_client(options)) {}

Webhooks::~Webhooks() {
  stop();
}

void Webhooks::start() {
  for (const WebhookSettings& webhook : webhooks_) {
    threads_.emplace_back(
        [this, &webhook](const std::stop_token& stop) { deliver(webhook, stop); });
  }
}

void Webhooks::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

bool Webhooks::wants(const WebhookSettings& webhook, const std::string& action,
                     const std::string& repository) {
  const auto is_or_empty = [](const std::vector<std::string>& list, const auto& test) {
    return list.empty() || std::any_of(list.begin(), list.end(), test);
  };
  return is_or_empty(webhook.events, [&](const auto& event) { return event == action; }) &&
         is_or_empty(webhook.repositories, [&](const std::string& pattern) {
           return matches_pattern(repository, pattern);
         });
}

bool Webhooks::wants(const std::string& action, const std::string& repository) const {
  return std::any_of(webhooks_.begin(), webhooks_.end(), [&](const WebhookSettings& webhook) {
    return wants(webhook, action, repository);
  });
}

bool Webhooks::queue(sql::Connection& connection, const RegistryEvent& event) {
  if (!wants(event.action, event.repository)) return false;
  const std::string id = random_hex(kEventIdBytes);
  const std::string body = serialize_event(event, id);
  const std::int64_t time = unix_milliseconds();
  for (const WebhookSettings& webhook : webhooks_) {
    if (!wants(webhook, event.action, event.repository)) continue;
    connection.execute(
        "INSERT INTO webhook_deliveries (webhook, event_id, action, body, attempts, due_ms, "
        "created_ms) VALUES ($1, $2, $3, $4, 0, $5, $5)",
        webhook.name, id, event.action, body, time);
  }
  return true;
}

void Webhooks::queue_alone(const RegistryEvent& event) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  if (queue(*writer, event)) transaction.commit();
}

void Webhooks::wake() {
  const std::lock_guard lock(mutex_);
  ++notifications_;
  queued_.notify_all();
}

void Webhooks::deliver(const WebhookSettings& webhook, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = notifications_;
    }
    try {
      while (const auto delivery = next(webhook.name)) {
        const bool done = send(webhook, *delivery, stop);
        if (stop.stop_requested()) return;  // what was cut off comes again
        settle(webhook, *delivery, done);
      }
    } catch (const Error& error) {
      logger_.error("while delivering the webhook " + webhook.name + ": " + error.what());
    }
    std::unique_lock lock(mutex_);
    queued_.wait_for(lock, stop, kWebhookPollInterval, [&] { return notifications_ != seen; });
  }
}

std::optional<Webhooks::Delivery> Webhooks::next(const std::string& webhook) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      "SELECT id, event_id, action, body, attempts, created_ms FROM webhook_deliveries "
      "WHERE webhook = $1 AND due_ms <= $2 ORDER BY due_ms, id LIMIT 1",
      webhook, unix_milliseconds());
  if (!row.step()) return std::nullopt;
  return Delivery{
      row.integer(0), row.text(1), row.text(2), row.text(3), static_cast<int>(row.integer(4)),
      row.integer(5)};
}

bool Webhooks::send(const WebhookSettings& webhook, const Delivery& delivery,
                    const std::stop_token& stop) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = webhook.url;
  request.body = delivery.body;
  request.allow_plain_http = webhook.url.starts_with("http://");
  request.headers = {{"Content-Type", kEventsType},
                     {"X-Estiba-Event", delivery.action},
                     {"X-Estiba-Delivery", delivery.event_id}};
  if (!webhook.secret.empty()) {
    request.headers.add("X-Estiba-Signature-256", sign_webhook(webhook.secret, delivery.body));
  }
  std::string failure;
  try {
    const int status = http_.open(request, stop).status();
    if (status >= 200 && status < 300) return true;
    failure = "it answers " + std::to_string(status);
    if (status == 410) {
      logger_.warning("the webhook " + webhook.name + " is gone: an event is dropped");
      return true;
    }
  } catch (const Error& error) {
    failure = error.what();
  }
  logger_.warning("the webhook " + webhook.name + " did not take an event: " + failure);
  return false;
}

void Webhooks::settle(const WebhookSettings& webhook, const Delivery& delivery, bool done) {
  const std::int64_t time = unix_milliseconds();
  const bool too_old = time - delivery.created_ms > kWebhookLifetime.count();
  if (!done && too_old) {
    logger_.error("the webhook " + webhook.name +
                  " did not take an event for a day: it is dropped");
  }
  const auto writer = metadata_.writer();
  if (done || too_old) {
    writer->execute("DELETE FROM webhook_deliveries WHERE id = $1", delivery.id);
    return;
  }
  writer->execute("UPDATE webhook_deliveries SET attempts = $1, due_ms = $2 WHERE id = $3",
                  delivery.attempts + 1, time + pause_after(delivery.attempts).count(),
                  delivery.id);
}

}  // namespace estiba::registry
