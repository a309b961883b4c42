// Who sends a request, and what its token lets it do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/request.h"
#include "http/response.h"
#include "registry/access.h"
#include "registry/accounts.h"
#include "registry/failure_limiter.h"
#include "registry/token_cache.h"
#include "registry/token_signer.h"

namespace estiba::registry {

struct Identity {
  Principal principal;
  // A token's scopes, which bound what its principal may do; empty for Basic credentials, and for
  // nobody, which are bound by nothing but `allowed`.
  std::optional<std::vector<Scope>> grants;
  bool presented = false;  // credentials came along
};

struct BasicCredentials {
  std::string name;
  std::string password;
};
[[nodiscard]] std::optional<BasicCredentials> read_basic(const http::Request& request);

// Thread-safe. Borrows both.
class Authentication {
 public:
  Authentication(Accounts& accounts, const TokenSigner& signer, std::string public_url);

  // Nobody, when there are no credentials. Wrong ones throw kUnauthenticated: they are never taken
  // for none.
  [[nodiscard]] Identity identify(const http::Request& request);
  // The account of a name and password; kUnauthenticated when they are wrong, kResourceExhausted
  // (429) after too many failures.
  [[nodiscard]] Account check_password(const BasicCredentials& credentials,
                                       const http::Request& request);
  [[nodiscard]] const TokenSigner& signer() const { return signer_; }
  [[nodiscard]] Accounts& accounts() { return accounts_; }

  // Whom tokens are for, whatever name a request reached us by: "localhost" and "127.0.0.1" are one
  // registry. The public URL's host or, without one, our key.
  [[nodiscard]] const std::string& audience() const { return audience_; }
  // The URL under which the request reached us, without a path.
  [[nodiscard]] std::string base_url(const http::Request& request) const;
  // WWW-Authenticate for what was refused; `scope` may be empty.
  [[nodiscard]] std::string challenge(const http::Request& request, const std::string& scope) const;

 private:
  Accounts& accounts_;
  const TokenSigner& signer_;
  std::string public_url_;
  std::string audience_;
  FailureLimiter failures_;
  TokenCache tokens_;
};

}  // namespace estiba::registry
