// Tokens that stand in for a password on the command line: application tokens, encrypted passwords
// and those of robots.
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

enum class StoredTokenKind { kApplication, kEncryptedPassword, kRobot };
[[nodiscard]] std::string_view token_kind_name(StoredTokenKind kind);

struct StoredToken {
  std::int64_t id = 0;
  std::string kind;
  std::string title;
  TokenLimit limit;
  Timestamp created_at;
  std::optional<Timestamp> expires_at;
  std::optional<Timestamp> used_at;
  std::string used_from;
};

struct TokenRequest {
  StoredTokenKind kind = StoredTokenKind::kApplication;
  std::string title;
  TokenLimit limit{};
  std::optional<Timestamp> expires_at{};
};

// Whose a token is, and what it lets them do.
struct TokenHolder {
  std::int64_t token = 0;
  Principal principal;
};

// Thread-safe. Borrows the database.
class Tokens {
 public:
  explicit Tokens(sql::ConnectionPool& metadata) : metadata_(metadata) {}

  struct Made {
    StoredToken token;
    std::string secret;
  };
  // kInvalidArgument for patterns that no repository's name matches, or an end in the past.
  Made make(std::int64_t account, const TokenRequest& request);
  // After the id `after`, in the order of their ids.
  [[nodiscard]] std::vector<StoredToken> list(std::int64_t account, std::int64_t after,
                                              std::size_t count);
  // Of this account only; false when there is none. In force when this returns.
  [[nodiscard]] bool revoke(std::int64_t account, std::int64_t token);
  // Nothing for a secret that is unknown, expired or of a disabled account. Notes the use.
  [[nodiscard]] std::optional<TokenHolder> find(std::string_view secret,
                                                const std::string& address);
  // The same for one that was found before: it may have been revoked since.
  [[nodiscard]] std::optional<TokenHolder> find(std::int64_t token);

 private:
  void note_use(std::int64_t token, const std::string& address);

  sql::ConnectionPool& metadata_;
};

}  // namespace estiba::registry
