// The values of HTTP: fields, targets, URLs, challenges, ranges, log lines.
#include <gtest/gtest.h>

#include "base/error.h"
#include "http/access_log.h"
#include "http/auth_challenge.h"
#include "http/headers.h"
#include "http/limits.h"
#include "http/range.h"
#include "http/response_writer.h"
#include "http/target.h"
#include "http/url.h"

namespace estiba::http {
namespace {

TEST(Headers, NamesHaveNoCaseAndFieldsMayRepeat) {
  Headers headers{{"Accept", "a"}, {"accept", "b"}, {"Host", "x"}};
  EXPECT_EQ(headers.get("ACCEPT"), "a");
  EXPECT_EQ(headers.all("Accept").size(), 2u);
  EXPECT_FALSE(headers.find("Via"));
  headers.set("ACCEPT", "c");
  EXPECT_EQ(headers.all("accept"), std::vector<std::string_view>{"c"});
  headers.remove("accept");
  EXPECT_EQ(headers.size(), 1u);
}

TEST(Headers, FindsTokensInLists) {
  const Headers headers{{"Connection", "Keep-Alive , upgrade"}, {"Connection", "x"}};
  EXPECT_TRUE(headers.has_token("connection", "UPGRADE"));
  EXPECT_TRUE(headers.has_token("connection", "keep-alive"));
  EXPECT_TRUE(headers.has_token("connection", "x"));
  EXPECT_FALSE(headers.has_token("connection", "keep"));
}

TEST(Headers, RefusesWhatWouldBreakTheFramingOfAMessage) {
  EXPECT_NO_THROW(check_field("X-Name", "value with \xc3\xa9 and \t"));
  EXPECT_THROW(check_field("X-Name", "a\r\nInjected: b"), Error);
  EXPECT_THROW(check_field("X-Name", std::string_view("a\0b", 3)), Error);
  EXPECT_THROW(check_field("X Name", "a"), Error);
  EXPECT_THROW(check_field("X:", "a"), Error);
  EXPECT_THROW(check_field("", "a"), Error);
}

TEST(Target, SplitsAndDecodesPathAndQuery) {
  const Target target = Target::parse("/v2/a%2Fb/tags/list?n=10&last=x%20y+z&empty&n=11");
  EXPECT_EQ(target.path, "/v2/a%2Fb/tags/list");
  EXPECT_EQ(target.segments, (std::vector<std::string>{"v2", "a/b", "tags", "list"}));
  EXPECT_EQ(target.query.get("last"), "x y z");
  EXPECT_EQ(target.query.all("n").size(), 2u);
  EXPECT_TRUE(target.query.contains("empty"));
  EXPECT_EQ(Target::parse("/v2/").segments, (std::vector<std::string>{"v2", ""}));
  EXPECT_EQ(Target::parse("http://host:1/p?q=1").segments, std::vector<std::string>{"p"});
  EXPECT_EQ(Target::parse("http://host").path, "/");
}

TEST(Target, RefusesMalformedText) {
  for (const char* text : {"", "v2", "*", "/%", "/%2", "/%zz", "/%00", "/?a=%f", "ftp://x/y"}) {
    EXPECT_THROW((void)Target::parse(text), Error) << text;
  }
  std::string many = "/?";
  for (int i = 0; i < 1000; ++i) many += "a=1&";
  EXPECT_THROW((void)Target::parse(many), Error);
}

TEST(Query, ComesBackAsItWasWritten) {
  Query query;
  query.add("digest", "sha256:ab/c");
  query.add("a b", "&=?");
  EXPECT_EQ(query.to_string(), "digest=sha256%3Aab%2Fc&a%20b=%26%3D%3F");
  const Query again = Query::parse(query.to_string());
  EXPECT_EQ(again.get("a b"), "&=?");
  EXPECT_EQ(percent_encode("a/b c", "/"), "a/b%20c");
}

TEST(Url, ReadsItsParts) {
  const Url url = Url::parse("HTTPS://Registry.Example:5000/v2/x?n=1#frag");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "registry.example");
  EXPECT_EQ(url.port, 5000);
  EXPECT_EQ(url.path, "/v2/x");
  EXPECT_EQ(url.query, "n=1");
  EXPECT_EQ(url.to_string(), "https://registry.example:5000/v2/x?n=1");
  EXPECT_EQ(Url::parse("http://h:80").to_string(), "http://h/");
  EXPECT_EQ(Url::parse("http://[::1]:5000/").origin(), "http://[::1]:5000");
}

TEST(Url, RefusesWhatItCannotServe) {
  for (const char* text : {"", "registry/x", "ftp://h/", "file:///etc/passwd", "http://",
                           "http://user:pass@h/", "http://h:99999/", "http://h/a b"}) {
    EXPECT_THROW((void)Url::parse(text), Error) << text;
  }
}

TEST(Url, ResolvesLocations) {
  const Url base = Url::parse("http://h:5000/v2/x/uploads/1?state=a");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/v2/y?z=1", "http://h:5000/v2/y?z=1"},
      {"2", "http://h:5000/v2/x/uploads/2"},
      {"?state=b", "http://h:5000/v2/x/uploads/1?state=b"},
      {"//other/p", "http://other/p"},
      {"https://cdn/p?sig=%2F", "https://cdn/p?sig=%2F"},
      {"../a b", "http://h:5000/v2/x/a%20b"},
  };
  for (const auto& [location, expected] : cases) {
    EXPECT_EQ(base.resolve(location).to_string(), expected);
  }
  EXPECT_THROW((void)base.resolve("file:///etc/passwd"), Error);
  EXPECT_THROW((void)base.resolve("http://user@h/"), Error);
}

