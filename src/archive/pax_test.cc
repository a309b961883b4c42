#include "archive/pax.h"

#include <gtest/gtest.h>

#include "base/testing/expect_error.h"

namespace estiba::archive {
namespace {

using estiba::testing::error_code_of;

TEST(PaxRecords, AreReadInOrder) {
  const auto records = parse_pax_records("9 path=a\n8 uid=1\n16 comment=x\ny=\n");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0], (std::pair<std::string, std::string>("path", "a")));
  EXPECT_EQ(records[1], (std::pair<std::string, std::string>("uid", "1")));
  EXPECT_EQ(records[2], (std::pair<std::string, std::string>("comment", "x\ny=")));
}

TEST(PaxRecords, AreRefusedWhenMalformed) {
  for (const char* text : {"path=a\n", "11 path=a\n", "9 path=a", "9 path=ab", "0 path=a\n",
                           "-9 path=a\n", "9path=a\n", "99999999999999999999 a=b\n", "7 path\n\n",
                           "6 =abc\n", "9", " 9 path=a\n", "+9 path=a\n"}) {
    EXPECT_EQ(error_code_of([&] { static_cast<void>(parse_pax_records(text)); }),
              ErrorCode::kInvalidArgument)
        << text;
  }
}

TEST(PaxRecords, CountTheirOwnLength) {
  for (std::size_t size = 0; size < 1100; ++size) {
    const std::string value(size, 'v');
    const auto records = parse_pax_records(format_pax_record("key", value));
    ASSERT_EQ(records.size(), 1u) << size;
    EXPECT_EQ(records[0].second, value);
  }
}

TEST(PaxTime, HasAnyNumberOfDigits) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"0", 0},
      {"1", 1'000'000'000},
      {"1.5", 1'500'000'000},
      {"1.000000001", 1'000'000'001},
      {"1.0000000019", 1'000'000'001},
      {"-1", -1'000'000'000},
      {"-1.5", -1'500'000'000},
      {"-0.5", -500'000'000},
      {".5", 500'000'000},
      {"99999999999999", Timestamp::max().time_since_epoch().count()},
      {"-99999999999999", Timestamp::min().time_since_epoch().count()},
  };
  for (const auto& [text, nanoseconds] : cases) {
    EXPECT_EQ(parse_pax_time(text).time_since_epoch().count(), nanoseconds) << text;
  }
  for (const char* text : {"x", "1.x", "1 ", "--1", "1e5"}) {
    EXPECT_EQ(error_code_of([&] { static_cast<void>(parse_pax_time(text)); }),
              ErrorCode::kInvalidArgument)
        << text;
  }
}

TEST(PaxXattr, IsReadInBothSpellings) {
  const PaxXattr plain = parse_pax_xattr("SCHILY.xattr.user.a", std::string("v\0w", 3));
  EXPECT_EQ(plain.name, "user.a");
  EXPECT_EQ(plain.value, std::string("v\0w", 3));
  const PaxXattr encoded = parse_pax_xattr("LIBARCHIVE.xattr.user.%3Da%", "dgB3");
  EXPECT_EQ(encoded.name, "user.=a%");
  EXPECT_EQ(encoded.value, std::string("v\0w", 3));
  EXPECT_EQ(parse_pax_xattr("path", "a").name, "");
}

}  // namespace
}  // namespace estiba::archive
