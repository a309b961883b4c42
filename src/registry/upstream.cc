#include "registry/upstream.h"

#include "base/error.h"
#include "client/registry_error.h"
#include "http/address_filter.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr const char* kDockerHubName = "docker.io";

client::Settings upstream_settings(const std::string& host, bool plain_http,
                                   const ServeOptions& options) {
  client::Settings settings;
  settings.registries[host].allow_plain_http = plain_http;
  settings.retries.max_attempts = 2;
  settings.retries.max_retry_after = kMaxUpstreamPause;
  settings.http.connect_timeout = kUpstreamConnectTimeout;
  settings.http.response_timeout = kUpstreamTimeout;
  settings.http.stall_timeout = kUpstreamTimeout;
  // An upstream's redirects and token servers must not lead into our own network.
  settings.http.address_filter = std::make_shared<http::AddressFilter>(options.allowed_networks);
  return settings;
}

}  // namespace

Upstream::Upstream(const std::string& url, const UpstreamLogin& login,
                   const ServeOptions& options) {
  const bool plain_http = url.starts_with(kHttp);
  host_ = url;
  if (plain_http) host_ = url.substr(kHttp.size());
  if (url.starts_with(kHttps)) host_ = url.substr(kHttps.size());
  while (host_.ends_with('/')) host_.pop_back();
  (void)Repository::from_parts(host_, "library/any");
  std::optional<client::Credential> credential;
  if (!login.username.empty()) {
    credential = client::Credential{.username = login.username, .password = login.password};
  }
  client_ = std::make_unique<client::RegistryClient>(
      host_, upstream_settings(host_, plain_http, options), std::move(credential));
}

Repository Upstream::repository(const std::string& path) const {
  const bool is_short = host_ == kDockerHubName && path.find('/') == std::string::npos;
  return Repository::from_parts(host_, is_short ? "library/" + path : path);
}

bool is_down(const Error& error) {
  if (const auto* answer = dynamic_cast<const client::RegistryError*>(&error)) {
    return answer->status() >= 500 || answer->status() == 429;
  }
  return error.code() != ErrorCode::kNotFound && error.code() != ErrorCode::kUnauthenticated;
}

}  // namespace estiba::registry
