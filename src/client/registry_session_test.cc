// How registries are reached and asked to let us in.
#include "client/registry_session.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/testing/expect_error.h"
#include "client/base64.h"
#include "client/login.h"
#include "client/registry_error.h"
#include "client/testing/docker_registry.h"
#include "client/testing/scripted_registry.h"
#include "oci/json_document.h"

namespace estiba::client {
namespace {

using estiba::testing::error_code_of;
using testing::impatient_settings;
using testing::reply;
using testing::ScriptedRegistry;

const Credential kAnn{.username = "ann", .password = "pw"};

class Session {
 public:
  explicit Session(const std::string& host, std::optional<Credential> credential = std::nullopt)
      : session_(http_, registry_endpoint(host, impatient_settings()), std::move(credential)) {}

  int get(const std::string& target, const Scopes& scopes = {}) {
    http::Exchange exchange = session_.send({.target = target, .scopes = scopes}, {});
    (void)read_all(exchange.body(), 1u << 20, "body");
    return exchange.status();
  }
  RegistrySession& operator*() { return session_; }

 private:
  http::Client http_;
  RegistrySession session_;
};

// A registry with a token server beside it: tokens are "token-N scope scope".
class TokenRegistry {
 public:
  TokenRegistry() : registry_([this](http::Request& request) { return answer(request); }, true) {}

  [[nodiscard]] ScriptedRegistry& operator*() { return registry_; }
  [[nodiscard]] ScriptedRegistry* operator->() { return &registry_; }
  void refuse_tokens_so_far() { first_valid_ = next_token_.load(); }

 private:
  http::Response answer(http::Request& request) {
    if (request.target().path == "/token") return give_token(request);
    const std::string authorization(request.headers().get("Authorization"));
    const std::string prefix = "Bearer token-";
    const bool valid = authorization.starts_with(prefix) &&
                       std::stoi(authorization.substr(prefix.size())) >= first_valid_;
    if (valid) return reply(200, "{}");
    return reply(401, R"({"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]})",
                 {{"WWW-Authenticate",
                   "Bearer realm=\"" + registry_.url() + "/token\",service=\"the service\""}});
  }

  http::Response give_token(http::Request& request) {
    const std::string authorization(request.headers().get("Authorization"));
    const std::string form = request.read_body(10'000);
    const bool known = authorization == "Basic " + base64_encode("ann:pw") ||
                       form.find("refresh_token=refresh") != std::string::npos ||
                       (authorization.empty() && form.empty());
    if (!known) return reply(401, R"({"details":"incorrect username or password"})");
    std::string body = fmt::format(R"({{"token":"token-{}","expires_in":300)", next_token_++);
    if (request.query().get("offline_token") == "true") body += R"(,"refresh_token":"refresh")";
    last_form_ = form;
    return reply(200, body + "}");
  }

  std::atomic<int> next_token_{0};
  std::atomic<int> first_valid_{0};
  ScriptedRegistry registry_;

 public:
  std::string last_form_;
};

TEST(Session, HttpIsUsedOnLoopbackWhenHttpsDoesNotAnswer) {
  ScriptedRegistry registry([](http::Request&) { return reply(200, "{}"); });
  Session session(registry.host());
  EXPECT_EQ(session.get("/v2/x"), 200);
  EXPECT_EQ((*session).origin({}), registry.url());
}

TEST(Session, WhatIsNoRegistryIsNamed) {
  ScriptedRegistry web([](http::Request&) { return reply(404, "<html>"); }, true);
  try {
    (void)(*Session(web.host())).origin({});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), web.url() + " is not a registry: it knows no /v2/");
  }
}

TEST(Session, NobodyListeningIsUnavailableAtOnce) {
  const std::uint16_t port = testing::listen_loopback().second;
  Session session(fmt::format("127.0.0.1:{}", port));
  EXPECT_EQ(error_code_of([&] { (void)session.get("/v2/x"); }), ErrorCode::kUnavailable);
}

