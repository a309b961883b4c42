#include "registry/password.h"

#include <argon2.h>
#include <sys/random.h>

#include <array>

#include "base/error.h"
#include "base/text.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

// OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
constexpr unsigned kMemoryKib = 19 * 1024;
constexpr unsigned kPasses = 2;
constexpr unsigned kLanes = 1;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;

}  // namespace

std::string hash_password(std::string_view password) {
  if (password.empty() || password.size() > kMaxPasswordBytes) {
    throw Error(ErrorCode::kInvalidArgument,
                "a password has 1 to " + std::to_string(kMaxPasswordBytes) + " bytes");
  }
  std::array<unsigned char, kSaltBytes> salt;
  if (::getrandom(salt.data(), salt.size(), 0) != static_cast<ssize_t>(salt.size())) {
    throw_errno("get random bytes");
  }
  std::string encoded(
      ::argon2_encodedlen(kPasses, kMemoryKib, kLanes, kSaltBytes, kHashBytes, Argon2_id), '\0');
  const int result =
      ::argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(), password.size(),
                              salt.data(), salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (result != ARGON2_OK) {
    throw Error(ErrorCode::kInternal,
                std::string("cannot hash a password: ") + ::argon2_error_message(result));
  }
  encoded.resize(encoded.find('\0'));
  return encoded;
}

bool verify_password(std::string_view password, const std::string& hash) {
  if (password.size() > kMaxPasswordBytes) return false;
  return ::argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK;
}

const std::string& unmatchable_hash() {
  static const std::string hash = hash_password(random_hex(32));
  return hash;
}

}  // namespace estiba::registry
