// Small values: durations, ports, characters.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/duration.h"
#include "dockerfile/ports.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

using std::chrono::nanoseconds;

TEST(ParseDuration, ReadsGosSpelling) {
  const std::vector<std::pair<std::string_view, std::int64_t>> cases = {
      {"0", 0},
      {"5s", 5'000'000'000},
      {"1m30s", 90'000'000'000},
      {"1.5s", 1'500'000'000},
      {".5s", 500'000'000},
      {"250ms", 250'000'000},
      {"1h", 3'600'000'000'000},
      {"10us", 10'000},
      {"10\u00b5s", 10'000},
      {"7ns", 7},
      {"-1s", -1'000'000'000},
      {"+1s", 1'000'000'000},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(parse_duration(text), nanoseconds(expected)) << text;
  }
  for (const std::string_view text :
       {"", "5", "s", "5x", "1.s.5", "-", "5s ", "1e3s", "999999h9"}) {
    EXPECT_THROW((void)parse_duration(text), Error) << text;
  }
  EXPECT_THROW((void)parse_duration("99999999999h"), Error);
}

TEST(ExposedPorts, AreNumbersWithProtocols) {
  using Ports = std::vector<std::string>;
  const std::vector<std::pair<Ports, Ports>> cases = {
      {{}, {}},
      {{"80"}, {"80/tcp"}},
      {{"443", "80/UDP", "80"}, {"80/tcp", "80/udp", "443/tcp"}},
      {{"8000-8002/sctp"}, {"8000/sctp", "8001/sctp", "8002/sctp"}},
      {{"8080:80"}, {"80/tcp"}},
      {{"127.0.0.1:8080:80/udp"}, {"80/udp"}},
      {{"[::1]:8080:80", "127.0.0.1::81"}, {"80/tcp", "81/tcp"}},
      {{"80/"}, {"80/tcp"}},
      {{"0", "65535"}, {"0/tcp", "65535/tcp"}},
      {{"80-80"}, {"80/tcp"}},
  };
  for (const auto& [words, expected] : cases) EXPECT_EQ(exposed_ports(words), expected);
  for (const char* word : {"", "x", "65536", "80/http", "90-80", "-1", "80-", "1.2.3:1:80", "a:80",
                           "80-81:90-95", "/tcp", "80 "}) {
    EXPECT_THROW((void)exposed_ports({word}), Error) << word;
  }
  EXPECT_THROW((void)exposed_ports({"0-65535", "0-65535", "0-65535", "0-65535"}), Error);
}

TEST(Unicode, PassesAnyBytesThrough) {
  for (const std::string_view text :
       {"", "abc", "\u00e9\u20ac\U0001F600", "\xff", "\xc3", "a\xe2\x82", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xc0\x80"}) {
    EXPECT_EQ(from_runes(to_runes(text)), text);
  }
}

TEST(Unicode, KnowsBlanksAndLetters) {
  EXPECT_EQ(trim_space(" \u00a0\u2003a b\u3000\n"), "a b");
  EXPECT_EQ(trim_space("\xa0x\x85"), "\xa0x\x85");
  EXPECT_TRUE(is_name_character(U'\u00e9'));
  EXPECT_TRUE(is_name_character(U'\ud55c'));
  EXPECT_FALSE(is_name_character(U'\u2192'));
  EXPECT_FALSE(is_name_character(first_rune("\xff").value));
}

}  // namespace
}  // namespace estiba::dockerfile