TEST(Endpoint, PlainHttpNeedsLoopbackOrPermission) {
  Settings settings = impatient_settings();
  settings.registries["trusted.example:5000"].allow_plain_http = true;
  const auto origins = [&](const char* registry) {
    return registry_endpoint(registry, settings).origins;
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(origins("quay.io"), List{"https://quay.io"});
  EXPECT_EQ(origins("docker.io"), List{"https://registry-1.docker.io"});
  EXPECT_EQ(origins("trusted.example:5000"),
            (List{"https://trusted.example:5000", "http://trusted.example:5000"}));
  EXPECT_EQ(origins("localhost:5000"), (List{"https://localhost:5000", "http://localhost:5000"}));
  EXPECT_EQ(origins("[::1]:5000"), (List{"https://[::1]:5000", "http://[::1]:5000"}));
  for (const char* name : {"127.1.2.3", "localhost", "a.localhost:1", "[::1]"}) {
    EXPECT_TRUE(is_loopback(name)) << name;
  }
  for (const char* name : {"128.0.0.1", "127.0.0.1.example", "localhost.example", "[::2]", ""}) {
    EXPECT_FALSE(is_loopback(name)) << name;
  }
}

TEST(Endpoint, MirrorsKeepTheirSchemeAndMayHaveNoPath) {
  Settings settings = impatient_settings();
  settings.registries["docker.io"].mirrors = {"http://10.0.0.1:5000/", "mirror.example"};
  const std::vector<Endpoint> mirrors = mirror_endpoints("docker.io", settings);
  ASSERT_EQ(mirrors.size(), 2u);
  EXPECT_EQ(mirrors[0].origins, std::vector<std::string>{"http://10.0.0.1:5000"});
  EXPECT_TRUE(mirrors[0].allow_plain_http);
  EXPECT_EQ(mirrors[1].origins, std::vector<std::string>{"https://mirror.example"});
  EXPECT_EQ(mirrors[1].credential_registry, "mirror.example");
  settings.registries["docker.io"].mirrors = {"https://mirror.example/path"};
  EXPECT_EQ(error_code_of([&] { (void)mirror_endpoints("docker.io", settings); }),
            ErrorCode::kInvalidArgument);
}

TEST(Session, OneTokenServesManyRequestsOfTheSameScope) {
  TokenRegistry registry;
  Session session((*registry).host(), kAnn);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(session.get("/v2/a/manifests/1", {pull_scope("a")}), 200);
  }
  EXPECT_EQ(registry->count("GET", "/token"), 1u);
  EXPECT_EQ(session.get("/v2/b/manifests/1", {pull_scope("b")}), 200);
  EXPECT_EQ(registry->count("GET", "/token"), 2u);
  bool found = false;
  for (const testing::SeenRequest& request : registry->seen()) {
    if (!request.target.starts_with("/token")) continue;
    EXPECT_EQ(request.authorization, "Basic " + base64_encode("ann:pw"));
    EXPECT_NE(request.target.find("service=the%20service"), std::string::npos) << request.target;
    EXPECT_NE(request.target.find("account=ann"), std::string::npos);
    found = found || request.target.find("scope=repository%3Aa%3Apull") != std::string::npos;
  }
  EXPECT_TRUE(found);
}

TEST(Session, ARefusedTokenIsReplacedOnce) {
  TokenRegistry registry;
  Session session((*registry).host(), kAnn);
  EXPECT_EQ(session.get("/v2/a", {pull_scope("a")}), 200);
  registry.refuse_tokens_so_far();
  EXPECT_EQ(session.get("/v2/a", {pull_scope("a")}), 200);
  EXPECT_EQ(registry->count("GET", "/token"), 2u);
}

TEST(Session, ARegistryThatRefusesEveryTokenIsNotAskedForEver) {
  TokenRegistry registry;
  registry.refuse_tokens_so_far();
  ScriptedRegistry stubborn(
      [&](http::Request&) {
        return reply(401, "{}",
                     {{"WWW-Authenticate", "Bearer realm=\"" + (*registry).url() + "/token\""}});
      },
      true);
  Session session(stubborn.host(), kAnn);
  EXPECT_EQ(session.get("/v2/a", {pull_scope("a")}), 401);
  EXPECT_LE(stubborn.seen().size(), 3u);
}

TEST(Session, AnIdentityTokenIsExchangedByPost) {
  TokenRegistry registry;
  Session session((*registry).host(), Credential{.identity_token = "refresh"});
  EXPECT_EQ(session.get("/v2/a", {pull_scope("a"), pull_scope("b")}), 200);
  EXPECT_EQ(registry->count("POST", "/token"), 1u);
  EXPECT_NE(registry.last_form_.find("grant_type=refresh_token"), std::string::npos);
  EXPECT_NE(registry.last_form_.find("scope=repository%3Aa%3Apull%20repository%3Ab%3Apull"),
            std::string::npos)
      << registry.last_form_;
}

