#include "registry/token_cache.h"

#include "base/hash.h"
#include "registry/limits.h"

namespace estiba::registry {

std::optional<TokenClaims> TokenCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = claims_.find(key);
  if (found == claims_.end()) return std::nullopt;
  if (found->second.expires <= now()) {
    claims_.erase(found);
    return std::nullopt;
  }
  return found->second;
}

std::optional<TokenClaims> TokenCache::verify(const TokenSigner& signer, std::string_view token,
                                              const std::string& audience) {
  Hasher hasher(HashAlgorithm::kSha256);
  hasher.update(audience);
  hasher.update(std::string_view("\n"));
  hasher.update(token);
  const std::string key = hasher.finish_hex();
  if (auto known = find(key)) return known;
  auto claims = signer.verify(token, TokenKind::kAccess, audience);
  if (claims) {
    const std::lock_guard lock(mutex_);
    // Beginning anew costs each of them one verification.
    if (claims_.size() >= kMaxCachedTokens) claims_.clear();
    claims_.insert_or_assign(key, *claims);
  }
  return claims;
}

}  // namespace estiba::registry
