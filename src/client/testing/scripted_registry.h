// A registry that misbehaves as a test wants it, and remembers what it was asked.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "client/settings.h"
#include "http/server.h"

namespace estiba::client::testing {

struct SeenRequest {
  std::string method;
  std::string target;
  std::string authorization;
  std::string range;
};

class ScriptedRegistry {
 public:
  // Called on several threads; GET /v2/ is answered with 200 unless the handler wants it itself.
  explicit ScriptedRegistry(http::Handler handler, bool handles_ping = false)
      : handler_(std::move(handler)),
        handles_ping_(handles_ping),
        server_(options(), [this](http::Request& request) { return answer(request); }) {
    server_.start();
  }

  [[nodiscard]] std::string host() const { return fmt::format("127.0.0.1:{}", server_.port()); }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] std::string url() const { return "http://" + host(); }
  // Without the GET /v2/ of the beginning.
  [[nodiscard]] std::vector<SeenRequest> seen() const {
    const std::scoped_lock lock(mutex_);
    return seen_;
  }
  [[nodiscard]] std::size_t count(const std::string& method, const std::string& prefix) const {
    std::size_t result = 0;
    for (const SeenRequest& request : seen()) {
      if (request.method == method && request.target.starts_with(prefix)) ++result;
    }
    return result;
  }

 private:
  static http::ServerOptions options() {
    http::ServerOptions options;
    options.stop_grace = std::chrono::milliseconds(200);
    return options;
  }

  http::Response answer(http::Request& request) {
    if (request.target().raw == "/v2/" && !handles_ping_) return http::Response::text(200, "{}");
    {
      const std::scoped_lock lock(mutex_);
      seen_.push_back({.method = request.method(),
                       .target = request.target().raw,
                       .authorization = std::string(request.headers().get("Authorization")),
                       .range = std::string(request.headers().get("Range"))});
    }
    return handler_(request);
  }

  http::Handler handler_;
  bool handles_ping_;
  mutable std::mutex mutex_;
  std::vector<SeenRequest> seen_;
  http::Server server_;
};

inline http::Response reply(int status, std::string body = {},
                            std::initializer_list<http::Headers::Field> fields = {}) {
  http::Response response;
  response.status = status;
  response.headers = fields;
  response.body = std::move(body);
  return response;
}

// Tries again at once, so that tests do not wait.
inline Settings impatient_settings() {
  Settings settings;
  settings.retries = {.max_attempts = 3,
                      .first_delay = std::chrono::milliseconds(1),
                      .max_delay = std::chrono::milliseconds(5),
                      .max_retry_after = std::chrono::milliseconds(2000)};
  settings.certificates_directory = "/nonexistent";
  return settings;
}

}  // namespace estiba::client::testing
