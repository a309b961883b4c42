// Browsers that are signed in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "registry/access.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct SignedIn {
  std::int64_t id = 0;
  Account account;
  Timestamp expires_at;
};

struct SessionRecord {
  std::int64_t id = 0;
  Timestamp created_at;
  Timestamp used_at;
  Timestamp expires_at;
  std::string address;  // of the last use
  std::string user_agent;
};

// Thread-safe. Borrows the database. The cookie's secret is kept as a hash only.
class Sessions {
 public:
  explicit Sessions(sql::ConnectionPool& metadata) : metadata_(metadata) {}

  // The secret of a new session. Those that have expired go.
  [[nodiscard]] std::string begin(std::int64_t account, const std::string& address,
                                  const std::string& user_agent);
  // Nothing for one that is unknown, has expired or has not been used for too long.
  // Notes the use.
  [[nodiscard]] std::optional<SignedIn> find(std::string_view secret, const std::string& address);
  [[nodiscard]] std::vector<SessionRecord> list(std::int64_t account, std::int64_t after,
                                                std::size_t count);
  [[nodiscard]] bool end(std::int64_t account, std::int64_t session);
  // All but one (0: all).
  void end_all(std::int64_t account, std::int64_t but);

 private:
  sql::ConnectionPool& metadata_;
};

// What a page has to send along to prove that it could read the session's answer: derived from the
// secret, so that it needs no place of its own, and tells nothing of it.
[[nodiscard]] std::string csrf_token(std::string_view secret);

}  // namespace estiba::registry
