#include "run/limit_words.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace estiba::run {
namespace {

TEST(ExtraHost, TakesBothSeparatorsAndBothKindsOfAddresses) {
  EXPECT_EQ(parse_extra_host("db:10.0.0.1"), (ExtraHost{"db", "10.0.0.1"}));
  EXPECT_EQ(parse_extra_host("db=10.0.0.1"), (ExtraHost{"db", "10.0.0.1"}));
  EXPECT_EQ(parse_extra_host("db:::1"), (ExtraHost{"db", "::1"}));
  EXPECT_EQ(parse_extra_host("db=[::1]"), (ExtraHost{"db", "::1"}));
  EXPECT_EQ(parse_extra_host("me:host-gateway"), (ExtraHost{"me", "host-gateway"}));
}

TEST(ExtraHost, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "db", ":10.0.0.1", "db:", "db:10.0.0", "db:1.2.3.4\n5"}) {
    EXPECT_THROW((void)parse_extra_host(text), Error) << text;
  }
}

TEST(ResourceBound, TakesOneOrTwoNumbers) {
  EXPECT_EQ(parse_resource_bound("nofile=1024:2048"), (ResourceBound{"nofile", 1024, 2048}));
  EXPECT_EQ(parse_resource_bound("nproc=5"), (ResourceBound{"nproc", 5, 5}));
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(parse_resource_bound("core=-1"), (ResourceBound{"core", kMost, kMost}));
}

TEST(ResourceBound, RefusesWhatIsNoLimit) {
  for (const char* text : {"", "files=1", "nofile", "nofile=", "nofile=x", "nofile=2:1"}) {
    EXPECT_THROW((void)parse_resource_bound(text), Error) << text;
  }
}

}  // namespace
}  // namespace estiba::run
