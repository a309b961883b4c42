#include "registry/call.h"

#include <algorithm>
#include <charconv>

#include "http/conditional.h"
#include "oci/reference.h"
#include "registry/api_error.h"
#include "registry/limits.h"

namespace estiba::registry {

bool Call::may(Action action, const RepositoryView& repository) const {
  if (!allowed(identity.principal, action, repository)) return false;
  return !identity.grants || grants(*identity.grants, repository.name, action) ||
         // What anybody may do needs no grant.
         allowed(Principal{}, action, repository);
}

RepositoryView Call::authorize(Action action) {
  RepositoryView repository = authorize_name(action);
  if (repository.exists() || action == Action::kPush) return repository;
  throw ApiError(404, "NAME_UNKNOWN", "repository name not known to registry");
}

void Call::ensure_exists(RepositoryView& repository) {
  if (repository.exists()) return;
  if (!services.rules.create_on_push(account().id)) {
    throw ApiError(404, "NAME_UNKNOWN",
                   "the repository does not exist, and a push does not make it");
  }
  services.repositories.ensure(repository.name, identity.principal, Visibility::kPrivate);
  repository = services.repositories.view(repository.name, identity.principal);
}

RepositoryView Call::authorize_name(Action action) {
  if (!is_valid_repository_path(route.repository)) {
    throw ApiError(400, "NAME_INVALID", "invalid repository name: " + route.repository);
  }
  RepositoryView repository = services.repositories.view(route.repository, identity.principal);
  if (may(action, repository)) return repository;
  const std::string scope =
      "repository:" + route.repository + ":" +
      (action == Action::kPush ? "pull,push" : std::string(action_name(action)));
  // Nobody, or a token for something else: other credentials may help.
  const bool token_short = identity.grants && allowed(identity.principal, action, repository);
  if (!identity.principal.account || token_short) throw Unauthorized(scope);
  throw ApiError(403, "DENIED", "requested access to the resource is denied");
}

Digest parse_digest(std::string_view text) {
  const auto digest = Digest::try_parse(text);
  if (!digest) throw ApiError(400, "DIGEST_INVALID", "invalid digest: " + std::string(text));
  return *digest;
}

std::size_t page_size(const http::Request& request, std::size_t default_size) {
  const std::string_view text = request.query().get("n");
  if (text.empty()) return default_size;
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw ApiError(400, "PAGINATION_NUMBER_INVALID", "n must be a number");
  }
  return std::min(count, kMaxPageSize);
}

void add_next_link(http::Response& response, const std::string& path, const std::string& last,
                   std::size_t count) {
  http::Query query;
  query.add("n", std::to_string(count));
  query.add("last", last);
  const char* separator = path.find('?') == std::string::npos ? "?" : "&";
  response.headers.set("Link", "<" + path + separator + query.to_string() + ">; rel=\"next\"");
}

bool answered_by_condition(const http::Request& request, http::Response& response) {
  switch (http::check_conditions(request, response.headers.get("ETag"))) {
    case http::Condition::kProceed:
      return false;
    case http::Condition::kNotModified:
      response.status = 304;
      return true;
    case http::Condition::kFailed:
      response = ApiError(412, "PRECONDITION_FAILED", "there is another content now").response();
      return true;
  }
  return false;
}

void add_warning(http::Response& response, const std::string& text) {
  response.headers.add("Warning", "299 - \"" + text + "\"");
}

}  // namespace estiba::registry
