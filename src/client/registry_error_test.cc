#include "client/registry_error.h"

#include <gtest/gtest.h>

#include <thread>

#include "client/limits.h"
#include "client/retry.h"
#include "client/testing/scripted_registry.h"

namespace estiba::client {
namespace {

using testing::reply;
using testing::ScriptedRegistry;

RegistryError failure(int status, const std::string& body,
                      std::initializer_list<http::Headers::Field> fields = {}) {
  ScriptedRegistry registry([&](http::Request&) { return reply(status, body, fields); });
  http::Client http;
  http::ClientRequest request;
  request.url = registry.url() + "/x";
  request.allow_plain_http = true;
  http::Exchange exchange = http.open(request);
  return read_failure(exchange, "the test");
}

TEST(ReadFailure, SpeaksAsDockerDoes) {
  const struct {
    int status;
    std::string body;
    std::string message;
    ErrorCode code;
  } cases[] = {
      {404, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{}}]})",
       "manifest unknown: manifest unknown", ErrorCode::kNotFound},
      {401, R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]})",
       "unauthorized: authentication required", ErrorCode::kUnauthenticated},
      {403, R"({"errors":[{"code":"DENIED","message":"no"},{"code":"X","message":"y"}]})",
       "denied: no; x: y", ErrorCode::kPermissionDenied},
      {400, R"({"errors":[{"code":"DIGEST_INVALID"}]})", "digest invalid",
       ErrorCode::kInvalidArgument},
      {401, R"({"details":"incorrect username or password"})", "incorrect username or password",
       ErrorCode::kUnauthenticated},
      {400, R"({"error":"invalid_grant","error_description":"expired"})", "expired",
       ErrorCode::kInvalidArgument},
      {429, "", "toomanyrequests: the registry asks to be asked less often (status 429)",
       ErrorCode::kResourceExhausted},
      {503, "<html>sorry</html>", "the registry answered the test with status 503",
       ErrorCode::kUnavailable},
      {404, R"({"errors":"none"})", "not found (status 404)", ErrorCode::kNotFound},
      {404, R"({"errors":[5,null,"x"]})", "not found (status 404)", ErrorCode::kNotFound},
      {404, R"({"errors":[{}]})", "not found (status 404)", ErrorCode::kNotFound},
      {404, std::string(kMaxErrorBodyBytes + 1, ' '), "not found (status 404)",
       ErrorCode::kNotFound},
      {404, std::string(1000, '['), "not found (status 404)", ErrorCode::kNotFound},
  };
  for (const auto& [status, body, message, code] : cases) {
    const RegistryError error = failure(status, body);
    EXPECT_EQ(error.message(), message) << body.substr(0, 100);
    EXPECT_EQ(error.code(), code) << body.substr(0, 100);
    EXPECT_EQ(error.status(), status);
  }
}

TEST(ReadFailure, NothingOfItCanTakeOverATerminal) {
  const RegistryError error = failure(
      403, R"({"errors":[{"code":"DENIED","message":"\u001b[2Jgone\r\nnew\u009b line\u0007"}]})");
  EXPECT_EQ(error.message(), "denied: [2Jgone  new  line");
}

TEST(ReadFailure, LongSentencesAreCut) {
  const RegistryError error = failure(
      403, R"({"errors":[{"code":"DENIED","message":")" + std::string(20'000, 'x') + R"("}]})");
  EXPECT_LE(error.message().size(), kMaxErrorTextBytes + 100);
}

TEST(Printable, DoesNotCutWithinACharacter) {
  EXPECT_EQ(printable("ää", 3), "ä");
  EXPECT_EQ(printable("ää", 4), "ää");
  EXPECT_EQ(printable(" \t x \x7f", 100), "x");
}

TEST(RetryAfter, IsReadInBothForms) {
  EXPECT_EQ(parse_retry_after("7"), std::chrono::seconds(7));
  EXPECT_EQ(parse_retry_after(" 0 "), std::chrono::seconds(0));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), std::chrono::seconds(0));
  EXPECT_GT(parse_retry_after("Fri, 31 Dec 2199 23:59:59 GMT"), std::chrono::hours(1));
  for (const char* text : {"", "-1", "soon", "1.5", "99999999999999999999"}) {
    EXPECT_FALSE(parse_retry_after(text)) << text;
  }
}

TEST(Failures, OfPullsTellWhatDockerTells) {
  const auto told = [](const RegistryError& error, const char* reference) -> std::string {
    try {
      try {
        throw error;
      } catch (const RegistryError& caught) {
        rethrow_pull_failure(caught, Reference::parse(reference));
      }
    } catch (const RegistryError& changed) {
      return changed.message();
    }
  };
  EXPECT_EQ(told(RegistryError(403, "DENIED", "denied: no"), "acme/tool:1"),
            "pull access denied for acme/tool, repository does not exist or may require "
            "'estiba login': denied: no");
  EXPECT_EQ(told(RegistryError(401, "UNAUTHORIZED", "unauthorized: no"), "quay.io/acme/tool:1"),
            "pull access denied for quay.io/acme/tool, repository does not exist or may require "
            "'estiba login quay.io': unauthorized: no");
  EXPECT_EQ(told(RegistryError(404, "MANIFEST_UNKNOWN", "manifest unknown: x"), "debian:99"),
            "manifest for debian:99 not found: manifest unknown: x");
  EXPECT_EQ(told(RegistryError(404, "NAME_UNKNOWN", "name unknown: x"), "localhost:5000/a:1"),
            "repository localhost:5000/a not found: name unknown: x");
  EXPECT_EQ(told(RegistryError(500, "", "broken"), "a:1"), "broken");
}

TEST(Retries, EndAfterTheLastAttempt) {
  const RetryPolicy policy = testing::impatient_settings().retries;
  int calls = 0;
  EXPECT_THROW(with_retries(policy, {},
                            [&]() -> int {
                              ++calls;
                              throw Error(ErrorCode::kUnavailable, "down");
                            }),
               Error);
  EXPECT_EQ(calls, policy.max_attempts);
  calls = 0;
  EXPECT_EQ(with_retries(policy, {},
                         [&] {
                           if (++calls < 3) throw Error(ErrorCode::kUnavailable, "down");
                           return 42;
                         }),
            42);
}

TEST(Retries, AreNotMadeForWhatWillNotChange) {
  int calls = 0;
  const auto fail_with = [&](const auto& error) {
    calls = 0;
    EXPECT_THROW(with_retries(testing::impatient_settings().retries, {},
                              [&]() -> int {
                                ++calls;
                                throw error;
                              }),
                 Error);
    return calls;
  };
  EXPECT_EQ(fail_with(Error(ErrorCode::kDataLoss, "damaged")), 1);
  EXPECT_EQ(fail_with(RegistryError(404, "", "gone")), 1);
  EXPECT_EQ(fail_with(RegistryError(503, "", "later")), 3);
  RegistryError much_later(429, "", "tomorrow");
  much_later.set_retry_after(std::chrono::hours(24));
  EXPECT_EQ(fail_with(much_later), 1);
}

TEST(Retries, StopAtOnceWhenAsked) {
  RetryPolicy policy;
  policy.first_delay = std::chrono::milliseconds(60'000);
  policy.max_delay = policy.first_delay;
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  try {
    with_retries(policy, stop.get_token(),
                 []() -> int { throw Error(ErrorCode::kUnavailable, "down"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
}

}  // namespace
}  // namespace estiba::client
