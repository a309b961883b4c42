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
}  // namespace

Webhooks::Webhooks(sql::ConnectionPool& metadata, const ServeOptions& options, const Logger& logger)
    : metadata_(metadata),
      webhooks_(options.webhooks),
      logger_(logger),
      sender_(metadata, options, logger),
      of_repositories_(metadata, sender_, logger) {}

Webhooks::~Webhooks() {
  stop();
}

void Webhooks::start() {
  for (const WebhookSettings& webhook : webhooks_) {
    threads_.emplace_back(
        [this, &webhook](const std::stop_token& stop) { deliver(webhook, stop); });
  }
  of_repositories_.start();
}

void Webhooks::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
  of_repositories_.stop();
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

bool Webhooks::wants_pulls(const std::string& repository) const {
  return std::any_of(
             webhooks_.begin(), webhooks_.end(),
             [&](const WebhookSettings& webhook) { return wants(webhook, "pull", repository); }) ||
         of_repositories_.wants_pulls(repository);
}

bool Webhooks::queue(sql::Connection& connection, const RegistryEvent& event) {
  std::vector<const WebhookSettings*> configured;
  for (const WebhookSettings& webhook : webhooks_) {
    if (wants(webhook, event.action, event.repository)) configured.push_back(&webhook);
  }
  const auto own = RepositoryWebhooks::wanting(connection, event.action, event.repository);
  if (configured.empty() && own.empty()) return false;
  const std::string id = random_hex(kEventIdBytes);
  const std::string body = serialize_event(event, id);
  const std::int64_t time = unix_milliseconds();
  const auto insert = [&](const std::string& name, std::optional<std::int64_t> webhook) {
    connection.execute(
        "INSERT INTO webhook_deliveries (webhook, webhook_id, event_id, action, body, attempts, "
        "due_ms, created_ms) VALUES ($1, $2, $3, $4, $5, 0, $6, $6)",
        name, webhook, id, event.action, body, time);
  };
  for (const WebhookSettings* webhook : configured) insert(webhook->name, std::nullopt);
  for (const std::int64_t webhook : own) insert("", webhook);
  return true;
}

void Webhooks::queue_alone(const RegistryEvent& event) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  if (queue(*writer, event)) transaction.commit();
}

void Webhooks::wake() {
  of_repositories_.wake();
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
        (void)sender_.deliver({webhook.name, webhook.url, webhook.secret}, *delivery, stop);
        if (stop.stop_requested()) return;
      }
    } catch (const Error& error) {
      logger_.error("while delivering the webhook " + webhook.name + ": " + error.what());
    }
    std::unique_lock lock(mutex_);
    queued_.wait_for(lock, stop, kWebhookPollInterval, [&] { return notifications_ != seen; });
  }
}

std::optional<WebhookDelivery> Webhooks::next(const std::string& webhook) {
  const auto reader = metadata_.reader();
  sql::Statement row =
      reader->query(std::string(kDeliveryColumns) +
                        "WHERE webhook = $1 AND due_ms <= $2 ORDER BY due_ms, id LIMIT 1",
                    webhook, unix_milliseconds());
  if (!row.step()) return std::nullopt;
  return read_delivery(row);
}

}  // namespace estiba::registry
