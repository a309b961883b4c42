#include "http/client.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/text.h"
#include "http/limits.h"
#include "http/session.h"
#include "http/transfer.h"
#include "http/url.h"

namespace estiba::http {
namespace {

bool is_redirect(int status) {
  constexpr std::array<int, 5> kRedirects = {301, 302, 303, 307, 308};
  return std::find(kRedirects.begin(), kRedirects.end(), status) != kRedirects.end();
}

bool should_follow(const ClientRequest& request, const Transfer& transfer) {
  return request.follow_redirects && (request.method == "GET" || request.method == "HEAD") &&
         is_redirect(transfer.status()) && transfer.headers().contains("Location");
}

void check_scheme(const Url& url, const ClientRequest& request) {
  if (url.scheme == "https" || request.allow_plain_http) return;
  throw Error(ErrorCode::kInvalidArgument, "plain HTTP to " + url.origin() + " is not allowed",
              "use https, or allow plain HTTP for this host if you trust the network");
}

// Connections are shared where all of this is the same.
std::string session_key(const Url& url, const TlsOptions& tls) {
  return join({url.origin(), tls.verify_peer ? "verify" : "trust", join(tls.ca_files, "\n"),
               tls.client_certificate_file, tls.client_key_file},
              "\n\n");
}

// Where the redirect leads; what is secret stays with the origin it was meant for.
Url next_url(const Transfer& transfer, Headers& headers) {
  const Url next =
      with_context([&] { return "following a redirect of " + transfer.url().origin(); },
                   [&] { return transfer.url().resolve(transfer.headers().get("Location")); });
  if (!next.same_origin(transfer.url())) {
    headers.remove("Authorization");
    headers.remove("Cookie");
  }
  return next;
}

}  // namespace

class Exchange::Impl {
 public:
  Impl(SessionPool& pool, std::unique_ptr<Transfer> transfer)
      : pool_(pool), transfer_(std::move(transfer)), url_(transfer_->url().to_string()) {}
  ~Impl() { end(pool_, *transfer_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // A rest that is here already is read away, so that the connection can be used again.
  static void end(SessionPool& pool, Transfer& transfer) {
    transfer.drain(kMaxRedirectBodyBytes);
    pool.give_back(transfer.release());
  }

  [[nodiscard]] Transfer& transfer() const { return *transfer_; }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  SessionPool& pool_;
  std::unique_ptr<Transfer> transfer_;
  std::string url_;
};

Exchange::Exchange(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Exchange::Exchange(Exchange&&) noexcept = default;
Exchange& Exchange::operator=(Exchange&&) noexcept = default;
Exchange::~Exchange() = default;

int Exchange::status() const {
  return impl_->transfer().status();
}
const Headers& Exchange::headers() const {
  return impl_->transfer().headers();
}
std::string_view Exchange::header(std::string_view name) const {
  return headers().get(name);
}
const std::string& Exchange::url() const {
  return impl_->url();
}
Source& Exchange::body() {
  return impl_->transfer();
}

std::optional<std::uint64_t> Exchange::content_length() const {
  const std::string_view text = header("Content-Length");
  std::uint64_t length = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return length;
}

class Client::Impl {
 public:
  explicit Impl(ClientOptions options)
      : options_(std::move(options)), pool_(options_.max_idle_sessions) {
    if (options_.user_agent.empty()) options_.user_agent = "estiba/" ESTIBA_VERSION;
  }

  std::unique_ptr<Exchange::Impl> open(const ClientRequest& request, const std::stop_token& stop) {
    Url url = Url::parse(request.url);
    Headers headers = request.headers;
    for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
      check_scheme(url, request);
      auto transfer = std::make_unique<Transfer>(pool_.take(session_key(url, request.tls)), request,
                                                 headers, url, options_, stop);
      transfer->wait_for_head();
      if (!should_follow(request, *transfer)) {
        return std::make_unique<Exchange::Impl>(pool_, std::move(transfer));
      }
      url = next_url(*transfer, headers);
      Exchange::Impl::end(pool_, *transfer);
    }
    throw Error(ErrorCode::kUnavailable, request.url + " leads to more than " +
                                             std::to_string(kMaxRedirects) + " redirects");
  }

 private:
  ClientOptions options_;
  SessionPool pool_;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

Exchange Client::open(const ClientRequest& request, std::stop_token stop) {
  return Exchange(impl_->open(request, stop));
}

ClientResponse Client::fetch(const ClientRequest& request, std::size_t max_body_bytes,
                             std::stop_token stop) {
  Exchange exchange = open(request, std::move(stop));
  ClientResponse response;
  response.status = exchange.status();
  response.headers = exchange.headers();
  response.url = exchange.url();
  response.body = read_all(exchange.body(), max_body_bytes, "the response of " + response.url);
  return response;
}

}  // namespace estiba::http
