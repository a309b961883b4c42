#include "registry/rate_limiter.h"

#include <gtest/gtest.h>

namespace estiba::registry {
namespace {

TEST(RateLimiter, CountsEachAddressWhateverItsPort) {
  RateLimiter limiter({.per_address = 2, .per_account = 0, .window = std::chrono::seconds(60)});
  EXPECT_EQ(limiter.count("192.0.2.1:1")->remaining, 1);
  EXPECT_FALSE(limiter.count("192.0.2.1:2")->exceeded);
  EXPECT_TRUE(limiter.count("192.0.2.1:3")->exceeded);
  EXPECT_FALSE(limiter.count("192.0.2.2:1")->exceeded);
  EXPECT_FALSE(limiter.count("unix:0").has_value());
}

TEST(RateLimiter, CountsAnIpv6NetworkAsOne) {
  RateLimiter limiter({.per_address = 1, .per_account = 0, .window = std::chrono::seconds(60)});
  EXPECT_FALSE(limiter.count("[2001:db8::1]:1")->exceeded);
  EXPECT_TRUE(limiter.count("[2001:db8::ffff:2]:1")->exceeded);
  EXPECT_FALSE(limiter.count("[2001:db8:0:1::1]:1")->exceeded);
}

TEST(RateLimiter, StaysBoundedAndKeepsWhoeverUsesMost) {
  RateLimiter limiter({.per_address = 3, .per_account = 0, .window = std::chrono::seconds(60)});
  for (int i = 0; i < 4; ++i) (void)limiter.count("192.0.2.1:1");
  for (int i = 0; i < 40'000; ++i) {
    (void)limiter.count("10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1:1");
  }
  EXPECT_TRUE(limiter.count("192.0.2.1:1")->exceeded);
}

TEST(RateLimiter, TellsTheStandingInTheAnswer) {
  RateLimiter limiter({.per_address = 0, .per_account = 1, .window = std::chrono::seconds(60)});
  http::Response response;
  add_rate_headers(response, *limiter.count_account("ana"));
  EXPECT_EQ(response.headers.get("RateLimit-Limit"), "1");
  EXPECT_EQ(response.headers.get("RateLimit-Remaining"), "0");
  EXPECT_EQ(response.headers.get("Retry-After"), "");
  add_rate_headers(response, *limiter.count_account("ana"));
  EXPECT_EQ(response.headers.get("Retry-After"), response.headers.get("RateLimit-Reset"));
  EXPECT_FALSE(limiter.count_account("").has_value());
}

}  // namespace
}  // namespace estiba::registry
