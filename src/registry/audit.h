// Who did what, or was kept from doing it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "sql/connection_pool.h"
#include "sql/group_commit.h"

namespace estiba::registry {

struct AuditEntry {
  std::int64_t id = 0;
  Timestamp at{};
  std::string actor;  // account name, '' for nobody
  std::string credential;
  std::string address;
  std::string action;
  std::string target;
  std::string outcome;  // "done", "refused", "failed"
  int status = 0;
  std::string detail;
  std::string request_id;
};
[[nodiscard]] std::string audit_outcome(int status);

// Empty members ask for all.
struct AuditFilter {
  std::string actor;
  std::string action;
  std::string target;  // begins so
  std::string outcome;
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;
  // Repositories and names below it.
  std::string space;
};

// Thread-safe. Borrows the database.
class Audit {
 public:
  explicit Audit(sql::ConnectionPool& metadata) : metadata_(metadata), commits_(metadata) {}

  // Durable when it returns. The time is now.
  void write(const AuditEntry& entry);
  // The newest first, those before the id `before` (0: all), up to `count`.
  [[nodiscard]] std::vector<AuditEntry> list(const AuditFilter& filter, std::int64_t before,
                                             std::size_t count);

 private:
  sql::ConnectionPool& metadata_;
  sql::GroupCommit commits_;
};

}  // namespace estiba::registry
