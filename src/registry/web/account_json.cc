#include "registry/web/account_json.h"

#include "oci/json_document.h"
#include "registry/base64url.h"

namespace estiba::registry::web {
namespace {

Json login_commands(const std::string& registry, const std::string& username,
                    const std::string& secret) {
  const auto command = [&](const std::string& program) {
    return program + " login -u '" + username + "' -p '" + secret + "' " + registry;
  };
  const Json auths = {{"auths", {{registry, {{"auth", encode_base64(username + ":" + secret)}}}}}};
  const Json pull_secret = {{"apiVersion", "v1"},
                            {"kind", "Secret"},
                            {"metadata", {{"name", "estiba-pull-secret"}}},
                            {"type", "kubernetes.io/dockerconfigjson"},
                            {"data", {{".dockerconfigjson", encode_base64(dump_json(auths))}}}};
  return {{"docker", command("docker")},
          {"podman", command("podman")},
          {"estiba", command("estiba")},
          {"config_json", auths.dump(2)},
          {"kubernetes", pull_secret.dump(2)}};
}

}  // namespace

std::string registry_name(const ApiCall& call) {
  const std::string url = call.services.authentication.base_url(call.request);
  return url.substr(url.find("://") + 3);
}

Json account_json(const Profile& profile) {
  return {{"name", profile.account.name},
          {"display_name", profile.display_name},
          {"email", profile.email},
          {"language", profile.language},
          {"is_admin", profile.account.is_admin},
          {"second_factor", profile.second_factor},
          {"recovery_codes_left", profile.recovery_codes},
          {"has_password", profile.has_password},
          {"created_at", time_json(profile.created_at)},
          {"organisations", profile.organisations}};
}

Json token_json(const StoredToken& token) {
  return {{"id", token.id},
          {"kind", token.kind},
          {"title", token.title},
          {"role", std::string(role_name(token.limit.most))},
          {"repositories", token.limit.repositories},
          {"created_at", time_json(token.created_at)},
          {"expires_at", time_json(token.expires_at)},
          {"used_at", time_json(token.used_at)},
          {"used_from", token.used_from.empty() ? Json(nullptr) : Json(token.used_from)}};
}

Json new_token_json(const ApiCall& call, const std::string& username, const Tokens::Made& made) {
  const std::string registry = registry_name(call);
  return {{"token", token_json(made.token)},
          {"username", username},
          {"secret", made.secret},
          {"commands", login_commands(registry, username, made.secret)}};
}

TokenRequest read_token_request(Body& body, StoredTokenKind kind) {
  TokenRequest request;
  request.kind = kind;
  request.title = body.text("title");
  request.limit.most = body.optional_role("role").value_or(Role::kAdmin);
  request.limit.repositories =
      body.optional_texts("repositories").value_or(std::vector<std::string>());
  request.expires_at = body.optional_time("expires_at");
  body.done();
  return request;
}

http::Response answer_tokens(ApiCall& call, std::int64_t account) {
  const PageRequest page = read_page(call);
  const auto tokens = call.web.tokens.list(account, page.number(), page.limit + 1);
  return answer_json(page_of(tokens, page, token_json,
                             [](const StoredToken& token) { return std::to_string(token.id); }));
}

}  // namespace estiba::registry::web
