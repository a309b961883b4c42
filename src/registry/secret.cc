#include "registry/secret.h"

#include <sys/random.h>

#include "base/error.h"
#include "base/hash.h"
#include "registry/base64url.h"

namespace estiba::registry {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (::getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count)) {
    throw_errno("get random bytes");
  }
  return bytes;
}

std::string make_secret(std::string_view prefix) {
  return std::string(prefix) + encode_base64url(random_bytes(32));
}

std::string hash_secret(std::string_view secret) {
  Hasher hasher(HashAlgorithm::kSha256);
  hasher.update(secret);
  return hasher.finish_hex();
}

}  // namespace estiba::registry
