// Where a registry is found on the network.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/settings.h"
#include "http/client.h"
#include "http/url.h"

namespace estiba::client {

struct Endpoint {
  std::string registry;              // as references name it; "docker.io" is elsewhere
  std::vector<std::string> origins;  // "https://host[:port]", to be tried in order
  bool allow_plain_http = false;     // one of them is http
  http::TlsOptions tls;
  // Whose user name and password belong here: mirrors have their own.
  std::string credential_registry;
};

// The registry itself. Throws kInvalidArgument for a name that is no address.
[[nodiscard]] Endpoint registry_endpoint(const std::string& registry, const Settings& settings);
// Its mirrors, to be asked first when pulling.
[[nodiscard]] std::vector<Endpoint> mirror_endpoints(const std::string& registry,
                                                     const Settings& settings);

// "localhost", 127.0.0.0/8 or [::1], with or without a port.
[[nodiscard]] bool is_loopback(std::string_view host_and_port);

}  // namespace estiba::client
