// Those who were sent to a provider and have not come back.
#pragma once

#include <optional>
#include <string>

#include "sql/connection_pool.h"

namespace estiba::registry {

struct PendingSignIn {
  std::string provider;
  std::string nonce;
  std::string verifier;
  std::string return_to;
};

// Thread-safe. Borrows the database. What `begin` returns is the state that comes back with the
// answer; it is good once, for kSignInLifetime, and together with `binding` only: a secret of the
// browser that was sent away, so that nobody can be made to finish what another has begun.
class PendingSignIns {
 public:
  explicit PendingSignIns(sql::ConnectionPool& metadata) : metadata_(metadata) {}

  [[nodiscard]] std::string begin(const PendingSignIn& sign_in, const std::string& binding);
  [[nodiscard]] std::optional<PendingSignIn> finish(const std::string& state,
                                                    const std::string& binding);

 private:
  sql::ConnectionPool& metadata_;
};

}  // namespace estiba::registry
