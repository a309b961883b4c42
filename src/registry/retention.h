// Rules by which tags end by themselves.
//
// A rule speaks of the tags that its pattern matches. A tag of which no rule speaks stays; one of
// which rules speak ends when none of them keeps it. Immutable tags stay. What ends can be restored
// as any ended tag can.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct RetentionRule {
  std::int64_t id = 0;
  std::string pattern;
  std::optional<std::int64_t> keep_last{};             // the newest so many that match
  std::optional<std::chrono::seconds> keep_younger{};  // moved within this time
  bool enabled = false;                                // the server applies it by itself
};

struct ExpiringTag {
  std::string name;
  std::string digest;
  Timestamp started_at;
};

// Thread-safe. Borrows the database.
class Retention {
 public:
  explicit Retention(sql::ConnectionPool& metadata) : metadata_(metadata) {}

  // kInvalidArgument for a rule that keeps by nothing. A new rule is only looked at until it is
  // enabled. Returns its id.
  std::int64_t add(std::int64_t repository, const RetentionRule& rule);
  void remove(std::int64_t repository, std::int64_t rule);  // kNotFound
  // All rules of the repository, together: together they were looked at.
  void enable(std::int64_t repository, bool enabled);
  [[nodiscard]] std::vector<RetentionRule> list(std::int64_t repository);
  // The tags that would end now, by all rules.
  [[nodiscard]] std::vector<ExpiringTag> preview(std::int64_t repository);
  // Ends them, as decided in the same transaction. Returns them.
  std::vector<ExpiringTag> apply(std::int64_t repository);
  // For every repository whose rules are enabled. Returns how many tags ended.
  std::size_t apply_enabled();

 private:
  sql::ConnectionPool& metadata_;
};

}  // namespace estiba::registry
