#include "base/time.h"

#include <gtest/gtest.h>

#include "base/testing/expect_error.h"

namespace estiba {
namespace {

TEST(Rfc3339, FormatsAsGoDoes) {
  using std::chrono::nanoseconds;
  const Timestamp whole = from_unix_seconds(1'793'534'400);
  EXPECT_EQ(format_rfc3339(whole), "2026-11-01T12:00:00Z");
  EXPECT_EQ(format_rfc3339(whole + nanoseconds(123'456'789)), "2026-11-01T12:00:00.123456789Z");
  EXPECT_EQ(format_rfc3339(whole + nanoseconds(120'000'000)), "2026-11-01T12:00:00.12Z");
  EXPECT_EQ(format_rfc3339(from_unix_seconds(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(from_unix_seconds(0) - nanoseconds(1)),
            "1969-12-31T23:59:59.999999999Z");
}

TEST(Rfc3339, ReadsEveryForm) {
  const struct {
    const char* text;
    const char* utc;
  } cases[] = {
      {"2026-11-01T12:00:00Z", "2026-11-01T12:00:00Z"},
      {"2026-11-01t12:00:00z", "2026-11-01T12:00:00Z"},
      {"2026-11-01T12:00:00.5+02:30", "2026-11-01T09:30:00.5Z"},
      {"2026-11-01T23:30:00-01:00", "2026-11-02T00:30:00Z"},
      {"2024-02-29T00:00:00.1234567891Z", "2024-02-29T00:00:00.123456789Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(format_rfc3339(parse_rfc3339(each.text)), each.utc) << each.text;
  }
}

TEST(Rfc3339, ClampsWhatTheTypeCannotHold) {
  // The zero time of Go, which many tools write into "created".
  EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z"), Timestamp::min());
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59.9Z"), Timestamp::max());
  EXPECT_TRUE(format_rfc3339(Timestamp::min()).starts_with("1677-"));
  EXPECT_TRUE(format_rfc3339(Timestamp::max()).starts_with("2262-"));
  EXPECT_EQ(format_ago(Timestamp::min(), Timestamp::max()), "584 years ago");
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2026", "2026-11-01", "2026-11-01T12:00:00", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-11-01T24:00:00Z", "2026-11-01T12:60:00Z",
        "2026-11-01T12:00:61Z", "2026-11-01T12:00:00.Z", "2026-11-01T12:00:00+2:00",
        "2026-11-01T12:00:00Zx", "+026-11-01T12:00:00Z"}) {
    EXPECT_EQ(testing::error_code_of([&] { (void)parse_rfc3339(text); }),
              ErrorCode::kInvalidArgument)
        << text;
  }
}

TEST(FormatAgo, SpeaksDockersWords) {
  constexpr std::int64_t kHour = 3600;
  constexpr std::int64_t kDay = 24 * kHour;
  const struct {
    std::int64_t seconds;
    const char* text;
  } cases[] = {
      {-5, "Less than a second ago"}, {0, "Less than a second ago"}, {1, "1 second ago"},
      {59, "59 seconds ago"},         {60, "About a minute ago"},    {150, "2 minutes ago"},
      {50 * 60, "50 minutes ago"},    {kHour, "About an hour ago"},  {2 * kHour, "2 hours ago"},
      {47 * kHour, "47 hours ago"},   {3 * kDay, "3 days ago"},      {15 * kDay, "2 weeks ago"},
      {61 * kDay, "2 months ago"},    {731 * kDay, "2 years ago"},
  };
  const Timestamp reference = from_unix_seconds(1'793'534'400);
  for (const auto& each : cases) {
    EXPECT_EQ(format_ago(reference - std::chrono::seconds(each.seconds), reference), each.text);
  }
}

}  // namespace
}  // namespace estiba
