#include "registry/rate_limiter.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <vector>

#include "registry/limits.h"

namespace estiba::registry {
namespace {

// Without the port; of IPv6 the network, as one host has 2^64 addresses.
std::string counted_address(const std::string& peer) {
  const std::string host = peer.substr(0, peer.rfind(':'));
  if (!host.starts_with('[')) return host;
  in6_addr address{};
  const std::string inner = host.substr(1, host.size() - 2);
  if (::inet_pton(AF_INET6, inner.c_str(), &address) != 1) return host;
  std::fill(std::begin(address.s6_addr) + 8, std::end(address.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET6, &address, text.data(), text.size());
}

}  // namespace

std::optional<RateStanding> RateLimiter::count(const std::string& peer_address) {
  if (settings_.per_address == 0 || peer_address.starts_with("unix:")) return std::nullopt;
  return count_one("@" + counted_address(peer_address), settings_.per_address);
}

std::optional<RateStanding> RateLimiter::count_account(const std::string& account) {
  if (settings_.per_account == 0 || account.empty()) return std::nullopt;
  return count_one(account, settings_.per_account);
}

RateStanding RateLimiter::count_one(const std::string& who, std::int64_t limit) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (windows_.size() >= kMaxTrackedRates && !windows_.contains(who)) make_room(now);
  Window& window = windows_.try_emplace(who, Window{now}).first->second;
  if (now - window.start >= settings_.window) window = {now};
  ++window.requests;
  const auto left = settings_.window - (now - window.start);
  return {.limit = limit,
          .remaining = std::max<std::int64_t>(limit - window.requests, 0),
          .reset = std::chrono::ceil<std::chrono::seconds>(left),
          .exceeded = window.requests > limit};
}

void RateLimiter::make_room(Clock::time_point now) {
  std::erase_if(windows_,
                [&](const auto& entry) { return now - entry.second.start >= settings_.window; });
  if (windows_.size() < kMaxTrackedRates) return;
  // Half of them at once, or a flood of addresses would make each request search them all.
  std::vector<std::int64_t> used;
  for (const auto& [who, window] : windows_) used.push_back(window.requests);
  const auto middle = used.begin() + static_cast<std::ptrdiff_t>(used.size() / 2);
  std::nth_element(used.begin(), middle, used.end());
  std::size_t to_forget = used.size() / 2;
  std::erase_if(windows_, [&](const auto& entry) {
    return entry.second.requests <= *middle && to_forget > 0 && to_forget-- > 0;
  });
}

void add_rate_headers(http::Response& response, const RateStanding& standing) {
  response.headers.set("RateLimit-Limit", std::to_string(standing.limit));
  response.headers.set("RateLimit-Remaining", std::to_string(standing.remaining));
  response.headers.set("RateLimit-Reset", std::to_string(standing.reset.count()));
  if (standing.exceeded) {
    response.headers.set("Retry-After", std::to_string(standing.reset.count()));
  }
}

}  // namespace estiba::registry
