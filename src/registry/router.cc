#include "registry/router.h"

#include "registry/api_error.h"
#include "registry/endpoints.h"
#include "registry/events.h"
#include "registry/web/api_router.h"

namespace estiba::registry {
namespace {

// Says in Allow what the endpoint takes (RFC 9110, 15.5.6).
class MethodNotAllowed : public ApiError {
 public:
  explicit MethodNotAllowed(std::string methods)
      : ApiError(405, "UNSUPPORTED", "the endpoint takes " + methods),
        methods_(std::move(methods)) {}
  [[nodiscard]] const std::string& methods() const { return methods_; }

 private:
  std::string methods_;
};

http::Response dispatch(Call& call) {
  switch (call.route.endpoint) {
    case Endpoint::kBase:
      return answer_base(call);
    case Endpoint::kToken:
      return answer_token(call);
    case Endpoint::kCatalog:
      return answer_catalog(call);
    case Endpoint::kTags:
      return answer_tags(call);
    case Endpoint::kManifest:
      return answer_manifest(call);
    case Endpoint::kReferrers:
      return answer_referrers(call);
    case Endpoint::kBlob:
      return answer_blob(call);
    case Endpoint::kUploads:
      return answer_uploads(call);
    case Endpoint::kUpload:
      return answer_upload(call);
    case Endpoint::kV1Ping:
      return answer_v1_ping(call);
    case Endpoint::kV1Search:
      return answer_v1_search(call);
    case Endpoint::kMetrics:
      return answer_metrics(call);
    case Endpoint::kUnknown:
      break;
  }
  throw ApiError(404, "UNSUPPORTED", "there is no such endpoint");
}

http::Response refuse(const Services& services, const http::Request& request, const Error& error) {
  http::Response response = error_response(error);
  if (error.code() == ErrorCode::kUnauthenticated) {
    const auto* unauthorized = dynamic_cast<const Unauthorized*>(&error);
    response.headers.set("WWW-Authenticate",
                         services.authentication.challenge(
                             request, unauthorized != nullptr ? unauthorized->scope() : ""));
  }
  if (const auto* refused = dynamic_cast<const MethodNotAllowed*>(&error)) {
    response.headers.set("Allow", refused->methods());
  }
  return response;
}

void refuse_excess(const RateStanding& standing) {
  if (!standing.exceeded) return;
  throw ApiError(429, "TOOMANYREQUESTS",
                 "more than " + std::to_string(standing.limit) + " requests; try again in " +
                     std::to_string(standing.reset.count()) + " seconds");
}

}  // namespace

void refuse_method(const std::string& allowed_methods) {
  throw MethodNotAllowed(allowed_methods);
}

void require_read(const Call& call) {
  const std::string& method = call.request.method();
  if (method != "GET" && method != "HEAD") refuse_method("GET, HEAD");
}

// For administrators; a listener of their own is open to who reaches it.
http::Response answer_metrics(Call& call) {
  if (!call.identity.principal.account) throw Unauthorized("");
  if (!administers(call.identity.principal)) {
    throw ApiError(403, "DENIED", "metrics are for administrators");
  }
  return call.services.operations.metrics_page();
}

http::Response answer(Services& services, web::WebServices& web, http::Request& request) {
  const Metrics::Running running(services.metrics);
  // Small, in memory, and the same for everybody: not counted among what is limited.
  if (auto page = web::answer_page(web.pages, request)) return std::move(*page);
  const Logger& logger = web.logger;
  http::Response response;
  Call call{services, request, {}, {}};
  std::optional<RateStanding> standing = services.rate_limiter.count(request.peer_address());
  try {
    if (auto operations = services.operations.answer(request, false)) {
      response = std::move(*operations);
    } else {
      call.route = parse_route(request.target());
      if (standing) refuse_excess(*standing);
      if (auto page = web::answer_api(services, web, request)) {
        if (standing) add_rate_headers(*page, *standing);
        return std::move(*page);
      }
      // The token endpoint reads credentials itself: they may be in the body.
      if (call.route.endpoint != Endpoint::kToken) {
        call.identity = services.authentication.identify(request);
        const auto account = services.rate_limiter.count_account(call.identity.principal.name());
        if (account &&
            (!standing || account->remaining < standing->remaining || account->exceeded)) {
          standing = account;
        }
        if (standing) refuse_excess(*standing);
      }
      auto proxied = answer_proxied(call);
      response = proxied ? std::move(*proxied) : dispatch(call);
      tell_pull(call, response, logger);
    }
  } catch (const Error& error) {
    response = refuse(services, request, error);
    if (response.status >= 500) {
      logger.error(request.method() + " " + request.target().raw + ": " + error.what());
    }
  }
  if (standing) add_rate_headers(response, *standing);
  response.headers.set("Docker-Distribution-API-Version", "registry/2.0");
  response.principal = call.identity.principal.name();
  response.endpoint = endpoint_name(call.route.endpoint);
  return response;
}

}  // namespace estiba::registry
