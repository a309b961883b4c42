#include "registry/web/api_router.h"

#include <algorithm>

#include "base/text.h"
#include "registry/web/api.h"
#include "registry/web/session_cookie.h"

namespace estiba::registry::web {
namespace {

struct CompiledRoute {
  ApiRoute route;
  std::vector<std::string> segments;
};

const std::vector<CompiledRoute>& compiled_routes() {
  static const std::vector<CompiledRoute> routes = [] {
    std::vector<CompiledRoute> compiled;
    for (const ApiRoute& route : all_routes()) {
      compiled.push_back({route, split(route.path.substr(1), '/')});
    }
    return compiled;
  }();
  return routes;
}

using PathParts = std::map<std::string, std::string>;

std::optional<PathParts> match(const std::vector<std::string>& pattern,
                               std::span<const std::string> segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  PathParts parts;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].starts_with('{')) {
      parts[pattern[i].substr(1, pattern[i].size() - 2)] = segments[i];
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return parts;
}

bool is_read(const http::Request& request) {
  return request.method() == "GET" || request.method() == "HEAD";
}

// The route of the request, its parts put into the call. Literal segments come before parameters in
// the tables, so the first that matches is meant.
const ApiRoute& find_route(ApiCall& call) {
  const std::vector<std::string>& all = call.request.target().segments;
  const std::span<const std::string> segments = std::span(all).subspan(2);
  const std::string method = is_read(call.request) ? "GET" : call.request.method();
  bool path_known = false;
  for (const CompiledRoute& candidate : compiled_routes()) {
    auto parts = match(candidate.segments, segments);
    if (!parts) continue;
    path_known = true;
    if (candidate.route.method != method) continue;
    call.path = std::move(*parts);
    return candidate.route;
  }
  if (path_known) throw Problem(405, "method-not-allowed", "the path does not take " + method);
  throw Problem(404, "not-found", "the API has no such path");
}

void identify(ApiCall& call) {
  if (call.request.headers().contains("Authorization")) {
    call.identity = call.services.authentication.identify(call.request);
    // Registry tokens are for images: their scopes mean nothing here.
    if (call.identity.grants) {
      throw Problem(401, "unauthenticated", "use an application token, not one for images");
    }
    return;
  }
  const std::string secret = session_secret(call.request);
  call.session = call.web.sessions.find(secret, peer_host(call.request));
  if (!call.session) return;
  call.identity.principal.account = call.session->account;
  call.identity.credential = "session";
  if (!is_read(call.request)) check_csrf(call.request, secret);
}

void check_audience(const ApiCall& call, Audience audience) {
  const bool known = call.principal().account.has_value();
  if (audience == Audience::kAnybody || audience == Audience::kOptional) return;
  if (!known || (audience == Audience::kSession && !call.session)) {
    throw Problem(401, "unauthenticated", "sign in first");
  }
  if (audience == Audience::kAdministrator && !administers(call.principal())) refuse_unseen();
}

std::string audit_target(const ApiCall& call) {
  if (!call.target.empty()) return call.target;
  std::vector<std::string> parts;
  for (const char* name : {"repository", "namespace", "organisation", "username", "tag", "team",
                           "account", "grantee", "robot", "rule", "id"}) {
    if (const auto part = call.path.find(name); part != call.path.end()) {
      parts.push_back(part->second);
    }
  }
  return join(parts, " ");
}

void write_audit(const ApiCall& call, std::string_view operation, const http::Response& response) {
  AuditEntry entry;
  entry.actor = call.actor.empty() ? call.principal().name() : call.actor;
  entry.credential = call.identity.credential;
  entry.address = peer_host(call.request);
  entry.action = operation;
  entry.target = audit_target(call);
  entry.status = call.audit_status.value_or(response.status);
  entry.outcome = audit_outcome(entry.status);
  entry.detail = call.detail;
  entry.request_id = call.request.request_id();
  call.web.audit.write(entry);
}

http::Response refuse_api(const ApiCall& call, const Error& error) {
  const Problem problem = to_problem(error);
  if (problem.status() >= 500) {
    call.web.logger.error(call.request.method() + " " + call.request.target().raw + ": " +
                          error.what());
  }
  return problem.response();
}

http::Response answer_route(ApiCall& call, const ApiRoute& route) {
  if (!is_read(call.request)) check_same_site(call.request);
  if (route.audience != Audience::kAnybody) identify(call);
  check_audience(call, route.audience);
  http::Response response = route.handler(call);
  if (is_read(call.request) && response.headers.contains("ETag")) {
    (void)answered_by_condition(call.request, response);
    if (response.status == 304) response.body = std::string();
  }
  return response;
}

}  // namespace

std::optional<http::Response> answer_api(Services& services, WebServices& web,
                                         http::Request& request) {
  const std::vector<std::string>& segments = request.target().segments;
  if (segments.size() < 2 || segments[0] != "api" || segments[1] != "v1") return std::nullopt;
  ApiCall call{services, web, request};
  const ApiRoute* route = nullptr;
  http::Response response;
  try {
    route = &find_route(call);
    response = answer_route(call, *route);
  } catch (const Error& error) {
    response = refuse_api(call, error);
  }
  // Answers depend on who asks, and are never to be taken for a page.
  if (!response.headers.contains("Cache-Control")) {
    response.headers.set("Cache-Control", "no-cache, private");
  }
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.principal = call.principal().name();
  response.endpoint = route == nullptr ? "api" : route->operation;
  if (route != nullptr && (!is_read(request) || call.audit_status)) {
    try {
      write_audit(call, route->operation, response);
    } catch (const Error& error) {
      web.logger.error(std::string("the audit could not be written: ") + error.what());
    }
  }
  return response;
}

std::vector<ApiRoute> all_routes() {
  std::vector<ApiRoute> routes;
  for (const auto& table :
       {about_routes(), session_routes(), account_routes(), repository_routes(), tag_routes(),
        image_routes(), file_routes(), compare_routes(), trash_routes(), settings_routes(),
        webhook_routes(), organisation_routes(), grant_routes(), robot_routes(), audit_routes(),
        event_routes(), user_routes(), operation_routes(), invitation_routes(), external_routes()}) {
    routes.insert(routes.end(), table.begin(), table.end());
  }
  return routes;
}

}  // namespace estiba::registry::web
