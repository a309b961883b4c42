// The providers of a registry, and the way to them and back.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

#include "registry/limits.h"
#include "registry/settings.h"
#include "registry/sign_in/identities.h"
#include "registry/sign_in/identity_provider.h"
#include "registry/sign_in/pending_sign_ins.h"

namespace estiba::registry {

// What the provider's answer brings along.
struct SignInAnswer {
  std::string state;
  std::string code;
  std::string issuer;
  std::string error;
};

// Thread-safe. Borrows database, accounts and options. No more than kMaxProviderExchanges ask
// providers at a time, so that one that stalls leaves threads for everything else: kUnavailable.
class SignInProviders {
 public:
  SignInProviders(sql::ConnectionPool& metadata, Accounts& accounts, const ServeOptions& options);

  [[nodiscard]] const std::vector<ProviderSettings>& settings() const { return options_.providers; }
  [[nodiscard]] const ProviderSettings* find(const std::string& name) const;
  [[nodiscard]] Identities& identities() { return identities_; }

  // The provider's URL for a browser that has the secret `binding`.
  [[nodiscard]] std::string begin(const ProviderSettings& provider, const std::string& binding,
                                  const std::string& return_to);
  // What this browser began, once; nothing when it began nothing such.
  [[nodiscard]] std::optional<PendingSignIn> returned(const ProviderSettings& provider,
                                                      const std::string& state,
                                                      const std::string& binding);
  // Who the provider says it is. NotAdmitted ("denied") when the person has said no there, Errors
  // as IdentityProvider has them.
  [[nodiscard]] ExternalPerson identify(const ProviderSettings& provider,
                                        const PendingSignIn& pending, const SignInAnswer& answer);

 private:
  [[nodiscard]] std::string redirect_uri(const ProviderSettings& provider) const;

  const ServeOptions& options_;
  PendingSignIns pending_;
  Identities identities_;
  std::map<std::string, std::unique_ptr<IdentityProvider>> providers_;
  std::counting_semaphore<kMaxProviderExchanges> exchanges_{kMaxProviderExchanges};
};

}  // namespace estiba::registry
