#include "registry/web/pages.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/stream.h"

namespace estiba::registry::web {
namespace {

constexpr std::array kFiles = {
    PageFile{"/index.html", "text/html; charset=utf-8", "i1", "page", "page.gz", "page.br"},
    PageFile{"/assets/app-1.js", "text/javascript", "a1", "script", "script.gz", "script.br"},
};
constexpr std::array<std::string_view, 1> kAddresses = {"account"};

class NoBody final : public Source {
 public:
  std::size_t read(MutableBytes) override { return 0; }
};

std::optional<http::Response> answer_to(const std::string& target, http::Headers headers = {},
                                        const std::string& method = "GET") {
  NoBody body;
  http::RequestHead head{method, http::Target::parse(target), std::move(headers), "127.0.0.1:1"};
  return answer_page({kFiles, kAddresses}, http::Request(std::move(head), body));
}

std::string body_of(const std::optional<http::Response>& response) {
  return response ? std::get<std::string>(response->body) : "(not a page)";
}

TEST(Pages, AnswersTheAddressesThatThePagesReadWithTheIndex) {
  for (const char* target : {"/", "/?q=1", "/account", "/account/tokens", "/index.html"}) {
    EXPECT_EQ(body_of(answer_to(target)), "page") << target;
  }
}

TEST(Pages, LeavesEveryOtherPathToTheRegistry) {
  for (const char* target : {"/v2/", "/api/v1/about", "/healthz", "/accounts", "/assets/",
                             "/assets/../index.html", "/assets/%2e%2e/index.html", "//account"}) {
    EXPECT_EQ(body_of(answer_to(target)), "(not a page)") << target;
  }
}

TEST(Pages, KeepsHashedFilesForeverAndAsksForTheIndexEachTime) {
  EXPECT_EQ(answer_to("/assets/app-1.js")->headers.get("Cache-Control"),
            "public, max-age=31536000, immutable");
  EXPECT_EQ(answer_to("/")->headers.get("Cache-Control"), "no-cache");
}

TEST(Pages, SendsTheFormThatTheClientTakes) {
  const struct {
    const char* accept;
    const char* body;
    const char* etag;
  } cases[] = {
      {"gzip, deflate, br", "page.br", "\"i1-br\""},
      {"gzip", "page.gz", "\"i1-gzip\""},
      {"br;q=0, gzip;q=0.5", "page.gz", "\"i1-gzip\""},
      {"BR", "page.br", "\"i1-br\""},
      {"gzip;q=0", "page", "\"i1\""},
      {"identity", "page", "\"i1\""},
  };
  for (const auto& row : cases) {
    const auto response = answer_to("/", {{"Accept-Encoding", row.accept}});
    EXPECT_EQ(body_of(response), row.body) << row.accept;
    EXPECT_EQ(response->headers.get("ETag"), row.etag) << row.accept;
    EXPECT_EQ(response->headers.get("Vary"), "Accept-Encoding");
  }
}

TEST(Pages, SendsNothingTwice) {
  EXPECT_EQ(answer_to("/", {{"If-None-Match", "\"i1\""}})->status, 304);
  EXPECT_EQ(answer_to("/", {{"If-None-Match", "\"i1\""}, {"Accept-Encoding", "br"}})->status, 200);
}

TEST(Pages, AreOnlyRead) {
  const auto response = answer_to("/account", {}, "POST");
  EXPECT_EQ(response->status, 405);
  EXPECT_EQ(response->headers.get("Allow"), "GET, HEAD");
}

TEST(Pages, LetNoScriptOfOthersIn) {
  const std::string policy(answer_to("/")->headers.get("Content-Security-Policy"));
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
}

}  // namespace
}  // namespace estiba::registry::web
