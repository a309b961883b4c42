#include "client/authorizer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "client/base64.h"
#include "client/limits.h"
#include "client/registry_error.h"
#include "http/target.h"
#include "http/url.h"
#include "oci/json_document.h"

namespace estiba::client {
namespace {

constexpr std::string_view kClientId = "estiba";

std::string scope_text(std::string_view path, std::string_view actions) {
  return fmt::format("repository:{}:{}", path, actions);
}

std::string basic_header(const Credential& credential) {
  return "Basic " + base64_encode(credential.username + ":" + credential.password);
}

// Bearer before Basic: a registry that offers both prefers that passwords travel less.
std::optional<http::AuthChallenge> choose_challenge(const http::Headers& response) {
  const std::vector<http::AuthChallenge> challenges = http::parse_challenges(response);
  for (std::string_view scheme : {"bearer", "basic"}) {
    for (const http::AuthChallenge& challenge : challenges) {
      const bool usable = scheme != "bearer" || challenge.find("realm").has_value();
      if (challenge.scheme == scheme && usable) return challenge;
    }
  }
  return std::nullopt;
}

// A registry may not send our password, or a token that is worth one, through the open.
void check_realm(const std::string& realm, const std::string& origin) {
  const http::Url url = http::Url::parse(realm);
  if (url.scheme == "https" || origin.starts_with("http://") || is_loopback(url.host)) return;
  throw Error(
      ErrorCode::kUnavailable,
      fmt::format("{} wants authentication at {}, which is not encrypted", origin, url.origin()),
      "the registry should name an https:// address for its token server");
}

}  // namespace

std::string pull_scope(std::string_view path) {
  return scope_text(path, "pull");
}
std::string push_scope(std::string_view path) {
  return scope_text(path, "pull,push");
}
std::string delete_scope(std::string_view path) {
  return scope_text(path, "delete");
}

Authorizer::Authorizer(http::Client& http, const Endpoint& endpoint,
                       std::optional<Credential> credential)
    : http_(http), tls_(endpoint.tls), credential_(std::move(credential)) {}

std::string Authorizer::parameter(std::string_view name) const {
  return std::string(challenge_->find(name).value_or(std::string_view()));
}

std::optional<std::string> Authorizer::header(const Scopes& scopes, const std::string& origin,
                                              std::stop_token stop) {
  const std::scoped_lock lock(mutex_);
  if (!challenge_) return std::nullopt;
  if (challenge_->scheme == "basic") {
    if (!credential_ || credential_->password.empty()) return std::nullopt;
    return basic_header(*credential_);
  }
  const auto found = tokens_.find(scopes);
  if (found != tokens_.end() &&
      found->second.expires > std::chrono::steady_clock::now() + kTokenMargin) {
    return "Bearer " + found->second.value;
  }
  Token token = fetch_token(scopes, origin, stop);
  std::string value = "Bearer " + token.value;
  tokens_.insert_or_assign(scopes, std::move(token));
  return value;
}

bool Authorizer::challenged(const http::Headers& response, const Scopes& scopes,
                            const std::optional<std::string>& used) {
  std::optional<http::AuthChallenge> challenge = choose_challenge(response);
  const std::scoped_lock lock(mutex_);
  if (!challenge) return false;
  challenge_ = std::move(challenge);
  if (challenge_->scheme == "basic") return !used && credential_ && !credential_->password.empty();
  // Another thread may have replaced the refused token already.
  if (const auto found = tokens_.find(scopes);
      found != tokens_.end() && used == "Bearer " + found->second.value) {
    tokens_.erase(found);
  }
  const std::string wanted = parameter("scope");
  if (!wanted.empty() && !scopes.contains(wanted)) extra_scopes_[scopes] = wanted;
  return true;
}

std::optional<std::string> Authorizer::identity_token() {
  const std::scoped_lock lock(mutex_);
  return identity_token_;
}

http::ClientRequest Authorizer::get_request(const std::string& realm, const Scopes& scopes) {
  http::Url url = http::Url::parse(realm);
  if (const std::string service = parameter("service"); !service.empty()) {
    url = url.with_parameter("service", service);
  }
  for (const std::string& scope : scopes) url = url.with_parameter("scope", scope);
  http::ClientRequest request;
  if (credential_ && !credential_->password.empty()) {
    url = url.with_parameter("account", credential_->username);
    request.headers.add("Authorization", basic_header(*credential_));
    if (wants_identity_token_) {
      url = url.with_parameter("client_id", kClientId).with_parameter("offline_token", "true");
    }
  }
  request.url = url.to_string();
  return request;
}

http::ClientRequest Authorizer::post_request(const std::string& realm, const Scopes& scopes) {
  http::Query form;
  form.add("grant_type", "refresh_token");
  form.add("refresh_token", credential_->identity_token);
  form.add("service", parameter("service"));
  form.add("client_id", std::string(kClientId));
  if (!scopes.empty()) form.add("scope", join({scopes.begin(), scopes.end()}, " "));
  http::ClientRequest request;
  request.method = "POST";
  request.url = realm;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.body = form.to_string();
  return request;
}

Authorizer::Token Authorizer::fetch_token(const Scopes& scopes, const std::string& origin,
                                          std::stop_token stop) {
  const std::string realm = parameter("realm");
  check_realm(realm, origin);
  Scopes wanted = scopes;
  if (const auto extra = extra_scopes_.find(scopes); extra != extra_scopes_.end()) {
    wanted.insert(extra->second);
  }
  const bool has_identity_token = credential_ && !credential_->identity_token.empty();
  http::ClientRequest request =
      has_identity_token ? post_request(realm, wanted) : get_request(realm, wanted);
  request.allow_plain_http = realm.starts_with("http://");
  request.tls = tls_;
  http::Exchange exchange = http_.open(request, stop);
  if (exchange.status() != 200) {
    RegistryError error = read_failure(exchange, "the request for a token");
    error.add_context(fmt::format("asking {} for a token", http::Url::parse(realm).origin()));
    throw error;
  }
  return read_token(read_all(exchange.body(), kMaxTokenResponseBytes, "token response"));
}

Authorizer::Token Authorizer::read_token(const std::string& body) {
  constexpr std::string_view kWhat = "token response";
  const nlohmann::json json = parse_json(body, kMaxTokenResponseBytes, kWhat);
  const JsonField document(json, std::string(kWhat));
  Token token;
  token.value = document["token"].string();
  if (token.value.empty()) token.value = document["access_token"].string();
  if (token.value.empty()) document.fail("has neither token nor access_token");
  http::check_field("Authorization", token.value);
  const std::chrono::seconds promised(document["expires_in"].integer().value_or(0));
  token.expires =
      std::chrono::steady_clock::now() + std::clamp(promised, kMinTokenLifetime, kMaxTokenLifetime);
  if (const std::string refresh = document["refresh_token"].string(); !refresh.empty()) {
    identity_token_ = refresh;
  }
  return token;
}

}  // namespace estiba::client
