// How registries are reached, as the configuration says. Filled by cli/.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "http/client.h"

namespace estiba::client {

struct RegistrySettings {
  // http:// may be used when https:// does not answer. Loopback addresses need no permission.
  bool allow_plain_http = false;
  bool verify_tls = true;
  // Asked first for pulls, in order: "https://host[:port]", "http://host[:port]" or "host[:port]".
  std::vector<std::string> mirrors{};
};

// Between two tries the delay doubles from `first_delay` to `max_delay`, less up to half of it by
// chance, so that many clients do not come back at once.
struct RetryPolicy {
  int max_attempts = 5;  // without any progress in between
  std::chrono::milliseconds first_delay{250};
  std::chrono::milliseconds max_delay{15'000};
  // A server that asks for a longer pause (Retry-After) is an error instead.
  std::chrono::milliseconds max_retry_after{60'000};
};

struct Settings {
  std::map<std::string, RegistrySettings> registries{};  // by "host[:port]", as in references
  // Certificates by registry as docker and podman keep them: HOST/*.crt are authorities,
  // HOST/*.cert with *.key of the same name are ours.
  std::string certificates_directory = "/etc/docker/certs.d";
  RetryPolicy retries{};
  http::ClientOptions http{};
};

}  // namespace estiba::client
