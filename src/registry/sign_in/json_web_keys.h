// The public keys of an identity provider (RFC 7517), and what they have signed (RFC 7515).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace estiba::registry {

// Immutable, cheap to copy, thread-safe.
//
// The algorithm is the key's: RS256 for RSA of 2048 to 8192 bits, ES256 for P-256. A token only
// names one of these two, so that there is neither "none" nor a public key taken for a secret.
class JsonWebKeys {
 public:
  JsonWebKeys();  // none
  // A JWK set. Keys that are of another kind, for another use or damaged are left out; throws
  // kInvalidArgument for what is no set of keys.
  [[nodiscard]] static JsonWebKeys parse(std::string_view json);

  // The payload of a compact token that one of the keys has signed. Nothing otherwise, and for what
  // demands an understanding that we lack ("crit").
  [[nodiscard]] std::optional<std::string> verify(std::string_view token) const;
  [[nodiscard]] bool empty() const;

 private:
  struct Keys;
  std::shared_ptr<const Keys> keys_;
};

}  // namespace estiba::registry
