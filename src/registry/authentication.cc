#include "registry/authentication.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/text.h"
#include "registry/api_error.h"
#include "registry/base64url.h"

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

Authentication::Authentication(Accounts& accounts, const TokenSigner& signer,
                               std::string public_url)
    : accounts_(accounts),
      signer_(signer),
      public_url_(std::move(public_url)),
      audience_(public_url_.empty() ? signer.key_id() : without_scheme(public_url_)) {}

Identity Authentication::identify(const http::Request& request) {
  Identity identity;
  const std::string_view header = request.headers().get("authorization");
  if (header.empty()) return identity;
  identity.presented = true;
  if (const auto basic = read_basic(request)) {
    identity.principal.account = check_password(*basic, request);
    return identity;
  }
  const auto token = after_scheme(header, kBearer);
  if (!token) refuse();
  const auto claims = tokens_.verify(signer_, *token, audience_);
  if (!claims) refuse();
  identity.grants = claims->grants;
  if (!claims->account.empty()) {
    identity.principal.account = accounts_.find(claims->account);
    if (!identity.principal.account) refuse();  // removed since
  }
  return identity;
}

Account Authentication::check_password(const BasicCredentials& credentials,
                                       const http::Request& request) {
  const std::string& peer = request.peer_address();
  const std::string who = credentials.name + "@" + peer.substr(0, peer.rfind(':'));
  if (failures_.blocked(who)) {
    throw ApiError(429, "TOOMANYREQUESTS", "too many wrong passwords; wait a minute");
  }
  const auto account = accounts_.verify(credentials.name, credentials.password);
  if (!account) {
    failures_.failed(who);
    throw Error(ErrorCode::kUnauthenticated, "incorrect username or password");
  }
  failures_.succeeded(who);
  return *account;
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
