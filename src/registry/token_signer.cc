#include "registry/token_signer.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/text.h"
#include "registry/base64url.h"
#include "registry/limits.h"
#include "registry/sign_in/ecdsa_signature.h"

namespace estiba::registry {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kHeader = R"({"alg":"ES256","typ":"JWT"})";

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
// Without a type of this file: TokenSigner::Key, which others may see, holds one.
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorCode::kInternal, std::string("cannot ") + what);
}

KeyPtr read_key(const std::string& path) {
  const std::string pem = read_file(path, 16 * 1024);
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC ||
      EVP_PKEY_get_bits(key.get()) != 256) {
    throw Error(ErrorCode::kDataLoss, path + " is no P-256 private key",
                "remove it: a new one is made, and all tokens must be fetched anew");
  }
  return key;
}

KeyPtr make_key(const std::string& path) {
  KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!key || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr) != 1) {
    fail("make a key to sign tokens");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  write_file_atomically(path, std::string_view(data, static_cast<std::size_t>(size)), 0600);
  return key;
}

// SHA-256 of the public half in its DER form.
std::string fingerprint_of(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) fail("read the public key of tokens");
  Hasher hasher(HashAlgorithm::kSha256);
  hasher.update(
      std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return hasher.finish_hex();
}

std::string sign_bytes(EVP_PKEY* key, std::string_view text) {
  const DigestPtr context(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) != 1) {
    fail("sign a token");
  }
  std::string der(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size, data,
                     text.size()) != 1) {
    fail("sign a token");
  }
  der.resize(size);
  return ecdsa_der_to_raw(der);
}

bool verify_bytes(EVP_PKEY* key, std::string_view text, const std::string& raw) {
  const auto der = ecdsa_raw_to_der(raw);
  if (!der) return false;
  const DigestPtr context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(der->data()),
                          der->size(), reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
}

Json to_json(const TokenClaims& claims) {
  Json access = Json::array();
  for (const Scope& grant : claims.grants) {
    access.push_back({{"type", grant.type}, {"name", grant.name}, {"actions", grant.actions}});
  }
  return {{"iss", "estiba"},
          {"sub", claims.account},
          {"aud", claims.audience},
          {"use", claims.kind == TokenKind::kAccess ? "access" : "refresh"},
          {"iat", unix_seconds(claims.issued)},
          {"nbf", unix_seconds(claims.issued)},
          {"exp", unix_seconds(claims.expires)},
          {"jti", random_hex(16)},
          {"credential", claims.token},
          {"epoch", claims.epoch},
          {"access", access}};
}

TokenClaims from_json(const Json& json) {
  TokenClaims claims;
  claims.kind = json.at("use") == "access" ? TokenKind::kAccess : TokenKind::kRefresh;
  claims.account = json.at("sub").get<std::string>();
  claims.audience = json.at("aud").get<std::string>();
  claims.issued = from_unix_seconds(json.at("nbf").get<std::int64_t>());
  claims.expires = from_unix_seconds(json.at("exp").get<std::int64_t>());
  // Absent in those of an older version, which end within the hour or are of the first epoch.
  claims.token = json.value("credential", std::int64_t{0});
  claims.epoch = json.value("epoch", std::int64_t{0});
  for (const Json& grant : json.at("access")) {
    claims.grants.push_back({grant.at("type").get<std::string>(),
                             grant.at("name").get<std::string>(),
                             grant.at("actions").get<std::vector<std::string>>()});
  }
  return claims;
}

}  // namespace

struct TokenSigner::Key {
  KeyPtr key;
  std::string id;
};

TokenSigner::TokenSigner(const std::string& key_path) {
  KeyPtr key = path_exists(key_path) ? read_key(key_path) : make_key(key_path);
  std::string id = fingerprint_of(key.get());
  key_ = std::make_unique<Key>(Key{std::move(key), std::move(id)});
}

const std::string& TokenSigner::key_id() const {
  return key_->id;
}

TokenSigner::~TokenSigner() = default;

std::string TokenSigner::sign(const TokenClaims& claims) const {
  const std::string text =
      encode_base64url(kHeader) + "." + encode_base64url(to_json(claims).dump());
  return text + "." + encode_base64url(sign_bytes(key_->key.get(), text));
}

std::optional<TokenClaims> TokenSigner::verify(std::string_view token, TokenKind kind,
                                               std::string_view audience) const {
  if (token.size() > kMaxTokenBytes) return std::nullopt;
  const std::size_t last = token.rfind('.');
  const std::size_t first = token.find('.');
  if (last == std::string_view::npos || first == last) return std::nullopt;
  if (token.substr(0, first) != encode_base64url(kHeader)) return std::nullopt;
  const auto signature = decode_base64(token.substr(last + 1));
  const auto payload = decode_base64(token.substr(first + 1, last - first - 1));
  if (!signature || !payload) return std::nullopt;
  if (!verify_bytes(key_->key.get(), token.substr(0, last), *signature)) return std::nullopt;
  const TokenClaims claims = from_json(Json::parse(*payload));  // ours: we signed it
  const Timestamp time = now();
  const bool valid = claims.kind == kind && claims.audience == audience && time < claims.expires &&
                     time + kClockSkew >= claims.issued;
  return valid ? std::optional(claims) : std::nullopt;
}

}  // namespace estiba::registry
