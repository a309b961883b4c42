// The conversation with one registry host: how it is reached, who we are there.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "client/authorizer.h"
#include "client/endpoint.h"
#include "http/client.h"
#include "http/url.h"

namespace estiba::client {

struct RegistryRequest {
  std::string method = "GET";
  // "/v2/...", or an absolute URL that the registry gave in a Location.
  std::string target;
  http::Headers headers{};
  std::string body{};
  // As http::ClientRequest: borrowed, used once.
  Source* source = nullptr;
  std::optional<std::uint64_t> source_size_bytes{};
  Scopes scopes{};
};

// Thread-safe. Borrows the client.
class RegistrySession {
 public:
  RegistrySession(http::Client& http, Endpoint endpoint, std::optional<Credential> credential);

  // Sends with the authorisation that is due and, when that is refused, once more with a new one. A
  // request with a source can't be sent twice: its 401 is returned, and the next request will carry
  // a new authorisation. Every status is an answer. The first call finds out how the registry is
  // reached (https, else http where that is allowed) by GET /v2/.
  [[nodiscard]] http::Exchange send(const RegistryRequest& request, std::stop_token stop);

  // As references name it.
  [[nodiscard]] const std::string& registry() const { return endpoint_.registry; }
  // "https://host:port"; finds it out when it isn't known yet.
  [[nodiscard]] std::string origin(std::stop_token stop);
  [[nodiscard]] Authorizer& authorizer() { return authorizer_; }

 private:
  [[nodiscard]] std::string discover(std::stop_token stop);
  void probe(const std::string& origin, std::stop_token stop);
  [[nodiscard]] http::ClientRequest prepare(const RegistryRequest& request, const http::Url& url);

  http::Client& http_;
  const Endpoint endpoint_;
  Authorizer authorizer_;
  std::mutex mutex_;
  std::string origin_;  // empty: not known yet
};

}  // namespace estiba::client
