#include "registry/sign_in/proof_key.h"

#include <openssl/sha.h>

#include <array>
#include <string_view>

#include "registry/base64url.h"

namespace estiba::registry {

std::string proof_key_challenge(const std::string& verifier) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size(), digest.data());
  return encode_base64url(
      std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace estiba::registry