TEST(Url, AddsParametersToWhatIsThere) {
  EXPECT_EQ(Url::parse("http://h/u?state=a").with_parameter("digest", "sha256:1").to_string(),
            "http://h/u?state=a&digest=sha256%3A1");
  EXPECT_EQ(Url::parse("http://h/u").with_parameter("n", "1").query, "n=1");
}

TEST(AuthChallenge, ReadsTheBearerChallengeOfARegistry) {
  const auto challenges = parse_challenges(
      R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")");
  ASSERT_EQ(challenges.size(), 1u);
  EXPECT_EQ(challenges[0].scheme, "bearer");
  EXPECT_EQ(challenges[0].find("REALM"), "https://auth.docker.io/token");
  EXPECT_EQ(challenges[0].find("scope"), "repository:a/b:pull,push");
  EXPECT_FALSE(challenges[0].find("error"));
}

TEST(AuthChallenge, ReadsSeveralInOneFieldAndInSeveral) {
  const auto challenges = parse_challenges(Headers{
      {"WWW-Authenticate", R"(Basic realm="a \"b\"", charset=UTF-8, Bearer realm=x , x = y)"},
      {"WWW-Authenticate", "Negotiate"},
      {"www-authenticate", "NTLM ab/c+==, Basic realm=\"z\""}});
  ASSERT_EQ(challenges.size(), 5u);
  EXPECT_EQ(challenges[0].find("realm"), "a \"b\"");
  EXPECT_EQ(challenges[0].find("charset"), "UTF-8");
  EXPECT_EQ(challenges[1].scheme, "bearer");
  EXPECT_EQ(challenges[1].find("x"), "y");
  EXPECT_EQ(challenges[2].scheme, "negotiate");
  EXPECT_EQ(challenges[3].token68, "ab/c+==");
  EXPECT_EQ(challenges[4].find("realm"), "z");
}

TEST(AuthChallenge, StaysBoundedAndCalmOnNonsense) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "s" + std::to_string(i) + " a=b, ";
  EXPECT_LE(parse_challenges(many).size(), 16u);
  std::string parameters = "Bearer ";
  for (int i = 0; i < 1000; ++i) parameters += "p" + std::to_string(i) + "=v, ";
  EXPECT_LE(parse_challenges(parameters)[0].parameters.size(), 32u);
  EXPECT_TRUE(parse_challenges("").empty());
  EXPECT_TRUE(parse_challenges("\"\x01,,=").empty());
  EXPECT_FALSE(parse_challenges("Bearer realm=\"unclosed")[0].find("realm"));
}

struct RangeCase {
  const char* header;
  std::uint64_t total;
  RangeKind kind;
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};

