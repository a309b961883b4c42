// Which account somebody has here who has proved elsewhere who they are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "registry/accounts.h"
#include "registry/settings.h"
#include "registry/sign_in/identity_provider.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

// Why somebody is not let in; the page has a sentence for each.
class NotAdmitted : public Error {
 public:
  NotAdmitted(std::string reason, const std::string& message);
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

// Thread-safe. Borrows both.
//
// An identity belongs to the account that was made with it, or that its owner has connected it to
// while signed in. Addresses and names never connect anything: those of accounts here are what
// somebody typed, so that whoever typed another's would get that one's sign-in.
class Identities {
 public:
  Identities(sql::ConnectionPool& metadata, Accounts& accounts)
      : metadata_(metadata), accounts_(accounts) {}

  // The account that signs in; made when there is none and the provider's rules allow. NotAdmitted
  // ("no-account", "disabled", "not-allowed", "second-factor").
  [[nodiscard]] Account admit(const ExternalPerson& person, const ProviderSettings& provider);
  // NotAdmitted ("taken") when it is another's already.
  void connect(std::int64_t account, const ExternalPerson& person);
  // Those of the account, by their sources.
  [[nodiscard]] std::vector<std::string> sources(std::int64_t account);
  // kConflict when nothing else would let the owner in; false when there is none.
  [[nodiscard]] bool disconnect(std::int64_t account, const std::string& source);

 private:
  [[nodiscard]] std::optional<Account> find(const ExternalPerson& person,
                                            const ProviderSettings& provider);
  [[nodiscard]] Account make_account(const ExternalPerson& person,
                                     const ProviderSettings& provider);

  sql::ConnectionPool& metadata_;
  Accounts& accounts_;
};

// A name that an account may have, near to what the provider calls somebody.
[[nodiscard]] std::string account_name_near(const std::string& username);

}  // namespace estiba::registry
