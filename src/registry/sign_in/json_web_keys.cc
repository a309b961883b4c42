#include "registry/sign_in/json_web_keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "oci/json_document.h"
#include "registry/base64url.h"
#include "registry/limits.h"
#include "registry/sign_in/ecdsa_signature.h"

namespace estiba::registry {

struct VerifyingKey {
  std::string id;  // may be empty
  std::string algorithm;
  std::shared_ptr<EVP_PKEY> key;
};

namespace {

constexpr std::size_t kPointCoordinateBytes = 32;  // P-256
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr std::size_t kMaxExponentBytes = 4;

using PublicKeyPtr = std::shared_ptr<EVP_PKEY>;

// Nothing when the member is absent, no text or no Base64.
std::string binary_member(const nlohmann::json& key, const char* name) {
  const auto found = key.find(name);
  if (found == key.end() || !found->is_string()) return {};
  return decode_base64(found->get_ref<const std::string&>()).value_or("");
}

std::string text_member(const nlohmann::json& key, const char* name) {
  const auto found = key.find(name);
  return found != key.end() && found->is_string() ? found->get<std::string>() : std::string();
}

PublicKeyPtr key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> params(
      OSSL_PARAM_BLD_to_param(builder), &OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return {key, &EVP_PKEY_free};
}

using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using NumberPtr = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

NumberPtr number_of(const std::string& bytes) {
  return {BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()), nullptr),
          &BN_free};
}

PublicKeyPtr rsa_key(const nlohmann::json& jwk) {
  const std::string modulus = binary_member(jwk, "n");
  const std::string exponent = binary_member(jwk, "e");
  // A long exponent would make every check slow.
  if (modulus.size() > kMaxRsaBits / 8 || exponent.empty() || exponent.size() > kMaxExponentBytes) {
    return nullptr;
  }
  const NumberPtr n = number_of(modulus);
  const NumberPtr e = number_of(exponent);
  if (BN_num_bits(n.get()) < kMinRsaBits) return nullptr;
  const BuilderPtr builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return key_from("RSA", builder.get());
}

// OpenSSL refuses points that are not on the curve.
PublicKeyPtr p256_key(const nlohmann::json& jwk) {
  const std::string x = binary_member(jwk, "x");
  const std::string y = binary_member(jwk, "y");
  if (text_member(jwk, "crv") != "P-256" || x.size() != kPointCoordinateBytes ||
      y.size() != kPointCoordinateBytes) {
    return nullptr;
  }
  const std::string point = "\x04" + x + y;
  const BuilderPtr builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  return key_from("EC", builder.get());
}

std::optional<VerifyingKey> read_verifying_key(const nlohmann::json& jwk) {
  if (!jwk.is_object()) return std::nullopt;
  const std::string use = text_member(jwk, "use");
  if (!use.empty() && use != "sig") return std::nullopt;
  VerifyingKey key;
  key.id = text_member(jwk, "kid");
  const std::string type = text_member(jwk, "kty");
  if (type == "RSA") {
    key.algorithm = "RS256";
    key.key = rsa_key(jwk);
  } else if (type == "EC") {
    key.algorithm = "ES256";
    key.key = p256_key(jwk);
  }
  const std::string algorithm = text_member(jwk, "alg");
  if (!key.key || (!algorithm.empty() && algorithm != key.algorithm)) return std::nullopt;
  return key;
}

bool has_signed(const VerifyingKey& key, std::string_view text, std::string signature) {
  if (key.algorithm == "ES256") {
    auto der = ecdsa_raw_to_der(signature);
    if (!der) return false;
    signature = std::move(*der);
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  const auto bytes = [](std::string_view data) {
    return reinterpret_cast<const unsigned char*>(data.data());
  };
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text),
                          text.size()) == 1;
}

struct TokenHeader {
  std::string algorithm;
  std::string key_id;
};

std::optional<TokenHeader> read_token_header(std::string_view encoded) {
  const auto text = decode_base64(encoded);
  if (!text) return std::nullopt;
  try {
    const nlohmann::json header = parse_json(*text, kMaxTokenBytes, "a token's header");
    if (!header.is_object() || header.contains("crit")) return std::nullopt;
    return TokenHeader{text_member(header, "alg"), text_member(header, "kid")};
  } catch (const Error&) {
    return std::nullopt;  // no token
  }
}

}  // namespace

struct JsonWebKeys::Keys {
  std::vector<VerifyingKey> keys;
};

JsonWebKeys::JsonWebKeys() : keys_(std::make_shared<Keys>()) {}

bool JsonWebKeys::empty() const {
  return keys_->keys.empty();
}

JsonWebKeys JsonWebKeys::parse(std::string_view json) {
  const nlohmann::json document = parse_json(json, kMaxProviderAnswerBytes, "the provider's keys");
  const auto found = document.is_object() ? document.find("keys") : document.end();
  if (found == document.end() || !found->is_array()) {
    throw Error(ErrorCode::kInvalidArgument, "the provider's keys are no JSON Web Key Set");
  }
  auto keys = std::make_shared<Keys>();
  for (const nlohmann::json& jwk : *found) {
    if (keys->keys.size() == kMaxProviderKeys) break;
    if (auto key = read_verifying_key(jwk)) keys->keys.push_back(std::move(*key));
  }
  JsonWebKeys set;
  set.keys_ = std::move(keys);
  return set;
}

std::optional<std::string> JsonWebKeys::verify(std::string_view token) const {
  if (token.size() > kMaxTokenBytes || std::count(token.begin(), token.end(), '.') != 2) {
    return std::nullopt;
  }
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  const auto header = read_token_header(token.substr(0, first));
  const auto signature = decode_base64(token.substr(last + 1));
  if (!header || !signature) return std::nullopt;
  for (const VerifyingKey& key : keys_->keys) {
    if (key.algorithm != header->algorithm) continue;
    if (!header->key_id.empty() && key.id != header->key_id) continue;
    if (has_signed(key, token.substr(0, last), *signature)) {
      return decode_base64(token.substr(first + 1, last - first - 1));
    }
  }
  return std::nullopt;
}

}  // namespace estiba::registry
