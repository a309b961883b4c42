// Where people can sign in instead of here.
#pragma once

#include <memory>
#include <string>

#include "registry/settings.h"

namespace estiba::registry {

// Who somebody is elsewhere. `source` and `subject` together never mean anybody else; the rest is
// what the provider says of them, each part may be empty.
struct ExternalPerson {
  std::string source;
  std::string subject;
  std::string username;
  std::string display_name;
  std::string email;  // only one that the provider has verified
};

// One way to the provider and back; the values but the URI are secrets of it.
struct Journey {
  std::string redirect_uri;
  std::string state;
  std::string nonce;
  std::string verifier;  // RFC 7636
};

// Thread-safe. Both calls may ask the provider, in bounded time. kUnavailable when it is down, slow
// or answers what makes no sense; kUnauthenticated when it vouches for nobody or its word can't be
// trusted. What a provider says is for the log, never for the page.
class IdentityProvider {
 public:
  IdentityProvider() = default;
  IdentityProvider(const IdentityProvider&) = delete;
  IdentityProvider& operator=(const IdentityProvider&) = delete;
  virtual ~IdentityProvider() = default;
  // Where the browser is sent.
  [[nodiscard]] virtual std::string authorization_url(const Journey& journey) = 0;
  // Who it came back as; `issuer` is the answer's "iss" (RFC 9207), which may be empty.
  [[nodiscard]] virtual ExternalPerson identify(const Journey& journey, const std::string& code,
                                                const std::string& issuer) = 0;
};

[[nodiscard]] std::unique_ptr<IdentityProvider> make_openid_provider(
    const ProviderSettings& settings, const ServeOptions& options);
[[nodiscard]] std::unique_ptr<IdentityProvider> make_github_provider(
    const ProviderSettings& settings, const ServeOptions& options);

}  // namespace estiba::registry
