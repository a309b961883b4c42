#include "registry/audit.h"

#include <limits>

#include "registry/limits.h"
#include "sql/connection.h"

namespace estiba::registry {

std::string audit_outcome(int status) {
  return status < 400 ? "done" : status < 500 ? "refused" : "failed";
}

void Audit::write(const AuditEntry& entry) {
  commits_.run([&](sql::Connection& connection) {
    connection.execute(
        "INSERT INTO audit (at, actor, credential, address, action, target, outcome, status, "
        "detail, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        unix_seconds(now()), entry.actor.substr(0, kMaxTitleBytes), entry.credential, entry.address,
        entry.action, entry.target.substr(0, kMaxAuditDetailBytes), entry.outcome, entry.status,
        entry.detail.substr(0, kMaxAuditDetailBytes), entry.request_id);
  });
}

std::vector<AuditEntry> Audit::list(const AuditFilter& filter, std::int64_t before,
                                    std::size_t count) {
  const auto reader = metadata_.reader();
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
  sql::Statement rows = reader->query(
      "SELECT id, at, actor, credential, address, action, target, outcome, status, detail, "
      "request_id FROM audit WHERE ($1 = '' OR actor = $1) AND ($2 = '' OR action = $2) "
      "AND ($3 = '' OR substr(target, 1, length($3)) = $3) AND ($4 = '' OR outcome = $4) "
      "AND at >= $5 AND at <= $6 AND id < $7 "
      "AND ($8 = '' OR target = $8 OR substr(target, 1, length($8) + 1) IN "
      "($8 || '/', $8 || ' ', $8 || '+', $8 || ':')) ORDER BY id DESC LIMIT $9",
      filter.actor, filter.action, filter.target, filter.outcome,
      filter.since ? unix_seconds(*filter.since) : 0,
      filter.until ? unix_seconds(*filter.until) : kEver, before == 0 ? kEver : before,
      filter.space, count);
  std::vector<AuditEntry> entries;
  for (const sql::Statement& row : rows) {
    entries.push_back({row.integer(0), from_unix_seconds(row.integer(1)), row.text(2), row.text(3),
                       row.text(4), row.text(5), row.text(6), row.text(7),
                       static_cast<int>(row.integer(8)), row.text(9), row.text(10)});
  }
  return entries;
}

}  // namespace estiba::registry
