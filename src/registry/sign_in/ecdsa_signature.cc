#include "registry/sign_in/ecdsa_signature.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include <array>
#include <memory>

#include "base/error.h"

namespace estiba::registry {
namespace {

constexpr std::size_t kCoordinateBytes = 32;
using EcdsaPtr = std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)>;

}  // namespace

std::string ecdsa_der_to_raw(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const EcdsaPtr signature(d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())),
                           &ECDSA_SIG_free);
  if (!signature) throw Error(ErrorCode::kInternal, "cannot read a signature");
  std::array<unsigned char, 2 * kCoordinateBytes> raw{};
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), kCoordinateBytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + kCoordinateBytes, kCoordinateBytes);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

std::optional<std::string> ecdsa_raw_to_der(const std::string& raw) {
  if (raw.size() != 2 * kCoordinateBytes) return std::nullopt;
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  const EcdsaPtr signature(ECDSA_SIG_new(), &ECDSA_SIG_free);
  BIGNUM* r = BN_bin2bn(bytes, kCoordinateBytes, nullptr);
  BIGNUM* s = BN_bin2bn(bytes + kCoordinateBytes, kCoordinateBytes, nullptr);
  if (!signature || ECDSA_SIG_set0(signature.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return std::nullopt;
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return std::nullopt;
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace estiba::registry
