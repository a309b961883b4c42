// Everything that an operator may choose, with defaults that are safe. Filled from the
// configuration file (configuration.h) and the command line.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/tls_server.h"
#include "registry/collector.h"
#include "registry/scrubber.h"
#include "registry/sign_in/provider_settings.h"

namespace estiba::registry {

// Requests of one window; 0 does not count.
struct RateLimitSettings {
  std::int64_t per_address = 0;
  std::int64_t per_account = 0;
  std::chrono::seconds window{60};
};

// Bytes; nothing: as much as fits.
struct QuotaSettings {
  std::optional<std::uint64_t> repository_bytes;
  std::optional<std::uint64_t> owner_bytes;
  std::map<std::string, std::uint64_t> repositories;  // exceptions by name
  std::map<std::string, std::uint64_t> owners;
};

// What webhooks may ask to be told.
inline constexpr std::array<std::string_view, 4> kWebhookEvents = {"push", "pull", "delete", "tag"};

struct WebhookSettings {
  std::string name;
  std::string url;
  std::string secret;                     // empty: not signed
  std::vector<std::string> events;        // "push", "pull", "delete", "tag"; empty: all
  std::vector<std::string> repositories;  // names, "team/*"; empty: all
};

struct UpstreamLogin {
  std::string username;  // empty: nobody
  std::string password;
};

struct ProxySettings {
  std::string prefix;  // repositories "<prefix>/..."
  // Asked in turn until one answers: "https://registry.example.com", or "docker.io".
  std::vector<std::string> upstreams;
  UpstreamLogin login;
  bool is_public = false;
  // How long a tag is served without asking whether it has moved.
  std::chrono::seconds check_interval{60};
};

// Tags of another registry's repository that are brought here from time to time.
struct SyncSettings {
  std::string name;
  std::string source;             // "https://registry.example.com/team/app", "debian"
  std::string repository;         // here
  std::vector<std::string> tags;  // patterns; empty: all
  UpstreamLogin login;
  std::string owner;       // of a repository that is made here; empty: nobody but administrators
  bool is_public = false;  // the same
  // Tags that the source does not have (any more) end here.
  bool delete_missing = false;
  std::chrono::seconds interval{3600};
};

[[nodiscard]] std::string_view sign_up_name(SignUp mode);

struct ServeOptions {
  // As http::ServerOptions has them; port 0: the system chooses.
  std::vector<std::string> listen = {"127.0.0.1:5000"};
  std::string data_directory;
  std::string database;  // "postgresql://..."; empty: in the data directory
  // How clients reach it, "https://registry.example.com"; empty: as the request's Host says.
  std::string public_url;
  // Plain HTTP on addresses that others reach, where passwords can be read on the way.
  bool allow_plain_http = false;
  std::optional<http::ServerTlsOptions> tls;
  bool log_requests = true;
  bool log_json = false;
  // From the signal to stop until new connections are refused; /readyz tells meanwhile.
  std::chrono::milliseconds drain_delay{0};
  // How long requests may go on after that.
  std::chrono::milliseconds drain_timeout{10'000};
  // Another listener for /metrics, /healthz and /readyz, open to whoever reaches it.
  std::string metrics_listen;
  RateLimitSettings rate_limit;
  QuotaSettings quota;
  std::vector<WebhookSettings> webhooks;
  // Networks that are not public, and that webhooks, upstreams and their redirects may reach all
  // the same: "10.1.0.0/16", "127.0.0.1".
  std::vector<std::string> allowed_networks;
  std::vector<ProxySettings> proxies;
  std::vector<SyncSettings> syncs;
  SignUp sign_up = SignUp::kClosed;
  std::vector<ProviderSettings> providers;
  CollectionOptions collection;
  ScrubOptions scrub;
};

// The scheme of an upstream's URL ("http://", "https://" or nothing), and the rest.
[[nodiscard]] std::pair<std::string, std::string> split_upstream_url(const std::string& url);

// Throws kInvalidArgument for what cannot work together: plain HTTP where it is not allowed, names
// that cannot be. Files are not read.
void check_settings(const ServeOptions& options);

}  // namespace estiba::registry
