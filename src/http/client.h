// An HTTP/1.1 client with streaming in both directions, over libcurl.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.h"
#include "http/address_filter.h"
#include "http/headers.h"

namespace estiba::http {

struct TlsOptions {
  bool verify_peer = true;
  // PEM files. The authorities in `ca_files` are trusted besides those of the system.
  std::vector<std::string> ca_files;
  std::string client_certificate_file;
  std::string client_key_file;
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;  // sent unless `source` is set
  // Borrowed: must outlive the Exchange. Can't be sent twice, so trying again is the caller's work.
  Source* source = nullptr;
  // Exactly so many bytes must come from `source`; chunked when unknown.
  std::optional<std::uint64_t> source_size_bytes;
  // http:// is refused otherwise.
  bool allow_plain_http = false;
  // GET and HEAD only; other methods always return the redirect. Authorization and Cookie are not
  // sent to another origin, https is never left for http unless allow_plain_http.
  bool follow_redirects = true;
  TlsOptions tls;
};

struct ClientOptions {
  std::string user_agent;                             // "estiba/VERSION" when empty
  std::chrono::milliseconds connect_timeout{15'000};  // name, TCP and TLS together
  // Without a byte in either direction while one is due.
  std::chrono::milliseconds stall_timeout{60'000};
  // From the request's last byte to the response's header: registries verify large blobs then.
  std::chrono::milliseconds response_timeout{300'000};
  // Connections kept for later, in all.
  std::size_t max_idle_sessions = 16;
  // Asked before each connection; then no proxy of the environment is used. Null: everywhere.
  std::shared_ptr<const AddressFilter> address_filter{};
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
  std::string url;  // where redirects led
};

// A request that was sent and a response that is arriving. Belongs to one thread; must not outlive
// its Client. Destroying it before the body's end closes the connection.
class Exchange {
 public:
  Exchange(Exchange&&) noexcept;
  Exchange& operator=(Exchange&&) noexcept;
  ~Exchange();

  [[nodiscard]] int status() const;
  [[nodiscard]] const Headers& headers() const;
  [[nodiscard]] std::string_view header(std::string_view name) const;  // empty when absent
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  // Where redirects led.
  [[nodiscard]] const std::string& url() const;
  // Pulled from the network as it is read, so a slow reader slows the sender. A connection that
  // breaks off before the end, or stalls, fails with kUnavailable.
  [[nodiscard]] Source& body();

 private:
  friend class Client;
  class Impl;
  explicit Exchange(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Thread-safe. Connections are kept and reused. Proxies come from the environment (http_proxy,
// HTTPS_PROXY, NO_PROXY) as curl reads it.
//
// Every status is an ordinary answer; failures to get one are Errors: kUnavailable (name, host and
// reason; TLS with a hint), kCancelled within 200 ms of a request on `stop`, kInvalidArgument for
// URLs that are malformed or of a scheme that is not allowed. An Error of `source` passes through.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Returns when the response's header is complete. `stop` also ends reading its body.
  [[nodiscard]] Exchange open(const ClientRequest& request, std::stop_token stop = {});
  // The whole exchange; a body beyond `max_body_bytes` fails with kResourceExhausted.
  [[nodiscard]] ClientResponse fetch(const ClientRequest& request, std::size_t max_body_bytes,
                                     std::stop_token stop = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace estiba::http
