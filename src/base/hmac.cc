#include "base/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/error.h"
#include "base/text.h"

namespace estiba {

std::string hmac_sha256_hex(std::string_view key, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(), code.data(),
             &size) == nullptr) {
    throw Error(ErrorCode::kInternal, "cannot compute a keyed hash");
  }
  return to_hex({reinterpret_cast<const char*>(code.data()), size});
}

}  // namespace estiba
