#include "registry/sessions.h"

#include "registry/accounts.h"
#include "registry/limits.h"
#include "registry/secret.h"
#include "sql/connection.h"

namespace estiba::registry {

std::string csrf_token(std::string_view secret) {
  return hash_secret("csrf:" + std::string(secret));
}

std::string Sessions::begin(std::int64_t account, const std::string& address,
                            const std::string& user_agent) {
  const std::string secret = make_secret("");
  const std::int64_t time = unix_seconds(now());
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  writer->execute("DELETE FROM sessions WHERE expires_at <= $1 OR used_at <= $2", time,
                  time - kSessionIdleLifetime.count());
  writer->execute(
      "INSERT INTO sessions (account_id, secret_hash, created_at, used_at, expires_at, address, "
      "user_agent) VALUES ($1, $2, $3, $3, $4, $5, $6)",
      account, hash_secret(secret), time, time + kSessionLifetime.count(), address,
      user_agent.substr(0, kMaxUserAgentBytes));
  transaction.commit();
  return secret;
}

std::optional<SignedIn> Sessions::find(std::string_view secret, const std::string& address) {
  if (secret.empty()) return std::nullopt;
  const std::int64_t time = unix_seconds(now());
  std::optional<SignedIn> found;
  bool note = false;
  {
    const auto reader = metadata_.reader();
    sql::Statement row = reader->query(
        "SELECT s.id, s.used_at, s.expires_at, a.id, a.name, a.is_admin, a.kind, s.address FROM "
        "sessions s "
        "JOIN accounts a ON a.id = s.account_id WHERE s.secret_hash = $1 AND s.expires_at > $2 "
        "AND s.used_at > $3 AND a.disabled = 0",
        hash_secret(secret), time, time - kSessionIdleLifetime.count());
    if (!row.step()) return std::nullopt;
    note = time - row.integer(1) >= kUseInterval.count() || row.text(7) != address;
    found = SignedIn{row.integer(0),
                     {row.integer(3), row.text(4), row.boolean(5), parse_account_kind(row.text(6))},
                     from_unix_seconds(row.integer(2))};
  }
  if (note) {
    metadata_.writer()->execute("UPDATE sessions SET used_at = $1, address = $2 WHERE id = $3",
                                time, address, found->id);
  }
  return found;
}

std::vector<SessionRecord> Sessions::list(std::int64_t account, std::int64_t after,
                                          std::size_t count) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      "SELECT id, created_at, used_at, expires_at, address, user_agent FROM sessions "
      "WHERE account_id = $1 AND id > $2 AND expires_at > $3 AND used_at > $4 "
      "ORDER BY id LIMIT $5",
      account, after, unix_seconds(now()), unix_seconds(now()) - kSessionIdleLifetime.count(),
      count);
  std::vector<SessionRecord> sessions;
  for (const sql::Statement& row : rows) {
    sessions.push_back({row.integer(0), from_unix_seconds(row.integer(1)),
                        from_unix_seconds(row.integer(2)), from_unix_seconds(row.integer(3)),
                        row.text(4), row.text(5)});
  }
  return sessions;
}

bool Sessions::end(std::int64_t account, std::int64_t session) {
  return metadata_.writer()->execute("DELETE FROM sessions WHERE id = $1 AND account_id = $2",
                                     session, account) > 0;
}

void Sessions::end_all(std::int64_t account, std::int64_t but) {
  metadata_.writer()->execute("DELETE FROM sessions WHERE account_id = $1 AND id <> $2", account,
                              but);
}

}  // namespace estiba::registry
