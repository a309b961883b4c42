#include "client/registry_session.h"

#include <fmt/format.h>

#include "base/error.h"
#include "client/limits.h"
#include "client/registry_error.h"

namespace estiba::client {
namespace {

constexpr const char* kApiVersionHeader = "Docker-Distribution-Api-Version";

// Lets the connection be used again.
void drain(http::Exchange& exchange) {
  try {
    (void)read_all(exchange.body(), kMaxErrorBodyBytes, "the answer");
  } catch (const Error& error) {
    // Only the connection is lost: the next request opens another.
    if (error.code() == ErrorCode::kCancelled) throw;
  }
}

}  // namespace

RegistrySession::RegistrySession(http::Client& http, Endpoint endpoint,
                                 std::optional<Credential> credential)
    : http_(http),
      endpoint_(std::move(endpoint)),
      authorizer_(http, endpoint_, std::move(credential)) {}

http::ClientRequest RegistrySession::prepare(const RegistryRequest& request, const http::Url& url) {
  http::ClientRequest prepared;
  prepared.method = request.method;
  prepared.url = url.to_string();
  prepared.headers = request.headers;
  prepared.body = request.body;
  prepared.source = request.source;
  prepared.source_size_bytes = request.source_size_bytes;
  prepared.allow_plain_http = endpoint_.allow_plain_http && url.scheme == "http";
  prepared.tls = endpoint_.tls;
  return prepared;
}

void RegistrySession::probe(const std::string& origin, std::stop_token stop) {
  const RegistryRequest ping{.target = "/v2/"};
  http::Exchange exchange = http_.open(prepare(ping, http::Url::parse(origin + "/v2/")), stop);
  const int status = exchange.status();
  const bool speaks_api = !exchange.header(kApiVersionHeader).empty();
  if (status == 401) {
    (void)authorizer_.challenged(exchange.headers(), {}, std::nullopt);
  } else if (status == 404 && !speaks_api) {
    throw RegistryError(status, {}, fmt::format("{} is not a registry: it knows no /v2/", origin));
  } else if (status != 200 && !speaks_api) {
    throw read_failure(exchange, "GET /v2/");
  }
  drain(exchange);
}

std::string RegistrySession::discover(std::stop_token stop) {
  std::exception_ptr failure;
  for (const std::string& origin : endpoint_.origins) {
    try {
      probe(origin, stop);
      return origin;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCancelled) throw;
      // What https said is worth more than that nothing was reached by http either; but an answer
      // is worth most, unless it is the 400 of an https server that was spoken to in http.
      const auto* answer = dynamic_cast<const RegistryError*>(&error);
      if (!failure || (answer != nullptr && answer->status() != 400)) {
        failure = std::current_exception();
      }
    }
  }
  std::rethrow_exception(failure);
}

std::string RegistrySession::origin(std::stop_token stop) {
  const std::scoped_lock lock(mutex_);
  if (origin_.empty()) origin_ = discover(stop);
  return origin_;
}

http::Exchange RegistrySession::send(const RegistryRequest& request, std::stop_token stop) {
  const std::string origin = this->origin(stop);
  const http::Url base = http::Url::parse(origin);
  const http::Url url = base.resolve(request.target);
  // An upload may go to another host (a Location of an object store), which must not see who we
  // are.
  const bool authorised = url.same_origin(base);
  for (bool first_try = true;; first_try = false) {
    std::optional<std::string> authorization;
    if (authorised) authorization = authorizer_.header(request.scopes, origin, stop);
    http::ClientRequest prepared = prepare(request, url);
    if (authorization) prepared.headers.set("Authorization", *authorization);
    http::Exchange exchange = http_.open(prepared, stop);
    // A challenge of whom a redirect led to is none of ours.
    const bool is_challenged = exchange.status() == 401 && authorised &&
                               http::Url::parse(exchange.url()).same_origin(base);
    if (!is_challenged) return exchange;
    const bool may_help = authorizer_.challenged(exchange.headers(), request.scopes, authorization);
    if (!may_help || !first_try || request.source != nullptr) return exchange;
    drain(exchange);
  }
}

}  // namespace estiba::client
