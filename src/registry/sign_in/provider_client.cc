#include "registry/sign_in/provider_client.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "http/url.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

http::ClientOptions provider_options(std::chrono::milliseconds timeout,
                                     const ServeOptions& options) {
  http::ClientOptions client;
  client.connect_timeout = timeout;
  client.stall_timeout = timeout;
  client.response_timeout = timeout;
  client.address_filter = std::make_shared<http::AddressFilter>(options.allowed_networks);
  return client;
}

// Stops what takes too long in all: a byte now and then keeps the client's own timeouts away.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds time)
      : thread_([this, time](const std::stop_token& ended) {
          std::unique_lock lock(mutex_);
          wake_.wait_for(lock, ended, time, [] { return false; });
          if (!ended.stop_requested()) source_.request_stop();
        }) {}
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace

ProviderClient::ProviderClient(const ProviderSettings& provider, const ServeOptions& options)
    : plain_http_(provider.url.starts_with("http://")),
      timeout_(provider.timeout),
      client_(provider_options(timeout_, options)) {}

void ProviderClient::check_url(const std::string& url) const {
  std::string scheme;
  try {
    scheme = http::Url::parse(url).scheme;
  } catch (const Error& error) {
    throw Error(ErrorCode::kUnavailable, "the provider names no URL: " + error.message());
  }
  if (scheme == "http" && !plain_http_) {
    throw Error(ErrorCode::kUnavailable, "the provider names the unprotected " + url);
  }
}

ProviderClient::Answer ProviderClient::send(http::ClientRequest request) const {
  check_url(request.url);
  request.allow_plain_http = plain_http_;
  request.follow_redirects = false;
  request.headers.set("Accept", "application/json");
  const Deadline deadline(timeout_);
  try {
    http::ClientResponse response =
        client_.fetch(request, kMaxProviderAnswerBytes, deadline.token());
    return {response.status, std::move(response.body)};
  } catch (const Error& error) {
    const bool late = error.code() == ErrorCode::kCancelled;
    throw Error(ErrorCode::kUnavailable, "cannot ask " + request.url + ": " +
                                             (late ? "it takes too long" : error.message()));
  }
}

std::string ProviderClient::get(const std::string& url, const std::string& bearer) const {
  http::ClientRequest request;
  request.url = url;
  if (!bearer.empty()) request.headers.set("Authorization", "Bearer " + bearer);
  Answer answer = send(std::move(request));
  if (answer.status == 200) return std::move(answer.body);
  throw Error(ErrorCode::kUnavailable, url + " answers " + std::to_string(answer.status));
}

ProviderClient::Answer ProviderClient::post(const std::string& url, const http::Query& form,
                                            const std::string& authorization) const {
  http::ClientRequest request;
  request.method = "POST";
  request.url = url;
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  if (!authorization.empty()) request.headers.set("Authorization", authorization);
  request.body = form.to_string();
  return send(std::move(request));
}

}  // namespace estiba::registry
