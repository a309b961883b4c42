// Signed tokens (RFC 7519, ES256): what the token endpoint hands out and the other routes accept.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "registry/scope.h"

namespace estiba::registry {

enum class TokenKind { kAccess, kRefresh };

struct TokenClaims {
  TokenKind kind = TokenKind::kAccess;
  std::string account;  // empty: nobody
  // What it was given for: a stored token's id, or a password (0) of this epoch. Looked at again
  // whenever it is used, so that revoking those revokes this.
  std::int64_t token = 0;
  std::int64_t epoch = 0;
  std::string audience;       // the registry that it is for
  std::vector<Scope> grants;  // of an access token
  Timestamp issued;
  Timestamp expires;
};

// Immutable after construction; thread-safe. The algorithm is ours alone: what a token says of it
// is compared, never obeyed.
class TokenSigner {
 public:
  // The key is read from `key_path` (PEM, P-256), or made there with mode 0600.
  explicit TokenSigner(const std::string& key_path);
  ~TokenSigner();

  // Names the key, and is the same for all who share it.
  [[nodiscard]] const std::string& key_id() const;
  [[nodiscard]] std::string sign(const TokenClaims& claims) const;
  // Nothing for a token that is malformed, not ours, expired or not yet valid.
  [[nodiscard]] std::optional<TokenClaims> verify(std::string_view token, TokenKind kind,
                                                  std::string_view audience) const;

 private:
  struct Key;
  std::unique_ptr<Key> key_;
};

}  // namespace estiba::registry
