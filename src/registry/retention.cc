#include "registry/retention.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "registry/limits.h"
#include "registry/name_pattern.h"
#include "registry/tags.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::string_view kRetentionAccount = "retention";

std::vector<RetentionRule> rules_of(sql::Connection& connection, std::int64_t repository) {
  sql::Statement rows = connection.query(
      "SELECT id, pattern, keep_last, keep_younger_seconds, enabled FROM retention_rules "
      "WHERE repository_id = $1 ORDER BY id",
      repository);
  std::vector<RetentionRule> rules;
  for (const sql::Statement& row : rows) {
    RetentionRule rule{row.integer(0), row.text(1), row.optional_integer(2), std::nullopt,
                       row.boolean(4)};
    if (const auto age = row.optional_integer(3)) rule.keep_younger = std::chrono::seconds(*age);
    rules.push_back(std::move(rule));
  }
  return rules;
}

// The newest first.
std::vector<ExpiringTag> current_tags(sql::Connection& connection, std::int64_t repository) {
  sql::Statement rows = connection.query(
      "SELECT name, digest, started_at FROM tags WHERE repository_id = $1 AND ended_at IS NULL "
      "ORDER BY started_at DESC, id DESC",
      repository);
  std::vector<ExpiringTag> tags;
  for (const sql::Statement& row : rows) {
    tags.push_back({row.text(0), row.text(1), from_unix_seconds(row.integer(2))});
  }
  return tags;
}

std::string immutable_patterns(sql::Connection& connection, std::int64_t repository) {
  sql::Statement row =
      connection.query("SELECT immutable_tags FROM repositories WHERE id = $1", repository);
  return row.step() ? row.text(0) : "";
}

std::vector<ExpiringTag> expiring_tags(sql::Connection& connection, std::int64_t repository) {
  const auto rules = rules_of(connection, repository);
  const std::string immutable = immutable_patterns(connection, repository);
  std::map<std::int64_t, std::int64_t> seen;  // tags that the rule's pattern matched so far
  std::vector<ExpiringTag> expiring;
  for (ExpiringTag& tag : current_tags(connection, repository)) {
    bool spoken_of = false;
    bool kept = matches_any_pattern(tag.name, immutable);
    for (const RetentionRule& rule : rules) {
      if (!matches_pattern(tag.name, rule.pattern)) continue;
      spoken_of = true;
      const std::int64_t rank = ++seen[rule.id];
      kept = kept || (rule.keep_last && rank <= *rule.keep_last) ||
             (rule.keep_younger && now() - tag.started_at < *rule.keep_younger);
    }
    if (spoken_of && !kept) expiring.push_back(std::move(tag));
  }
  return expiring;
}

}  // namespace

std::int64_t Retention::add(std::int64_t repository, const RetentionRule& rule) {
  check_pattern(rule.pattern);
  const bool keeps_some = rule.keep_last && *rule.keep_last > 0;
  const bool keeps_young = rule.keep_younger && rule.keep_younger->count() > 0;
  if (!keeps_some && !keeps_young) {
    throw Error(ErrorCode::kInvalidArgument, "the rule would keep nothing",
                "say how many to keep, or how young");
  }
  std::optional<std::int64_t> younger;
  if (rule.keep_younger) younger = rule.keep_younger->count();
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  if (rules_of(*writer, repository).size() >= kMaxRetentionRules) {
    throw Error(ErrorCode::kConflict,
                "a repository has at most " + std::to_string(kMaxRetentionRules) + " rules");
  }
  sql::Statement row = writer->query(
      "INSERT INTO retention_rules (repository_id, pattern, keep_last, keep_younger_seconds) "
      "VALUES ($1, $2, $3, $4) RETURNING id",
      repository, rule.pattern, rule.keep_last, younger);
  const std::int64_t id = row.step() ? row.integer(0) : 0;
  (void)row.run();
  transaction.commit();
  return id;
}

void Retention::remove(std::int64_t repository, std::int64_t rule) {
  if (metadata_.writer()->execute(
          "DELETE FROM retention_rules WHERE repository_id = $1 AND id = $2", repository, rule) ==
      0) {
    throw Error(ErrorCode::kNotFound, "the repository has no such rule");
  }
}

void Retention::enable(std::int64_t repository, bool enabled) {
  if (metadata_.writer()->execute(
          "UPDATE retention_rules SET enabled = $1 WHERE repository_id = $2", enabled ? 1 : 0,
          repository) == 0) {
    throw Error(ErrorCode::kNotFound, "the repository has no retention rules");
  }
}

std::vector<RetentionRule> Retention::list(std::int64_t repository) {
  return rules_of(*metadata_.reader(), repository);
}

std::vector<ExpiringTag> Retention::preview(std::int64_t repository) {
  return expiring_tags(*metadata_.reader(), repository);
}

std::vector<ExpiringTag> Retention::apply(std::int64_t repository) {
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  auto expiring = expiring_tags(*writer, repository);
  for (const ExpiringTag& tag : expiring) {
    end_tag(*writer, repository, tag.name, std::string(kRetentionAccount));
  }
  transaction.commit();
  return expiring;
}

std::size_t Retention::apply_enabled() {
  std::vector<std::int64_t> repositories;
  {
    const auto reader = metadata_.reader();
    sql::Statement rows = reader->query(
        "SELECT DISTINCT q.repository_id FROM retention_rules q JOIN repositories r "
        "ON r.id = q.repository_id AND r.deleted_at IS NULL WHERE q.enabled = 1");
    for (const sql::Statement& row : rows) repositories.push_back(row.integer(0));
  }
  std::size_t ended = 0;
  for (const std::int64_t repository : repositories) ended += apply(repository).size();
  return ended;
}

}  // namespace estiba::registry
