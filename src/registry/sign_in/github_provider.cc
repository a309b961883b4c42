// OAuth with GitHub, or GitHub Enterprise: no ID tokens, its API says who somebody is.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "http/target.h"
#include "registry/sign_in/id_token.h"
#include "registry/sign_in/identity_provider.h"
#include "registry/sign_in/proof_key.h"
#include "registry/sign_in/provider_answer.h"
#include "registry/sign_in/provider_client.h"

namespace estiba::registry {
namespace {

class GitHubProvider : public IdentityProvider {
 public:
  GitHubProvider(const ProviderSettings& settings, const ServeOptions& options)
      : settings_(settings), client_(settings, options) {}

  std::string authorization_url(const Journey& journey) override {
    http::Query query;
    query.add("client_id", settings_.client_id);
    query.add("redirect_uri", journey.redirect_uri);
    query.add("scope", join(settings_.scopes, " "));
    query.add("state", journey.state);
    query.add("code_challenge", proof_key_challenge(journey.verifier));
    query.add("code_challenge_method", "S256");
    query.add("allow_signup", "false");
    return settings_.url + "/login/oauth/authorize?" + query.to_string();
  }

  ExternalPerson identify(const Journey& journey, const std::string& code,
                          const std::string& /*issuer*/) override {
    const std::string token = redeem(journey, code);
    const nlohmann::json user =
        parse_provider_answer(client_.get(settings_.api_url + "/user", token), "GitHub's user");
    // The number stays; a login can be given up and taken by somebody else.
    const auto id = user.find("id");
    if (id == user.end() || !id->is_number_unsigned()) {
      throw Error(ErrorCode::kUnauthenticated, "GitHub does not say who it is");
    }
    if (!settings_.organisations.empty()) check_organisations(token);
    return {settings_.url, std::to_string(id->get<std::uint64_t>()), text_claim(user, "login"),
            text_claim(user, "name"), primary_email(token)};
  }

 private:
  [[nodiscard]] std::string redeem(const Journey& journey, const std::string& code) const {
    http::Query form;
    form.add("client_id", settings_.client_id);
    form.add("client_secret", settings_.client_secret);
    form.add("code", code);
    form.add("redirect_uri", journey.redirect_uri);
    form.add("code_verifier", journey.verifier);
    const auto answer = client_.post(settings_.url + "/login/oauth/access_token", form, "");
    if (answer.status >= 500) {
      throw Error(ErrorCode::kUnavailable, "GitHub answers " + std::to_string(answer.status));
    }
    // Refusals are answered with 200, too.
    std::string token =
        text_claim(parse_provider_answer(answer.body, "GitHub's token"), "access_token");
    if (!token.empty()) return token;
    throw Error(ErrorCode::kUnauthenticated, "GitHub gives no token for the code");
  }

  [[nodiscard]] std::string primary_email(const std::string& token) const {
    const nlohmann::json emails = parse_provider_list(
        client_.get(settings_.api_url + "/user/emails", token), "GitHub's list of addresses");
    for (const auto& email : emails) {
      if (email.is_object() && email.value("primary", nlohmann::json()) == true &&
          email.value("verified", nlohmann::json()) == true) {
        return text_claim(email, "email");
      }
    }
    return {};
  }

  void check_organisations(const std::string& token) const {
    const nlohmann::json memberships =
        parse_provider_list(client_.get(settings_.api_url + "/user/orgs?per_page=100", token),
                            "GitHub's list of organisations");
    for (const auto& membership : memberships) {
      if (!membership.is_object()) continue;
      const std::string login = to_lower(text_claim(membership, "login"));
      for (const std::string& wanted : settings_.organisations) {
        if (login == to_lower(wanted)) return;
      }
    }
    throw Error(ErrorCode::kPermissionDenied,
                "who signs in must belong to " + join(settings_.organisations, " or "));
  }

  const ProviderSettings settings_;
  const ProviderClient client_;
};

}  // namespace

std::unique_ptr<IdentityProvider> make_github_provider(const ProviderSettings& settings,
                                                       const ServeOptions& options) {
  return std::make_unique<GitHubProvider>(settings, options);
}

}  // namespace estiba::registry
