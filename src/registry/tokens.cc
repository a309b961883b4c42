#include "registry/tokens.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "registry/accounts.h"
#include "registry/limits.h"
#include "registry/secret.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::string_view kHolderColumns =
    "SELECT t.id, t.role, t.repositories, t.used_at, t.used_from, a.id, a.name, a.is_admin, a.kind "
    "FROM tokens t JOIN accounts a ON a.id = t.account_id "
    "WHERE a.disabled = 0 AND (t.expires_at IS NULL OR t.expires_at > $1) AND ";

std::vector<std::string> read_patterns(const std::string& text) {
  return text.empty() ? std::vector<std::string>() : split(text, '\n');
}

TokenHolder read_holder(const sql::Statement& row) {
  TokenHolder holder;
  holder.token = row.integer(0);
  holder.principal.account =
      Account{row.integer(5), row.text(6), row.boolean(7), parse_account_kind(row.text(8))};
  holder.principal.limit =
      TokenLimit{parse_role(row.text(1)).value_or(Role::kRead), read_patterns(row.text(2))};
  return holder;
}

std::optional<Timestamp> optional_time(const std::optional<std::int64_t>& seconds) {
  if (!seconds) return std::nullopt;
  return from_unix_seconds(*seconds);
}

StoredToken read_token(const sql::Statement& row) {
  return {row.integer(0),
          row.text(1),
          row.text(2),
          {parse_role(row.text(3)).value_or(Role::kRead), read_patterns(row.text(4))},
          from_unix_seconds(row.integer(5)),
          optional_time(row.optional_integer(6)),
          optional_time(row.optional_integer(7)),
          row.optional_text(8).value_or("")};
}

constexpr std::string_view kTokenColumns =
    "SELECT id, kind, title, role, repositories, created_at, expires_at, used_at, used_from "
    "FROM tokens ";

void check_repository_pattern(const std::string& pattern) {
  const bool valid = !pattern.empty() && pattern.size() <= kMaxTokenPatternBytes &&
                     std::all_of(pattern.begin(), pattern.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                              std::string_view("._-/*?").find(c) != std::string_view::npos;
                     });
  if (valid) return;
  throw Error(ErrorCode::kInvalidArgument, "\"" + pattern + "\" is no pattern of repositories",
              "write names, '*' for any text and '?' for one character");
}

void check_request(const TokenRequest& request) {
  if (request.title.empty() || request.title.size() > kMaxTitleBytes) {
    throw Error(ErrorCode::kInvalidArgument,
                "a token needs a title of at most " + std::to_string(kMaxTitleBytes) + " bytes");
  }
  if (request.limit.repositories.size() > kMaxTokenPatterns) {
    throw Error(ErrorCode::kInvalidArgument,
                "a token has at most " + std::to_string(kMaxTokenPatterns) + " patterns");
  }
  for (const std::string& pattern : request.limit.repositories) check_repository_pattern(pattern);
  if (request.expires_at && *request.expires_at <= now()) {
    throw Error(ErrorCode::kInvalidArgument, "the token would have expired already");
  }
}

}  // namespace

std::string_view token_kind_name(StoredTokenKind kind) {
  switch (kind) {
    case StoredTokenKind::kApplication:
      return "application";
    case StoredTokenKind::kEncryptedPassword:
      return "encrypted-password";
    case StoredTokenKind::kRobot:
      break;
  }
  return "robot";
}

Tokens::Made Tokens::make(std::int64_t account, const TokenRequest& request) {
  check_request(request);
  Made made;
  made.secret = make_secret(kTokenPrefix);
  std::optional<std::int64_t> expires;
  if (request.expires_at) expires = unix_seconds(*request.expires_at);
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  {
    sql::Statement counted =
        writer->query("SELECT count(*) FROM tokens WHERE account_id = $1", account);
    if (counted.step() && counted.integer(0) >= kMaxTokensOfAccount) {
      throw Error(ErrorCode::kConflict, "the account has too many tokens; revoke some");
    }
  }
  writer->execute(
      "INSERT INTO tokens (account_id, kind, title, secret_hash, role, repositories, created_at, "
      "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      account, token_kind_name(request.kind), request.title, hash_secret(made.secret),
      role_name(request.limit.most), join(request.limit.repositories, "\n"), unix_seconds(now()),
      expires);
  {
    sql::Statement row = writer->query(std::string(kTokenColumns) + "WHERE secret_hash = $1",
                                       hash_secret(made.secret));
    if (row.step()) made.token = read_token(row);
  }
  transaction.commit();
  return made;
}

std::vector<StoredToken> Tokens::list(std::int64_t account, std::int64_t after, std::size_t count) {
  const auto reader = metadata_.reader();
  sql::Statement rows = reader->query(
      std::string(kTokenColumns) + "WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3",
      account, after, count);
  std::vector<StoredToken> tokens;
  for (const sql::Statement& row : rows) tokens.push_back(read_token(row));
  return tokens;
}

bool Tokens::revoke(std::int64_t account, std::int64_t token) {
  return metadata_.writer()->execute("DELETE FROM tokens WHERE id = $1 AND account_id = $2", token,
                                     account) > 0;
}

std::optional<TokenHolder> Tokens::find(std::string_view secret, const std::string& address) {
  std::optional<TokenHolder> holder;
  bool note = false;
  {
    const auto reader = metadata_.reader();
    sql::Statement row = reader->query(std::string(kHolderColumns) + "t.secret_hash = $2",
                                       unix_seconds(now()), hash_secret(secret));
    if (!row.step()) return std::nullopt;
    holder = read_holder(row);
    const auto used_at = row.optional_integer(3);
    note = !used_at || unix_seconds(now()) - *used_at >= kUseInterval.count() ||
           row.optional_text(4) != address;
  }
  if (note) note_use(holder->token, address);
  return holder;
}

std::optional<TokenHolder> Tokens::find(std::int64_t token) {
  const auto reader = metadata_.reader();
  sql::Statement row =
      reader->query(std::string(kHolderColumns) + "t.id = $2", unix_seconds(now()), token);
  if (!row.step()) return std::nullopt;
  return read_holder(row);
}

void Tokens::note_use(std::int64_t token, const std::string& address) {
  metadata_.writer()->execute("UPDATE tokens SET used_at = $1, used_from = $2 WHERE id = $3",
                              unix_seconds(now()), address, token);
}

}  // namespace estiba::registry
