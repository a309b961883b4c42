// One registry that a proxy asks.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "client/registry_client.h"
#include "registry/settings.h"

namespace estiba::registry {

class Upstream {
 public:
  // `url`: "https://host[:port]", "http://host[:port]" or "host[:port]". Throws kInvalidArgument.
  Upstream(const std::string& url, const UpstreamLogin& login, const ServeOptions& options);

  [[nodiscard]] client::RegistryClient& client() { return *client_; }
  // What the upstream calls the repository; docker.io's own ones are below "library".
  [[nodiscard]] Repository repository(const std::string& path) const;

 private:
  std::string host_;
  std::unique_ptr<client::RegistryClient> client_;
};

// Whether another upstream, or a stale copy, may stand in: the upstream is down, not unwilling.
[[nodiscard]] bool is_down(const Error& error);

}  // namespace estiba::registry
