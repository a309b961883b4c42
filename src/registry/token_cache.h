// Tokens whose signature was verified lately. A client sends the same one with every request of a
// push, and a verification costs a tenth of a millisecond of a core.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "registry/token_signer.h"

namespace estiba::registry {

// Thread-safe. Keeps hashes, not the tokens themselves; at most kMaxCachedTokens.
class TokenCache {
 public:
  // The claims of the access token, verified by `signer` unless that was done before.
  [[nodiscard]] std::optional<TokenClaims> verify(const TokenSigner& signer, std::string_view token,
                                                  const std::string& audience);

 private:
  [[nodiscard]] std::optional<TokenClaims> find(const std::string& key);

  std::mutex mutex_;
  std::unordered_map<std::string, TokenClaims> claims_;
};

}  // namespace estiba::registry
