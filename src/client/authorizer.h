// Answers a registry's challenge: Basic, or Bearer with tokens from where the challenge says
// (distribution specification "Token Authentication"; OAuth2 for identity tokens).
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

#include "client/credentials.h"
#include "client/endpoint.h"
#include "http/auth_challenge.h"
#include "http/client.h"

namespace estiba::client {

// What a request needs: "repository:acme/tool:pull". The order does not matter.
using Scopes = std::set<std::string>;
[[nodiscard]] std::string pull_scope(std::string_view repository_path);
[[nodiscard]] std::string push_scope(std::string_view repository_path);  // pull and push
[[nodiscard]] std::string delete_scope(std::string_view repository_path);

// Thread-safe: a token that several threads need at once is fetched once. Borrows the client.
class Authorizer {
 public:
  Authorizer(http::Client& http, const Endpoint& endpoint, std::optional<Credential> credential);

  // The value of Authorization for a request, or nothing as long as no challenge was seen or there
  // is nothing to answer it with. May ask the token server; kUnauthenticated when that refuses.
  [[nodiscard]] std::optional<std::string> header(const Scopes& scopes, const std::string& origin,
                                                  std::stop_token stop);
  // A request that carried `used` was answered with 401: remembers the challenge and forgets the
  // token. Whether another try with a new header() can help.
  [[nodiscard]] bool challenged(const http::Headers& response, const Scopes& scopes,
                                const std::optional<std::string>& used);
  // A token that stands for the person rather than the password, where the last token response had
  // one and login() asked for it.
  void request_identity_token() { wants_identity_token_ = true; }
  [[nodiscard]] std::optional<std::string> identity_token();

 private:
  struct Token {
    std::string value;
    std::chrono::steady_clock::time_point expires;
  };
  [[nodiscard]] Token fetch_token(const Scopes& scopes, const std::string& origin,
                                  std::stop_token stop);
  [[nodiscard]] http::ClientRequest get_request(const std::string& realm, const Scopes& scopes);
  [[nodiscard]] http::ClientRequest post_request(const std::string& realm, const Scopes& scopes);
  [[nodiscard]] Token read_token(const std::string& body);
  [[nodiscard]] std::string parameter(std::string_view name) const;

  http::Client& http_;
  const http::TlsOptions tls_;
  const std::optional<Credential> credential_;
  std::mutex mutex_;
  std::optional<http::AuthChallenge> challenge_;
  std::map<Scopes, Token> tokens_;
  // What a challenge wanted for these scopes besides them.
  std::map<Scopes, std::string> extra_scopes_;
  bool wants_identity_token_ = false;
  std::optional<std::string> identity_token_;
};

}  // namespace estiba::client
