#include "registry/repository_webhooks.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "registry/limits.h"
#include "registry/settings.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

RepositoryWebhook read_webhook_row(const sql::Statement& row) {
  return {row.integer(0), row.text(1), split(row.text(2), ','), from_unix_seconds(row.integer(3)),
          !row.text(4).empty()};
}

constexpr std::string_view kWebhookColumns =
    "SELECT id, url, events, created_at, secret FROM repository_webhooks ";

std::vector<std::string> checked_events(const std::vector<std::string>& events) {
  std::vector<std::string> checked;
  for (const std::string_view known : kWebhookEvents) {
    if (events.empty() || std::find(events.begin(), events.end(), known) != events.end()) {
      checked.emplace_back(known);
    }
  }
  for (const std::string& event : events) {
    if (std::find(checked.begin(), checked.end(), event) == checked.end()) {
      throw Error(ErrorCode::kInvalidArgument, "there is no event \"" + event + "\"",
                  "events are push, pull, delete and tag");
    }
  }
  return checked;
}

bool tells(const std::string& events, const std::string& action) {
  const auto list = split(events, ',');
  return std::find(list.begin(), list.end(), action) != list.end();
}

}  // namespace

RepositoryWebhooks::RepositoryWebhooks(sql::ConnectionPool& metadata, WebhookSender& sender,
                                       const Logger& logger)
    : metadata_(metadata), sender_(sender), logger_(logger) {}

RepositoryWebhooks::~RepositoryWebhooks() {
  stop();
}

void RepositoryWebhooks::start() {
  pool_ = std::make_unique<ThreadPool>(kWebhookThreads, kWebhookThreads);
  watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

// The pool's tasks see the watcher's stop.
void RepositoryWebhooks::stop() {
  watcher_.request_stop();
  if (watcher_.joinable()) watcher_.join();
  pool_.reset();
}

void RepositoryWebhooks::wake() {
  const std::lock_guard lock(mutex_);
  ++notifications_;
  changed_.notify_all();
}

std::vector<RepositoryWebhook> RepositoryWebhooks::list(std::int64_t repository, std::int64_t after,
                                                        std::size_t count) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      std::string(kWebhookColumns) + "WHERE repository_id = $1 AND id > $2 ORDER BY id LIMIT $3",
      repository, after, count);
  std::vector<RepositoryWebhook> webhooks;
  for (const sql::Statement& row : rows) webhooks.push_back(read_webhook_row(row));
  return webhooks;
}

RepositoryWebhook RepositoryWebhooks::add(std::int64_t repository, const NewWebhook& webhook) {
  sender_.check_url(webhook.url);
  if (webhook.secret.size() > kMaxWebhookSecretBytes) {
    throw Error(ErrorCode::kInvalidArgument, "the secret is too long");
  }
  const std::string events = join(checked_events(webhook.events), ",");
  RepositoryWebhook made;
  {
    const auto writer = metadata_.writer();
    sql::Transaction transaction(*writer);
    sql::Statement row = writer->query(
        "INSERT INTO repository_webhooks (repository_id, url, events, secret, created_at) "
        "SELECT CAST($1 AS BIGINT), $2, $3, $4, CAST($5 AS BIGINT) WHERE (SELECT count(*) FROM "
        "repository_webhooks WHERE repository_id = $1) < $6 "
        "RETURNING id, url, events, created_at, secret",
        repository, webhook.url, events, webhook.secret, unix_seconds(now()),
        kMaxWebhooksOfRepository);
    if (!row.step()) {
      throw Error(ErrorCode::kConflict, "a repository has at most " +
                                            std::to_string(kMaxWebhooksOfRepository) + " webhooks");
    }
    made = read_webhook_row(row);
    (void)row.run();
    transaction.commit();
  }
  refresh();
  wake();
  return made;
}

bool RepositoryWebhooks::remove(std::int64_t repository, std::int64_t webhook) {
  const bool removed = metadata_.writer()->execute(
                           "DELETE FROM repository_webhooks WHERE repository_id = $1 AND id = $2",
                           repository, webhook) > 0;
  if (removed) refresh();
  return removed;
}

