#include "registry/web/session_cookie.h"

#include <openssl/crypto.h>

#include "base/text.h"
#include "registry/limits.h"
#include "registry/sessions.h"
#include "registry/web/problem.h"

namespace estiba::registry::web {
namespace {

constexpr std::string_view kCookie = "estiba_session";

constexpr std::string_view kDeviceCookie = "estiba_device";
constexpr std::string_view kSignInCookie = "estiba_sign_in";

struct Cookie {
  std::string_view name;
  std::string_view value;
  std::chrono::seconds lifetime;
};

std::string cookie_value(const http::Request& request, std::string_view name) {
  for (const std::string_view field : request.headers().all("cookie")) {
    for (const std::string& pair : split(field, ';')) {
      const std::string_view cookie = trim(pair);
      if (cookie.starts_with(name) && cookie.substr(name.size()).starts_with('=')) {
        return std::string(cookie.substr(name.size() + 1));
      }
    }
  }
  return {};
}

void set_cookie(const http::Request& request, bool secure, const Cookie& cookie,
                http::Response& response) {
  std::string field = std::string(cookie.name) + "=" + std::string(cookie.value) +
                      "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" +
                      (cookie.value.empty() ? "0" : std::to_string(cookie.lifetime.count()));
  if (request.encrypted() || secure) field += "; Secure";
  response.headers.add("Set-Cookie", std::move(field));
}

bool equal_secrets(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

[[noreturn]] void refuse_other_site() {
  throw Problem(403, "csrf", "the request comes from another site's page");
}

}  // namespace

std::string session_secret(const http::Request& request) {
  return cookie_value(request, kCookie);
}

void set_session_cookie(const http::Request& request, bool secure, std::string_view secret,
                        http::Response& response) {
  set_cookie(request, secure, {kCookie, secret, kSessionLifetime}, response);
}

std::string sign_in_secret(const http::Request& request) {
  return cookie_value(request, kSignInCookie);
}

void set_sign_in_cookie(const http::Request& request, bool secure, std::string_view secret,
                        http::Response& response) {
  set_cookie(request, secure, {kSignInCookie, secret, kSignInLifetime}, response);
}

std::string device_secret(const http::Request& request) {
  return cookie_value(request, kDeviceCookie);
}

void set_device_cookie(const http::Request& request, bool secure, std::string_view secret,
                       http::Response& response) {
  set_cookie(request, secure, {kDeviceCookie, secret, kDeviceLifetime}, response);
}

void check_csrf(const http::Request& request, const std::string& secret) {
  if (equal_secrets(request.headers().get("x-csrf-token"), csrf_token(secret))) return;
  throw Problem(403, "csrf", "the request lacks the session's X-CSRF-Token");
}

void check_same_site(const http::Request& request) {
  const std::string_view site = request.headers().get("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") refuse_other_site();
  const std::string_view origin = request.headers().get("origin");
  if (origin.empty()) return;
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos ||
      to_lower(origin.substr(scheme + 3)) != to_lower(request.headers().get("host"))) {
    refuse_other_site();
  }
}

}  // namespace estiba::registry::web
