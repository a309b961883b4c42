// One request on its way through the registry.
#pragma once

#include <memory>
#include <string>

#include "http/request.h"
#include "http/response.h"
#include "registry/authentication.h"
#include "registry/blobs.h"
#include "registry/layer_listings.h"
#include "registry/live_events.h"
#include "registry/manifests.h"
#include "registry/metrics.h"
#include "registry/operations.h"
#include "registry/proxies.h"
#include "registry/pull_counter.h"
#include "registry/quotas.h"
#include "registry/rate_limiter.h"
#include "registry/repositories.h"
#include "registry/repository_rules.h"
#include "registry/route.h"
#include "registry/search.h"
#include "registry/tags.h"
#include "registry/uploads.h"
#include "registry/webhooks.h"

namespace estiba::registry {

// The parts that endpoints work with; borrowed, each thread-safe.
struct Services {
  sql::ConnectionPool& metadata;
  Authentication& authentication;
  Repositories& repositories;
  Blobs& blobs;
  Manifests& manifests;
  Tags& tags;
  Uploads& uploads;
  Search& search;
  PullCounter& pulls;
  RepositoryRules& rules;
  Metrics& metrics;
  RateLimiter& rate_limiter;
  Operations& operations;
  Webhooks& webhooks;
  LiveEvents& live;
  Quotas& quotas;
  Proxies& proxies;
  LayerListings& listings;
};

struct Call {
  Services& services;
  http::Request& request;
  Route route;
  Identity identity;

  // The repository of the route, when `allowed` and the token let the caller do this to it. Throws
  // the refusal: 401 for nobody, 403 otherwise; 404 for what the caller may see, but is not there.
  [[nodiscard]] RepositoryView authorize(Action action);
  // The same, but what is not there is no refusal: lists of it are empty, a push makes it.
  [[nodiscard]] RepositoryView authorize_name(Action action);
  // Makes the repository that is pushed to, private until its owner says otherwise.
  void ensure_exists(RepositoryView& repository);
  // The same for any repository, as an answer.
  [[nodiscard]] bool may(Action action, const RepositoryView& repository) const;
  // The account behind the call; only after authorize() of what nobody may do.
  [[nodiscard]] const Account& account() const { return *identity.principal.account; }
};

// Thrown for what needs other credentials; the router adds the challenge.
class Unauthorized : public Error {
 public:
  explicit Unauthorized(std::string scope)
      : Error(ErrorCode::kUnauthenticated, "authentication required"), scope_(std::move(scope)) {}
  [[nodiscard]] const std::string& scope() const { return scope_; }

 private:
  std::string scope_;
};

// The digest in a route or query; throws DIGEST_INVALID.
[[nodiscard]] Digest parse_digest(std::string_view text);
// The "n" of a paginated list, up to its maximum; throws PAGINATION_NUMBER_INVALID.
[[nodiscard]] std::size_t page_size(const http::Request& request, std::size_t default_size);
// Adds the Link to the next page.
void add_next_link(http::Response& response, const std::string& path, const std::string& last,
                   std::size_t count);
// Whether the request's conditions make the answer a 304 or 412, which `response`, complete but for
// its body, then is.
[[nodiscard]] bool answered_by_condition(const http::Request& request, http::Response& response);
// A Warning that clients show to their users (distribution specification, "Warnings").
void add_warning(http::Response& response, const std::string& text);

}  // namespace estiba::registry
