#include "registry/authentication.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/text.h"
#include "registry/api_error.h"
#include "registry/base64url.h"
#include "registry/secret.h"

namespace estiba::registry {
namespace {

constexpr std::string_view kBasic = "basic ";
constexpr std::string_view kBearer = "bearer ";

// The value after the scheme, when the header begins with it in any case.
std::optional<std::string_view> after_scheme(std::string_view header, std::string_view scheme) {
  if (header.size() < scheme.size()) return std::nullopt;
  if (to_lower(header.substr(0, scheme.size())) != scheme) return std::nullopt;
  return trim(header.substr(scheme.size()));
}

// No registry can be called so, thus no other token has it.
constexpr const char* kDeviceAudience = " known browser";

[[noreturn]] void refuse_for_a_while() {
  throw ApiError(429, "TOOMANYREQUESTS", "too many wrong passwords; wait a minute");
}

[[noreturn]] void refuse() {
  throw Error(ErrorCode::kUnauthenticated, "authentication required");
}

// A Host that could break out of the challenge's quotes is nobody's.
bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' ||
           c == ']';
  });
}

std::string without_scheme(const std::string& url) {
  return url.substr(url.find("://") + 3);
}

}  // namespace

std::optional<BasicCredentials> read_basic(const http::Request& request) {
  const auto encoded = after_scheme(request.headers().get("authorization"), kBasic);
  if (!encoded) return std::nullopt;
  const auto decoded = decode_base64(*encoded);
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) refuse();
  return BasicCredentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

std::string peer_host(const http::Request& request) {
  const std::string& peer = request.peer_address();
  if (!peer.starts_with('[')) return peer.substr(0, peer.rfind(':'));
  const std::string host = peer.substr(1, peer.find(']') - 1);
  std::size_t end = 0;  // of the first four groups
  for (int groups = 0; groups < 4 && end < host.size(); ++groups) {
    end = std::min(host.find(':', end + 1), host.size());
  }
  return host.substr(0, end);
}

Authentication::Authentication(Accounts& accounts, Tokens& tokens, const TokenSigner& signer,
                               std::string public_url)
    : accounts_(accounts),
      stored_tokens_(tokens),
      signer_(signer),
      public_url_(std::move(public_url)),
      audience_(public_url_.empty() ? signer.key_id() : without_scheme(public_url_)) {}

Identity Authentication::identify(const http::Request& request) {
  Identity identity;
  const std::string_view header = request.headers().get("authorization");
  if (header.empty()) return identity;
  identity.presented = true;
  const auto accept = [&](const Proof& proof) {
    identity.principal = proof.principal;
    identity.token = proof.token;
    identity.epoch = proof.epoch;
    identity.credential = proof.token == 0 ? "password" : "token:" + std::to_string(proof.token);
  };
  if (const auto basic = read_basic(request)) {
    accept(check_password(*basic, request));
    return identity;
  }
  const auto token = after_scheme(header, kBearer);
  if (!token) refuse();
  if (token->starts_with(kTokenPrefix)) {
    accept(check_token(*token, request));
    return identity;
  }
  const auto claims = tokens_.verify(signer_, *token, audience_);
  if (!claims) refuse();
  identity.grants = claims->grants;
  if (!claims->account.empty()) {
    const auto proof = recheck(*claims);
    if (!proof) refuse();  // removed, disabled or revoked since
    accept(*proof);
  }
  return identity;
}

std::optional<Principal> Authentication::renew(const Identity& identity) {
  if (!identity.principal.account) return Principal{};
  TokenClaims claims;
  claims.account = identity.principal.name();
  claims.token = identity.token;
  claims.epoch = identity.epoch;
  const auto proof = recheck(claims);
  if (!proof) return std::nullopt;
  return proof->principal;
}

std::optional<Proof> Authentication::recheck(const TokenClaims& claims) {
  if (claims.token != 0) {
    const auto holder = stored_tokens_.find(claims.token);
    if (!holder || holder->principal.name() != claims.account) return std::nullopt;
    return Proof{holder->principal, claims.token, 0};
  }
  const auto login = accounts_.login(claims.account);
  if (!login || login->epoch != claims.epoch) return std::nullopt;
  return Proof{Principal{login->account}, 0, login->epoch};
}

