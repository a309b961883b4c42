#include "client/login.h"

#include <fmt/format.h>

#include "base/error.h"
#include "client/registry_error.h"
#include "client/registry_session.h"

namespace estiba::client {
namespace {

Credential verify(const std::string& registry, const Credential& credential,
                  const Settings& settings, std::stop_token stop) {
  http::Client http(settings.http);
  RegistrySession session(http, registry_endpoint(registry, settings), credential);
  session.authorizer().request_identity_token();
  http::Exchange exchange = session.send({.target = "/v2/"}, stop);
  if (exchange.status() != 200) throw read_failure(exchange, "GET /v2/");
  const std::optional<std::string> identity_token = session.authorizer().identity_token();
  if (!identity_token) return credential;
  return {.username = credential.username, .identity_token = *identity_token};
}

}  // namespace

Credential login(const std::string& registry, const Credential& credential,
                 const Settings& settings, std::stop_token stop) {
  return with_context([&] { return fmt::format("logging in to {}", registry); },
                      [&] { return verify(registry, credential, settings, stop); });
}

}  // namespace estiba::client
