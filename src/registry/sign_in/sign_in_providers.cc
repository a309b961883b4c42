#include "registry/sign_in/sign_in_providers.h"

#include <algorithm>

#include "base/error.h"
#include "registry/secret.h"

namespace estiba::registry {
namespace {

// One of the few that may ask a provider now.
class ExchangeSlot {
 public:
  using Semaphore = std::counting_semaphore<kMaxProviderExchanges>;
  explicit ExchangeSlot(Semaphore& semaphore) : semaphore_(semaphore) {
    if (!semaphore_.try_acquire()) {
      throw Error(ErrorCode::kUnavailable, "too many people sign in at providers just now");
    }
  }
  ExchangeSlot(const ExchangeSlot&) = delete;
  ExchangeSlot& operator=(const ExchangeSlot&) = delete;
  ~ExchangeSlot() { semaphore_.release(); }

 private:
  Semaphore& semaphore_;
};

}  // namespace

SignInProviders::SignInProviders(sql::ConnectionPool& metadata, Accounts& accounts,
                                 const ServeOptions& options)
    : options_(options), pending_(metadata), identities_(metadata, accounts) {
  for (const ProviderSettings& provider : options.providers) {
    providers_[provider.name] = provider.kind == ProviderKind::kGitHub
                                    ? make_github_provider(provider, options)
                                    : make_openid_provider(provider, options);
  }
}

const ProviderSettings* SignInProviders::find(const std::string& name) const {
  const auto found =
      std::find_if(settings().begin(), settings().end(),
                   [&](const ProviderSettings& provider) { return provider.name == name; });
  return found == settings().end() ? nullptr : &*found;
}

std::string SignInProviders::redirect_uri(const ProviderSettings& provider) const {
  return options_.public_url + "/api/v1/session/external/" + provider.name + "/callback";
}

std::string SignInProviders::begin(const ProviderSettings& provider, const std::string& binding,
                                   const std::string& return_to) {
  Journey journey{redirect_uri(provider), "", make_secret(""), make_secret("")};
  journey.state =
      pending_.begin({provider.name, journey.nonce, journey.verifier, return_to}, binding);
  const ExchangeSlot slot(exchanges_);
  return providers_.at(provider.name)->authorization_url(journey);
}

std::optional<PendingSignIn> SignInProviders::returned(const ProviderSettings& provider,
                                                       const std::string& state,
                                                       const std::string& binding) {
  auto pending = pending_.finish(state, binding);
  // An answer of one provider is no answer to what another was asked.
  if (pending && pending->provider != provider.name) return std::nullopt;
  return pending;
}

ExternalPerson SignInProviders::identify(const ProviderSettings& provider,
                                         const PendingSignIn& pending, const SignInAnswer& answer) {
  if (answer.error == "access_denied") throw NotAdmitted("denied", "refused at the provider");
  if (!answer.error.empty() || answer.code.empty()) {
    throw Error(ErrorCode::kUnauthenticated, "the provider gives no code: " + answer.error);
  }
  const ExchangeSlot slot(exchanges_);
  return providers_.at(provider.name)
      ->identify({redirect_uri(provider), answer.state, pending.nonce, pending.verifier},
                 answer.code, answer.issuer);
}

}  // namespace estiba::registry