void Authentication::refuse_guessing(const std::string& name, const http::Request& request) {
  const std::string host = peer_host(request);
  if (!failures_.blocked(name + "@" + host) && !address_failures_.blocked(host)) return;
  refuse_for_a_while();
}

void Authentication::note_failure(const std::string& name, const http::Request& request) {
  const std::string host = peer_host(request);
  failures_.failed(name + "@" + host);
  address_failures_.failed(host);
}

// Not counted: nobody guesses 256 bits, and a machine with an old token must not keep others at its
// address out.
Proof Authentication::check_token(std::string_view secret, const http::Request& request) {
  const auto holder = stored_tokens_.find(secret, peer_host(request));
  if (!holder) throw Error(ErrorCode::kUnauthenticated, "the token is not valid");
  return {holder->principal, holder->token, 0};
}

void Authentication::refuse_code_guessing(const std::string& name, const http::Request& request) {
  const bool blocked = code_failures_.blocked(name + "@" + peer_host(request)) ||
                       account_code_failures_.blocked(name);
  if (blocked) throw ApiError(429, "TOOMANYREQUESTS", "too many wrong codes; wait a while");
}

void Authentication::note_wrong_code(const std::string& name, const http::Request& request) {
  code_failures_.failed(name + "@" + peer_host(request));
  account_code_failures_.failed(name);
}

std::string Authentication::device_token(const std::string& name) const {
  TokenClaims claims;
  claims.kind = TokenKind::kRefresh;
  claims.account = name;
  claims.audience = kDeviceAudience;
  claims.issued = now();
  claims.expires = claims.issued + kDeviceLifetime;
  return signer_.sign(claims);
}

bool Authentication::knows_device(const std::string& name, const std::string& device) const {
  if (device.empty()) return false;
  const auto claims = signer_.verify(device, TokenKind::kRefresh, kDeviceAudience);
  return claims && claims->account == name;
}

Login Authentication::check_page_password(const BasicCredentials& credentials,
                                          const http::Request& request) {
  const bool known = knows_device(credentials.name, credentials.device);
  const std::string device = known ? hash_secret(credentials.device) : std::string();
  if (known && device_failures_.blocked(device)) refuse_for_a_while();
  if (!known) refuse_guessing(credentials.name, request);
  const auto login = accounts_.verify(credentials.name, credentials.password);
  if (!login) {
    if (known) {
      device_failures_.failed(device);
    } else {
      note_failure(credentials.name, request);
    }
    throw Error(ErrorCode::kUnauthenticated, "incorrect username or password");
  }
  failures_.succeeded(credentials.name + "@" + peer_host(request));
  return *login;
}

Proof Authentication::check_password(const BasicCredentials& credentials,
                                     const http::Request& request) {
  if (credentials.password.starts_with(kTokenPrefix)) {
    const Proof proof = check_token(credentials.password, request);
    if (proof.principal.name() == credentials.name) return proof;
    throw Error(ErrorCode::kUnauthenticated, "incorrect username or password");
  }
  const Login login = check_page_password(credentials, request);
  if (login.second_factor) {
    throw Error(ErrorCode::kUnauthenticated,
                "the account has a second factor: log in with an encrypted password or a token "
                "from its settings");
  }
  return {Principal{login.account}, 0, login.epoch};
}

std::string Authentication::base_url(const http::Request& request) const {
  if (!public_url_.empty()) return public_url_;
  const std::string_view host = request.headers().get("host");
  return (request.encrypted() ? "https://" : "http://") +
         std::string(is_host(host) ? host : "localhost");
}

std::string Authentication::challenge(const http::Request& request,
                                      const std::string& scope) const {
  const std::string url = base_url(request);
  std::string text =
      "Bearer realm=\"" + url + "/v2/token\",service=\"" + without_scheme(url) + "\"";
  if (!scope.empty()) text += ",scope=\"" + scope + "\"";
  return text;
}

}  // namespace estiba::registry
