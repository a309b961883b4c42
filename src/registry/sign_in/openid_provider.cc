// OpenID Connect: discovery, the authorization code flow with PKCE, and ID tokens.
#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "http/target.h"
#include "http/url.h"
#include "registry/base64url.h"
#include "registry/limits.h"
#include "registry/sign_in/id_token.h"
#include "registry/sign_in/identity_provider.h"
#include "registry/sign_in/json_web_keys.h"
#include "registry/sign_in/proof_key.h"
#include "registry/sign_in/provider_answer.h"
#include "registry/sign_in/provider_client.h"

namespace estiba::registry {
namespace {

struct Discovery {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string userinfo_endpoint;  // may be empty
  std::string jwks_uri;
  bool secret_in_form = false;  // the token endpoint takes no Basic credentials
};

// RFC 6749, 2.3.1: both are encoded as in a form.
std::string client_authorization(const ProviderSettings& settings) {
  return "Basic " + encode_base64(http::percent_encode(settings.client_id) + ":" +
                                  http::percent_encode(settings.client_secret));
}

class OpenIdProvider : public IdentityProvider {
 public:
  OpenIdProvider(const ProviderSettings& settings, const ServeOptions& options)
      : settings_(settings), client_(settings, options) {}

  std::string authorization_url(const Journey& journey) override {
    const Discovery discovery = discover();
    http::Url url = http::Url::parse(discovery.authorization_endpoint);
    http::Query query = http::Query::parse(url.query);
    query.add("response_type", "code");
    query.add("client_id", settings_.client_id);
    query.add("redirect_uri", journey.redirect_uri);
    query.add("scope", join(settings_.scopes, " "));
    query.add("state", journey.state);
    query.add("nonce", journey.nonce);
    query.add("code_challenge", proof_key_challenge(journey.verifier));
    query.add("code_challenge_method", "S256");
    url.query = query.to_string();
    return url.to_string();
  }

  ExternalPerson identify(const Journey& journey, const std::string& code,
                          const std::string& issuer) override {
    if (!issuer.empty() && issuer != settings_.url) {
      throw Error(ErrorCode::kUnauthenticated, "the answer comes from another issuer");
    }
    const Discovery discovery = discover();
    const nlohmann::json tokens = redeem(discovery, journey, code);
    const std::string payload = verified_payload(discovery, text_claim(tokens, "id_token"));
    nlohmann::json claims =
        check_id_token(payload, {settings_.url, settings_.client_id, journey.nonce});
    add_user_information(discovery, text_claim(tokens, "access_token"), claims);
    std::string username = text_claim(claims, "preferred_username");
    if (username.empty()) username = text_claim(claims, "nickname");
    const std::string email = verified_email(claims);
    if (username.empty()) username = email;
    return {settings_.url, text_claim(claims, "sub"), username, text_claim(claims, "name"), email};
  }

 private:
  // The document of the provider, asked anew from time to time; not under the lock, so that a
  // stalled answer keeps nobody else waiting.
  Discovery discover() {
    {
      const std::lock_guard lock(mutex_);
      if (discovery_ && now() < discovered_at_ + kProviderMemory) return *discovery_;
    }
    Discovery found = read_discovery();
    const std::lock_guard lock(mutex_);
    discovered_at_ = now();
    discovery_ = found;
    return found;
  }

  [[nodiscard]] Discovery read_discovery() const {
    std::string base = settings_.url;
    while (base.ends_with('/')) base.pop_back();
    const nlohmann::json document = parse_provider_answer(
        client_.get(base + "/.well-known/openid-configuration", ""), "the provider's document");
    if (text_claim(document, "issuer") != settings_.url) {
      throw Error(ErrorCode::kUnavailable, "the provider's document names another issuer");
    }
    Discovery found;
    found.authorization_endpoint = text_claim(document, "authorization_endpoint");
    found.token_endpoint = text_claim(document, "token_endpoint");
    found.userinfo_endpoint = text_claim(document, "userinfo_endpoint");
    found.jwks_uri = text_claim(document, "jwks_uri");
    for (const std::string* url :
         {&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri}) {
      client_.check_url(*url);
    }
    const auto methods = document.find("token_endpoint_auth_methods_supported");
    found.secret_in_form =
        methods != document.end() && methods->is_array() &&
        std::find(methods->begin(), methods->end(), "client_secret_basic") == methods->end();
    return found;
  }

  nlohmann::json redeem(const Discovery& discovery, const Journey& journey,
                        const std::string& code) const {
    http::Query form;
    form.add("grant_type", "authorization_code");
    form.add("code", code);
    form.add("redirect_uri", journey.redirect_uri);
    form.add("code_verifier", journey.verifier);
    const bool in_form = discovery.secret_in_form || settings_.client_secret.empty();
    if (in_form) form.add("client_id", settings_.client_id);
    if (in_form && !settings_.client_secret.empty()) {
      form.add("client_secret", settings_.client_secret);
    }
    const auto answer = client_.post(discovery.token_endpoint, form,
                                     in_form ? "" : client_authorization(settings_));
    if (answer.status >= 500) {
      throw Error(ErrorCode::kUnavailable,
                  "the provider's token endpoint answers " + std::to_string(answer.status));
    }
    if (answer.status != 200) {
      throw Error(ErrorCode::kUnauthenticated,
                  "the provider gives no token for the code: " + std::to_string(answer.status));
    }
    return parse_provider_answer(answer.body, "the provider's answer to the code");
  }

  // Keys are asked for again when none of those that we know has signed: it may be a new one.
  std::string verified_payload(const Discovery& discovery, const std::string& token) {
    {
      const std::lock_guard lock(mutex_);
      if (auto payload = keys_.verify(token)) return *payload;
    }
    const std::string document = client_.get(discovery.jwks_uri, "");
    JsonWebKeys fresh;
    try {
      fresh = JsonWebKeys::parse(document);
    } catch (const Error& error) {
      throw Error(ErrorCode::kUnavailable, error.message());
    }
    const auto payload = fresh.verify(token);
    const std::lock_guard lock(mutex_);
    keys_ = fresh;
    if (payload) return *payload;
    throw Error(ErrorCode::kUnauthenticated, "no key of the provider has signed its token");
  }

  // Providers that put little into the token tell the rest when asked.
  void add_user_information(const Discovery& discovery, const std::string& access_token,
                            nlohmann::json& claims) const {
    const bool enough = claims.contains("preferred_username") && claims.contains("email");
    if (enough || access_token.empty() || discovery.userinfo_endpoint.empty()) return;
    const nlohmann::json more = parse_provider_answer(
        client_.get(discovery.userinfo_endpoint, access_token), "what the provider tells");
    if (text_claim(more, "sub") != text_claim(claims, "sub")) {
      throw Error(ErrorCode::kUnauthenticated, "the provider tells of somebody else");
    }
    if (!claims.contains("email") && more.contains("email")) {
      claims["email"] = more["email"];
      claims["email_verified"] = more.value("email_verified", nlohmann::json(false));
    }
    for (const char* name : {"preferred_username", "nickname", "name"}) {
      if (!claims.contains(name) && more.contains(name)) claims[name] = more[name];
    }
  }

  const ProviderSettings settings_;
  const ProviderClient client_;
  std::mutex mutex_;
  std::optional<Discovery> discovery_;
  Timestamp discovered_at_{};
  JsonWebKeys keys_;
};

}  // namespace

std::unique_ptr<IdentityProvider> make_openid_provider(const ProviderSettings& settings,
                                                       const ServeOptions& options) {
  return std::make_unique<OpenIdProvider>(settings, options);
}

}  // namespace estiba::registry
