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
#include "registry/limits.h"
#include "registry/token_cache.h"
#include "registry/token_signer.h"
#include "registry/tokens.h"

namespace estiba::registry {

struct Identity {
  Principal principal;
  // A token's scopes, which bound what its principal may do; empty for Basic credentials, and for
  // nobody, which are bound by nothing but `allowed`.
  std::optional<std::vector<Scope>> grants;
  bool presented = false;    // credentials came along
  std::string credential{};  // for the audit: "password", "token:7", "session:3"
  std::int64_t token = 0;    // stored token; 0: a password
  std::int64_t epoch = 0;    // of the password
};

// Who has proved to be somebody, and by what.
struct Proof {
  Principal principal;
  std::int64_t token = 0;  // stored token; 0: a password
  std::int64_t epoch = 0;
};

// The address without its port; of IPv6 the network that one customer has.
[[nodiscard]] std::string peer_host(const http::Request& request);

struct BasicCredentials {
  std::string name;
  std::string password;
  std::string device{};  // what a browser has kept of an earlier sign-in
};
[[nodiscard]] std::optional<BasicCredentials> read_basic(const http::Request& request);

// Thread-safe. Borrows both.
class Authentication {
 public:
  Authentication(Accounts& accounts, Tokens& tokens, const TokenSigner& signer,
                 std::string public_url);

  // Nobody, when there are no credentials. Wrong ones throw kUnauthenticated: they are never taken
  // for none.
  [[nodiscard]] Identity identify(const http::Request& request);
  // The account of a name and password; kUnauthenticated when they are wrong, kResourceExhausted
  // (429) after too many failures.
  // The password of an account with a second factor is refused: its tokens serve here.
  [[nodiscard]] Proof check_password(const BasicCredentials& credentials,
                                     const http::Request& request);
  // The same for a page, where a second factor can be asked for.
  [[nodiscard]] Login check_page_password(const BasicCredentials& credentials,
                                          const http::Request& request);
  // A stored token by its secret alone; kUnauthenticated.
  [[nodiscard]] Proof check_token(std::string_view secret, const http::Request& request);
  // Who this is now, for whoever goes on working after the request: nothing when the account or its
  // token is gone, disabled or revoked, or the password is another one.
  [[nodiscard]] std::optional<Principal> renew(const Identity& identity);
  // Whether a token that we signed still stands for somebody.
  [[nodiscard]] std::optional<Proof> recheck(const TokenClaims& claims);
  // For whoever checks another secret of a person: 429 after too many failures.
  void refuse_guessing(const std::string& name, const http::Request& request);
  void note_failure(const std::string& name, const http::Request& request);
  // The same for the codes of a second factor.
  void refuse_code_guessing(const std::string& name, const http::Request& request);
  void note_wrong_code(const std::string& name, const http::Request& request);
  // What a browser keeps to be known again: guesses from elsewhere, even from its own address, do
  // not keep its owner out.
  [[nodiscard]] std::string device_token(const std::string& name) const;
  [[nodiscard]] bool knows_device(const std::string& name, const std::string& device) const;
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
  Tokens& stored_tokens_;
  const TokenSigner& signer_;
  std::string public_url_;
  std::string audience_;
  // By name and address together, so that nobody is locked out by what others try elsewhere.
  FailureLimiter failures_{kMaxPasswordFailures};
  FailureLimiter address_failures_{kMaxAddressFailures};
  FailureLimiter device_failures_{kMaxPasswordFailures};
  FailureLimiter code_failures_{kMaxCodeFailures, kCodeFailureWindow};
  FailureLimiter account_code_failures_{kMaxAccountCodeFailures, kCodeFailureWindow};
  TokenCache tokens_;
};

}  // namespace estiba::registry
