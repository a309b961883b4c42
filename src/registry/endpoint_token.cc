// The token endpoint: GET as docker's token specification has it, POST as OAuth2.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "registry/api_error.h"
#include "registry/endpoints.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

using Json = nlohmann::ordered_json;

struct AskedToken {
  std::string scopes;  // separated by spaces
  bool wants_refresh_token = false;
  Proof proof;                // of nobody, unless credentials came along
  std::string refresh_token;  // given, to be given back
};

// Of each scope the actions that the account may do; an empty grant is a grant of nothing.
std::vector<Scope> grant(Call& call, const Principal& principal, const std::string& scopes) {
  std::vector<Scope> granted;
  for (Scope& scope : parse_scopes(scopes)) {
    if (scope.type != "repository") continue;
    const RepositoryView repository = call.services.repositories.view(scope.name, principal);
    std::vector<std::string> actions;
    for (const Action action : {Action::kPull, Action::kPush, Action::kDelete}) {
      const bool asked =
          std::find(scope.actions.begin(), scope.actions.end(), action_name(action)) !=
              scope.actions.end() ||
          std::find(scope.actions.begin(), scope.actions.end(), "*") != scope.actions.end();
      if (asked && allowed(principal, action, repository))
        actions.emplace_back(action_name(action));
    }
    scope.actions = std::move(actions);
    granted.push_back(std::move(scope));
  }
  return granted;
}

std::string all_scopes(const http::Query& parameters) {
  std::string scopes;
  for (const std::string_view scope : parameters.all("scope")) scopes += std::string(scope) + " ";
  return scopes;
}

AskedToken read_get(Call& call) {
  AskedToken request;
  const http::Query& query = call.request.query();
  request.scopes = all_scopes(query);
  request.wants_refresh_token = query.get("offline_token") == "true";
  if (const auto basic = read_basic(call.request)) {
    request.proof = call.services.authentication.check_password(*basic, call.request);
  }
  return request;
}

AskedToken read_post(Call& call) {
  if (call.request.content_length().value_or(0) > kMaxTokenRequestBytes) {
    throw ApiError(413, "SIZE_INVALID", "the token request is too large");
  }
  const http::Query form = http::Query::parse(call.request.read_body(kMaxTokenRequestBytes));
  Authentication& authentication = call.services.authentication;
  AskedToken request;
  request.scopes = all_scopes(form);
  request.wants_refresh_token = form.get("access_type") == "offline";
  const std::string_view kind = form.get("grant_type");
  if (kind == "password") {
    request.proof = authentication.check_password(
        {std::string(form.get("username")), std::string(form.get("password"))}, call.request);
  } else if (kind == "refresh_token") {
    const auto claims = authentication.signer().verify(
        form.get("refresh_token"), TokenKind::kRefresh, authentication.audience());
    const auto proof = claims ? authentication.recheck(*claims) : std::nullopt;
    if (!proof) {
      throw Error(ErrorCode::kUnauthenticated, "the refresh token is not valid");
    }
    request.proof = *proof;
    request.refresh_token = form.get("refresh_token");
  } else {
    throw ApiError(400, "UNSUPPORTED", "grant_type must be password or refresh_token");
  }
  return request;
}

}  // namespace

http::Response answer_token(Call& call) {
  const std::string& method = call.request.method();
  if (method != "GET" && method != "POST") refuse_method("GET, POST");
  const AskedToken asked = method == "GET" ? read_get(call) : read_post(call);
  const Authentication& authentication = call.services.authentication;

  TokenClaims claims;
  claims.account = asked.proof.principal.name();
  claims.token = asked.proof.token;
  claims.epoch = asked.proof.epoch;
  claims.audience = authentication.audience();
  claims.grants = grant(call, asked.proof.principal, asked.scopes);
  claims.issued = now();
  claims.expires = claims.issued + kAccessTokenLifetime;
  const std::string token = authentication.signer().sign(claims);
  Json body = {{"token", token},
               {"access_token", token},
               {"expires_in", kAccessTokenLifetime.count()},
               {"issued_at", format_rfc3339(from_unix_seconds(unix_seconds(claims.issued)))}};
  if (!asked.refresh_token.empty()) {
    body["refresh_token"] = asked.refresh_token;
  } else if (asked.wants_refresh_token && asked.proof.principal.account) {
    claims.kind = TokenKind::kRefresh;
    claims.grants.clear();
    claims.expires = claims.issued + kRefreshTokenLifetime;
    body["refresh_token"] = authentication.signer().sign(claims);
  }
  http::Response response = json_response(200, body.dump());
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace estiba::registry
