// How many requests an address or an account may send.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "http/response.h"
#include "registry/settings.h"

namespace estiba::registry {

// A place in a window of requests, as the answer's headers tell it.
struct RateStanding {
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  std::chrono::seconds reset{0};  // until the window ends
  bool exceeded = false;
};

// Counts in windows that begin with the first request. Thread-safe. Memory is bounded: when too
// many are counted, ended windows are forgotten, and then the half that has used least.
class RateLimiter {
 public:
  explicit RateLimiter(RateLimitSettings settings) : settings_(settings) {}

  // Counts one request of this peer ("192.0.2.1:4711"; IPv6 by its /64) and, unless empty, of this
  // account; the scarcer standing, nothing where nothing is limited. Local peers are not counted.
  [[nodiscard]] std::optional<RateStanding> count(const std::string& peer_address);
  [[nodiscard]] std::optional<RateStanding> count_account(const std::string& account);

 private:
  using Clock = std::chrono::steady_clock;
  struct Window {
    Clock::time_point start;
    std::int64_t requests = 0;
  };
  RateStanding count_one(const std::string& who, std::int64_t limit);
  void make_room(Clock::time_point now);

  const RateLimitSettings settings_;
  std::mutex mutex_;
  std::map<std::string, Window> windows_;
};

// RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset (draft-ietf-httpapi-ratelimit-headers),
// Retry-After when it is exceeded.
void add_rate_headers(http::Response& response, const RateStanding& standing);

}  // namespace estiba::registry
