#include "base/size.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/testing/expect_error.h"

namespace estiba {
namespace {

TEST(FormatSize, UsesDecimalUnitsAndFourDigits) {
  const struct {
    std::uint64_t size_bytes;
    const char* text;
  } cases[] = {
      {0, "0B"},
      {999, "999B"},
      {1000, "1kB"},
      {1024, "1.024kB"},
      {4500, "4.5kB"},
      {117'000'000, "117MB"},
      {116'519'000, "116.5MB"},
      {999'999, "1MB"},
      {1'234'567'890'123, "1.235TB"},
      {std::numeric_limits<std::uint64_t>::max(), "18.45EB"},
  };
  for (const auto& each : cases) EXPECT_EQ(format_size(each.size_bytes), each.text);
}

TEST(FormatSize, ThreeDigitsRollOverToTheNextUnit) {
  EXPECT_EQ(format_size(116'519'000, 3), "117MB");
  EXPECT_EQ(format_size(999'600, 3), "1MB");
  EXPECT_EQ(format_size(999'400, 3), "999kB");
  EXPECT_EQ(format_size(7'344'123, 3), "7.34MB");
}

TEST(ParseSize, ReadsBinaryMultiples) {
  const struct {
    const char* text;
    std::uint64_t size_bytes;
  } cases[] = {
      {"0", 0},
      {"1024", 1024},
      {"32b", 32},
      {"1k", 1024},
      {"512m", 512ull << 20},
      {"64MiB", 64ull << 20},
      {"1.5g", 3ull << 29},
      {"2 GB", 2ull << 30},
      {"1T", 1ull << 40},
      {"0.5k", 512},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
  };
  for (const auto& each : cases) EXPECT_EQ(parse_size(each.text), each.size_bytes) << each.text;
}

TEST(ParseSize, RefusesWhatIsNoSize) {
  for (const char* text : {"", " ", "m", "-1", "1.", ".5g", "1.5.2g", "1gg", "12  m", "1e3",
                           "18446744073709551616", "17179869184g", "1zb", "0x10"}) {
    EXPECT_EQ(testing::error_code_of([&] { (void)parse_size(text); }), ErrorCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace estiba
