#include "http/head_parser.h"

#include <gtest/gtest.h>

namespace estiba::http {
namespace {

std::variant<ParsedHead, Rejection> parse(const std::string& text) {
  return parse_head(text, ServerLimits{});
}

TEST(HeadParser, ReadsMethodTargetAndFields) {
  const auto parsed = parse(
      "PATCH /v2/x?y=1 HTTP/1.1\r\nHost: h\r\nX-A:  padded \r\nx-a: again\r\n"
      "Content-Length: 12\r\nExpect: 100-Continue\r\n\r\n");
  const auto& head = std::get<ParsedHead>(parsed);
  EXPECT_EQ(head.method, "PATCH");
  EXPECT_EQ(head.target, "/v2/x?y=1");
  EXPECT_EQ(head.headers.all("X-A"), (std::vector<std::string_view>{"padded", "again"}));
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_TRUE(head.keep_alive);
}

TEST(HeadParser, KnowsWhoKeepsConnections) {
  const auto wish = [](const std::string& text) {
    return std::get<ParsedHead>(parse(text)).keep_alive;
  };
  EXPECT_TRUE(wish("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(wish("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n"));
  EXPECT_FALSE(wish("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(wish("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(HeadParser, ChunkedHasNoLength) {
  const auto parsed = parse("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n");
  EXPECT_FALSE(std::get<ParsedHead>(parsed).content_length);
}

struct Malformed {
  std::string text;
  int status;
};

TEST(HeadParser, RefusesWhatServersCouldReadDifferently) {
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n";
  const std::vector<Malformed> cases = {
      {"\r\n\r\n", 400},
      {"GET\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505},
      {"GET / HTTX/1.1\r\nHost: h\r\n\r\n", 505},
      {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / / HTTP/1.1\r\nHost: h\r\n\r\n", 505},
      {"G T / HTTP/1.1\r\nHost: h\r\n\r\n", 505},
      {"G\x01T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},     // no Host
      {get + "Host: other\r\n\r\n", 400},  // two of them
      {get + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {get + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400},
      {get + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
      {get + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {get + "Content-Length: 1, 1\r\n\r\n", 400},
      {get + "Content-Length: +1\r\n\r\n", 400},
      {get + "Content-Length: -1\r\n\r\n", 400},
      {get + "Content-Length: 0x1\r\n\r\n", 400},
      {get + "Content-Length: \r\n\r\n", 400},
      {get + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {get + "Content-Length: 9223372036854775808\r\n\r\n", 400},
      {get + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {get + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {get + "Transfer-Encoding: chunked, identity\r\n\r\n", 501},
      {get + "Transfer-Encoding: xchunked\r\n\r\n", 501},
      {get + "Transfer-Encoding: \r\n\r\n", 501},
      {"PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {get + "X-A: b\r\n folded\r\n\r\n", 400},
      {get + "X-A: b\r\n\tfolded\r\n\r\n", 400},
      {get + "Transfer-Encoding:\r\n chunked\r\n\r\n", 400},
      {get + "X-A : b\r\n\r\n", 400},
      {get + "X A: b\r\n\r\n", 400},
      {get + ": b\r\n\r\n", 400},
      {get + "no colon\r\n\r\n", 400},
      {get + "X-A: b\nX-B: c\r\n\r\n", 400},  // a lone LF
      {get + "X-A: b\rX-B: c\r\n\r\n", 400},  // a lone CR
      {get + std::string("X-A: b\0c\r\n\r\n", 12), 400},
      {get + "Expect: a-miracle\r\n\r\n", 417},
      {"GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
  };
  for (const Malformed& malformed : cases) {
    const auto parsed = parse(malformed.text);
    ASSERT_TRUE(std::holds_alternative<Rejection>(parsed)) << malformed.text;
    EXPECT_EQ(std::get<Rejection>(parsed).status, malformed.status) << malformed.text;
  }
}

TEST(HeadParser, BoundsTheNumberOfFields) {
  std::string text = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 127; ++i) text += "X: y\r\n";
  EXPECT_TRUE(std::holds_alternative<ParsedHead>(parse(text + "\r\n")));
  EXPECT_EQ(std::get<Rejection>(parse(text + "X: y\r\n\r\n")).status, 431);
}

}  // namespace
}  // namespace estiba::http