TEST(Range, ChoosesTheBytesThatAreAskedFor) {
  const std::vector<RangeCase> cases = {
      {"", 100, RangeKind::kWhole},
      {"bytes=0-99", 100, RangeKind::kPart, 0, 100},
      {"bytes=0-0", 100, RangeKind::kPart, 0, 1},
      {"BYTES=10-19", 100, RangeKind::kPart, 10, 10},
      {"bytes=90-500", 100, RangeKind::kPart, 90, 10},
      {"bytes=40-", 100, RangeKind::kPart, 40, 60},
      {"bytes=-5", 100, RangeKind::kPart, 95, 5},
      {"bytes=-500", 100, RangeKind::kPart, 0, 100},
      {"bytes=-0", 100, RangeKind::kUnsatisfiable},
      {"bytes=100-", 100, RangeKind::kUnsatisfiable},
      {"bytes=0-", 0, RangeKind::kUnsatisfiable},
      {"bytes=-1", 0, RangeKind::kUnsatisfiable},
      {"bytes=9-1", 100, RangeKind::kUnsatisfiable},
      {"bytes=200-,300-", 100, RangeKind::kUnsatisfiable},
      {"bytes=7-8,200-", 100, RangeKind::kPart, 7, 2},
      {"bytes=0-60,40-99", 100, RangeKind::kWhole},
      {"bytes=0-1,x", 100, RangeKind::kWhole},
      {"items=0-1", 100, RangeKind::kWhole},
      {"bytes=a-b", 100, RangeKind::kWhole},
      {"bytes=", 100, RangeKind::kWhole},
      {"bytes=-", 100, RangeKind::kWhole},
      {"bytes=0-18446744073709551616", 100, RangeKind::kWhole},
      {"bytes=0-18446744073709551615", 100, RangeKind::kPart, 0, 100},
  };
  for (const RangeCase& range : cases) {
    const RangeChoice choice = choose_ranges(range.header, range.total);
    EXPECT_EQ(choice.kind, range.kind) << range.header;
    EXPECT_EQ(choice.parts.size(), range.kind == RangeKind::kPart ? 1 : 0) << range.header;
    for (const ByteRange& part : choice.parts) {
      EXPECT_EQ(part.first_byte, range.first) << range.header;
      EXPECT_EQ(part.size_bytes, range.size) << range.header;
    }
  }
}

TEST(Range, SeveralAreKeptInTheirOrder) {
  const RangeChoice choice = choose_ranges("bytes=90-, 0-1 ,-3", 100);
  ASSERT_EQ(choice.kind, RangeKind::kParts);
  ASSERT_EQ(choice.parts.size(), 3);
  EXPECT_EQ(choice.parts[0].first_byte, 90);
  EXPECT_EQ(choice.parts[0].size_bytes, 10);
  EXPECT_EQ(choice.parts[1].first_byte, 0);
  EXPECT_EQ(choice.parts[1].size_bytes, 2);
  EXPECT_EQ(choice.parts[2].first_byte, 97);
  EXPECT_EQ(choice.parts[2].size_bytes, 3);
}

TEST(Range, TooManyAreTheWhole) {
  std::string header = "bytes=0-0";
  for (std::size_t i = 1; i < kMaxRanges; ++i) header += ",0-0";
  EXPECT_EQ(choose_ranges(header, 100).kind, RangeKind::kParts);
  EXPECT_EQ(choose_ranges(header + ",0-0", 100).kind, RangeKind::kWhole);
}

TEST(AccessLine, EscapesWhatTheClientWrote) {
  AccessRecord record;
  record.peer_address = "127.0.0.1:9";
  record.method = "GET";
  record.target = "/a\"\n";
  record.status = 200;
  record.sent_body_bytes = 5;
  record.duration = std::chrono::microseconds(1500);
  record.user_agent = "x";
  EXPECT_EQ(format_access_line(record), "127.0.0.1:9 GET \"/a\\\"\\x0a\" 200 5 1.500ms \"x\"");
}

TEST(HttpDate, IsSpelledAsTheStandardDoes) {
  EXPECT_EQ(format_http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace estiba::http