std::vector<std::int64_t> RepositoryWebhooks::wanting(sql::Connection& connection,
                                                      const std::string& action,
                                                      const std::string& repository) {
  sql::Statement rows = connection.query(
      "SELECT w.id, w.events FROM repository_webhooks w JOIN repositories r "
      "ON r.id = w.repository_id WHERE r.name = $1 AND (SELECT count(*) FROM webhook_deliveries d "
      "WHERE d.webhook_id = w.id) < $2 ORDER BY w.id",
      repository, kMaxWaitingDeliveries);
  std::vector<std::int64_t> ids;
  for (const sql::Statement& row : rows) {
    if (tells(row.text(1), action)) ids.push_back(row.integer(0));
  }
  return ids;
}

bool RepositoryWebhooks::wants_pulls(const std::string& repository) const {
  const std::lock_guard lock(mutex_);
  return pulls_.contains(repository);
}

void RepositoryWebhooks::refresh() {
  bool any = false;
  std::set<std::string> pulls;
  {
    const auto reader = metadata_.reader();
    sql::Statement rows = reader->query(
        "SELECT r.name, w.events FROM repository_webhooks w JOIN repositories r "
        "ON r.id = w.repository_id");
    for (const sql::Statement& row : rows) {
      any = true;
      if (tells(row.text(1), "pull")) pulls.insert(row.text(0));
    }
  }
  const std::lock_guard lock(mutex_);
  any_ = any;
  pulls_ = std::move(pulls);
}

void RepositoryWebhooks::watch(const std::stop_token& stop) {
  auto refreshed = std::chrono::steady_clock::time_point();
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    const std::uint64_t seen = notifications_;
    lock.unlock();
    try {
      const auto time = std::chrono::steady_clock::now();
      if (time - refreshed >= kWebhookRefreshInterval) {
        refresh();
        refreshed = time;
      }
      hand_out(stop);
    } catch (const Error& error) {
      logger_.error(std::string("while looking for webhooks to tell: ") + error.what());
    }
    lock.lock();
    changed_.wait_for(lock, stop, any_ ? kWebhookPollInterval : kWebhookRefreshInterval,
                      [&] { return notifications_ != seen; });
  }
}

std::vector<std::int64_t> RepositoryWebhooks::due() {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      "SELECT d.webhook_id FROM webhook_deliveries d JOIN (SELECT min(id) AS id FROM "
      "webhook_deliveries WHERE webhook_id IS NOT NULL GROUP BY webhook_id) f ON f.id = d.id "
      "WHERE d.due_ms <= $1",
      unix_milliseconds());
  std::vector<std::int64_t> webhooks;
  for (const sql::Statement& row : rows) webhooks.push_back(row.integer(0));
  return webhooks;
}

// Never more than there are threads, so that the watcher is not held up.
void RepositoryWebhooks::hand_out(const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    if (!any_) return;
  }
  for (const std::int64_t webhook : due()) {
    {
      const std::lock_guard lock(mutex_);
      if (busy_.size() >= kWebhookThreads) return;
      if (!busy_.insert(webhook).second) continue;
    }
    (void)pool_->submit([this, webhook, stop] {
      bool told = false;
      try {
        tell(webhook, stop);
        told = true;
      } catch (const Error& error) {
        logger_.error(std::string("while telling a webhook: ") + error.what());
      }
      const std::lock_guard lock(mutex_);
      busy_.erase(webhook);
      if (!told) return;  // the next look will do
      ++notifications_;
      changed_.notify_all();
    });
  }
}

// One event, so that a busy repository leaves the threads to others in between.
void RepositoryWebhooks::tell(std::int64_t webhook, const std::stop_token& stop) {
  const auto receiver = target(webhook);
  const auto delivery = next(webhook);
  if (receiver && delivery) (void)sender_.deliver(*receiver, *delivery, stop);
}

std::optional<WebhookTarget> RepositoryWebhooks::target(std::int64_t webhook) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      "SELECT coalesce(r.deleted_name, r.name), w.url, w.secret FROM repository_webhooks w "
      "JOIN repositories r ON r.id = w.repository_id WHERE w.id = $1",
      webhook);
  if (!row.step()) return std::nullopt;
  return WebhookTarget{std::to_string(webhook) + " of " + row.text(0), row.text(1), row.text(2)};
}

std::optional<WebhookDelivery> RepositoryWebhooks::next(std::int64_t webhook) {
  const auto reader = metadata_.reader();
  sql::Statement row = reader->query(
      std::string(kDeliveryColumns) + "WHERE webhook_id = $1 ORDER BY id LIMIT 1", webhook);
  if (!row.step()) return std::nullopt;
  return read_delivery(row);
}

}  // namespace estiba::registry