TEST(Session, AnonymousUsersGetTokensToo) {
  TokenRegistry registry;
  EXPECT_EQ(Session((*registry).host()).get("/v2/a", {pull_scope("a")}), 200);
}

TEST(Session, WithoutCredentialsBasicIsLeftUnanswered) {
  ScriptedRegistry registry(
      [](http::Request&) {
        return reply(401, "", {{"WWW-Authenticate", "Basic realm=\"x\""}});
      },
      true);
  EXPECT_EQ(Session(registry.host()).get("/v2/a"), 401);
  EXPECT_EQ(registry.count("GET", "/v2/a"), 1u);
}

TEST(Session, ARedirectToAnotherHostDoesNotSeeOurCredentials) {
  ScriptedRegistry storage([](http::Request&) {
    return reply(401, "", {{"WWW-Authenticate", "Basic realm=\"give it to me\""}});
  });
  ScriptedRegistry registry(
      [&](http::Request& request) {
        if (request.headers().get("Authorization").empty()) {
          return reply(401, "", {{"WWW-Authenticate", "Basic realm=\"x\""}});
        }
        if (request.target().raw == "/v2/") return reply(200, "{}");
        return reply(307, "", {{"Location", storage.url() + "/blob"}});
      },
      true);
  Session session(registry.host(), kAnn);
  EXPECT_EQ(session.get("/v2/a/blobs/x"), 401);
  ASSERT_EQ(storage.seen().size(), 1u);
  EXPECT_EQ(storage.seen()[0].authorization, "");
  // Nor does an absolute Location that was given for an upload.
  EXPECT_EQ(session.get(storage.url() + "/upload"), 401);
  EXPECT_EQ(storage.seen().back().authorization, "");
}

TEST(Authorizer, PasswordsDoNotTravelInTheOpen) {
  http::Client http;
  Authorizer authorizer(http, registry_endpoint("quay.io", impatient_settings()), kAnn);
  http::Headers challenge{{"WWW-Authenticate", "Bearer realm=\"http://auth.example/token\""}};
  EXPECT_TRUE(authorizer.challenged(challenge, {}, std::nullopt));
  EXPECT_EQ(error_code_of([&] { (void)authorizer.header({}, "https://quay.io", {}); }),
            ErrorCode::kUnavailable);
}

TEST(Authorizer, HostileTokenAnswersAreRefused) {
  for (const char* body : {"", "[]", "{}", R"({"token":5})", R"({"token":"a\r\nX: y"})",
                           R"({"token":"x","expires_in":"soon"})", "<html>"}) {
    ScriptedRegistry registry(
        [&](http::Request& request) {
          if (request.target().path == "/token") return reply(200, body);
          return reply(
              401, "",
              {{"WWW-Authenticate", "Bearer realm=\"http://" +
                                        std::string(request.headers().get("Host")) + "/token\""}});
        },
        true);
    Session session(registry.host(), kAnn);
    EXPECT_EQ(error_code_of([&] { (void)session.get("/v2/a"); }), ErrorCode::kInvalidArgument)
        << body;
  }
}

TEST(Login, SucceedsAndFailsAsTheTokenServerSays) {
  TokenRegistry registry;
  const Credential kept = login((*registry).host(), kAnn, impatient_settings(), {});
  EXPECT_EQ(kept.username, "ann");
  EXPECT_EQ(kept.identity_token, "refresh");
  EXPECT_EQ(kept.password, "");
  try {
    (void)login((*registry).host(), {.username = "ann", .password = "wrong"}, impatient_settings(),
                {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated);
    EXPECT_EQ(error.message(), "incorrect username or password");
  }
}

TEST(Login, WithBasicAtDockersRegistry) {
  testing::DockerRegistry registry(testing::DockerRegistry::Account{"ann", "pw"});
  EXPECT_EQ(login(registry.host(), kAnn, impatient_settings(), {}), kAnn);
  EXPECT_EQ(error_code_of([&] {
              (void)login(registry.host(), {.username = "ann", .password = "wrong"},
                          impatient_settings(), {});
            }),
            ErrorCode::kUnauthenticated);
}

TEST(Login, ARegistryThatAsksNobodyAcceptsEverybody) {
  testing::DockerRegistry registry;
  EXPECT_EQ(login(registry.host(), kAnn, impatient_settings(), {}), kAnn);
}

}  // namespace
}  // namespace estiba::client
