#include "registry/profiles.h"

#include "base/error.h"
#include "registry/accounts.h"
#include "registry/limits.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

void check_short(const std::optional<std::string>& text, const char* what) {
  if (!text || text->size() <= kMaxTitleBytes) return;
  throw Error(ErrorCode::kInvalidArgument,
              std::string(what) + " has at most " + std::to_string(kMaxTitleBytes) + " bytes");
}

}  // namespace

Profile read_profile(sql::ConnectionPool& metadata, std::int64_t account) {
  const auto reader = metadata.reader();
  Profile profile;
  {
    sql::Statement row = reader->query(
        "SELECT a.id, a.name, a.is_admin, a.kind, a.display_name, a.email, a.language, "
        "a.totp_confirmed, a.password_hash, a.created_at, "
        "(SELECT count(*) FROM recovery_codes c WHERE c.account_id = a.id) "
        "FROM accounts a WHERE a.id = $1",
        account);
    if (!row.step()) throw Error(ErrorCode::kNotFound, "the account is gone");
    profile.account = {row.integer(0), row.text(1), row.boolean(2),
                       parse_account_kind(row.text(3))};
    profile.display_name = row.text(4);
    profile.email = row.text(5);
    profile.language = row.text(6);
    profile.second_factor = row.boolean(7);
    profile.has_password = !row.text(8).empty();
    profile.created_at = from_unix_seconds(row.integer(9));
    profile.recovery_codes = row.integer(10);
  }
  sql::Statement rows = reader->query(
      "SELECT DISTINCT o.name FROM team_members m JOIN accounts t ON t.id = m.team_id "
      "JOIN accounts o ON o.id = t.parent_id WHERE m.account_id = $1 ORDER BY o.name",
      account);
  for (const sql::Statement& row : rows) profile.organisations.push_back(row.text(0));
  return profile;
}

void check_profile(const ProfileChange& change) {
  check_short(change.display_name, "a name");
  check_short(change.email, "an e-mail address");
  if (change.email && !change.email->empty() && change.email->find('@') == std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument, "\"" + *change.email + "\" is no e-mail address");
  }
  if (change.language && !change.language->empty() && *change.language != "en" &&
      *change.language != "es") {
    throw Error(ErrorCode::kInvalidArgument, "the language must be en, es or empty");
  }
}

void change_profile(sql::ConnectionPool& metadata, std::int64_t account,
                    const ProfileChange& change) {
  check_profile(change);
  metadata.writer()->execute(
      "UPDATE accounts SET display_name = coalesce($1, display_name), "
      "email = coalesce($2, email), language = coalesce($3, language) WHERE id = $4",
      change.display_name, change.email, change.language, account);
}

bool needs_setup(sql::ConnectionPool& metadata) {
  const auto reader = metadata.reader();
  sql::Statement row = reader->query("SELECT 1 FROM accounts WHERE kind = 'user' LIMIT 1");
  return !row.step();
}

}  // namespace estiba::registry
