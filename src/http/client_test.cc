// The client against our server.
#include "http/client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>

#include "base/hash.h"
#include "http/server.h"
#include "http/test_peer.h"
#include "http/test_request.h"

namespace estiba::http {
namespace {

using namespace std::chrono_literals;
using test::error_of;
using test::PatternSource;
using test::Peer;
using test::request_for;
using test::ScriptedServer;
using test::serve;
using test::url_of;

// Names the method, the body and the fields that matter.
Response mirror(Request& request) {
  std::string text = request.method() + "|" + std::string(request.headers().get("X-A")) + "|" +
                     std::string(request.headers().get("Content-Type")) + "|" +
                     std::string(request.headers().get("Content-Length")) + "|" +
                     std::string(request.headers().get("Transfer-Encoding")) + "|";
  return Response::text(200, text + request.read_body(1 << 20));
}

std::string hash_of(Source& source) {
  HashSink sink(HashAlgorithm::kSha256);
  copy(source, sink);
  return sink.hasher().finish_hex();
}

TEST(Client, SendsMethodsFieldsAndBodies) {
  const auto server = serve(mirror);
  Client client;
  const auto body = [&](ClientRequest request) { return client.fetch(request, 1000).body; };
  ClientRequest get = request_for(url_of(*server));
  get.headers.add("X-A", "b");
  EXPECT_EQ(body(get), "GET|b||||");
  ClientRequest post = request_for(url_of(*server), "POST");
  EXPECT_EQ(body(post), "POST|||0||");
  post.headers.add("Content-Type", "application/json");
  post.body = "{}";
  EXPECT_EQ(body(post), "POST||application/json|2||{}");
  EXPECT_EQ(body(request_for(url_of(*server), "DELETE")), "DELETE|||||");
  StringSource sized("0123456789");
  ClientRequest put = request_for(url_of(*server), "PUT");
  put.source = &sized;
  put.source_size_bytes = 10;
  EXPECT_EQ(body(put), "PUT|||10||0123456789");
  StringSource unsized("abc");
  ClientRequest patch = request_for(url_of(*server), "PATCH");
  patch.source = &unsized;
  EXPECT_EQ(body(patch), "PATCH||||chunked|abc");
  StringSource nothing("");
  put.source = &nothing;
  put.source_size_bytes = 0;
  EXPECT_EQ(body(put), "PUT|||0||");
}

TEST(Client, ShowsTheHeadBeforeTheBody) {
  std::atomic<bool> go_on = false;
  const auto server = serve([&](Request&) {
    Response response;
    response.status = 202;
    response.headers = {{"X-B", "1"}, {"x-b", "2"}};
    response.body = StreamedBody{.write =
                                     [&](Sink& sink) {
                                       sink.write(as_bytes("first "));
                                       while (!go_on) std::this_thread::sleep_for(1ms);
                                       sink.write(as_bytes("second"));
                                     },
                                 .size_bytes = {}};
    return response;
  });
  Client client;
  Exchange exchange = client.open(request_for(url_of(*server)));
  EXPECT_EQ(exchange.status(), 202);
  EXPECT_EQ(exchange.headers().all("X-B").size(), 2u);
  EXPECT_EQ(exchange.header("Date").size(), 29u);
  EXPECT_FALSE(exchange.content_length());
  std::array<std::byte, 100> buffer;
  EXPECT_EQ(exchange.body().read(buffer), 6u);
  go_on = true;
  EXPECT_EQ(read_all(exchange.body(), 100, "rest"), "second");
}

TEST(Client, HeadHasALengthAndNoBody) {
  const auto server = serve([](Request&) { return Response::text(200, "hello"); });
  Client client;
  Exchange exchange = client.open(request_for(url_of(*server), "HEAD"));
  EXPECT_EQ(exchange.content_length(), 5u);
  EXPECT_EQ(read_all(exchange.body(), 100, "body"), "");
}

TEST(Client, StreamsLargeBodiesBothWays) {
#ifdef __SANITIZE_ADDRESS__
  constexpr std::uint64_t kSize = 64u << 20;  // instrumented code takes its time
#else
  constexpr std::uint64_t kSize = 1u << 30;
#endif
  const auto server = serve([&](Request& request) {
    if (request.method() == "PUT") return Response::text(201, hash_of(request.body(kSize)));
    Response response;
    response.body = StreamedBody{.write =
                                     [&](Sink& sink) {
                                       PatternSource source(kSize);
                                       copy(source, sink);
                                     },
                                 .size_bytes = {}};
    return response;
  });
  PatternSource expected_source(kSize);
  const std::string expected = hash_of(expected_source);
  Client client;
  for (const bool sized : {true, false}) {
    PatternSource source(kSize);
    ClientRequest put = request_for(url_of(*server), "PUT");
    put.source = &source;
    if (sized) put.source_size_bytes = kSize;
    EXPECT_EQ(client.fetch(put, 1000).body, expected);
  }
  Exchange exchange = client.open(request_for(url_of(*server)));
  std::this_thread::sleep_for(50ms);  // a slow reader makes the server wait, nothing is lost
  EXPECT_EQ(hash_of(exchange.body()), expected);
}

TEST(Client, ReusesConnectionsAlsoFromManyThreads) {
  std::mutex mutex;
  std::set<std::string> peers;
  const auto server = serve([&](Request& request) {
    const std::lock_guard lock(mutex);
    peers.insert(request.peer_address());
    return Response::text(request.target().path == "/error" ? 404 : 200, "x");
  });
  Client client;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.fetch(request_for(url_of(*server)), 10).status, 200);
    (void)client.open(request_for(url_of(*server, "/error")));  // its body is never read
  }
  EXPECT_EQ(peers.size(), 1u);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        EXPECT_EQ(client.fetch(request_for(url_of(*server)), 10).body, "x");
      }
    });
  }
  threads.clear();
  EXPECT_LE(peers.size(), 8u);
}

TEST(Client, FollowsRedirectsWithoutCarryingSecretsAway) {
  const auto cdn = serve([](Request& request) {
    return Response::text(200, "cdn:" + std::string(request.headers().get("Authorization")) + ":" +
                                   std::string(request.headers().get("Accept")));
  });
  const auto registry = serve([&](Request& request) {
    const std::string& path = request.target().path;
    Response response;
    response.status = 307;
    if (path == "/blob") {
      response.headers.add("Location", url_of(*cdn, "/data?sig=a%2Fb"));
      response.body = "ignored";
    } else if (path == "/local") {
      response.headers.add("Location", "final");
    } else if (path == "/loop") {
      response.headers.add("Location", "/loop");
    } else if (path == "/file") {
      response.headers.add("Location", "file:///etc/passwd");
    } else {
      return Response::text(200, "final:" + std::string(request.headers().get("Authorization")));
    }
    return response;
  });
  Client client;
  const auto get = [&](const std::string& path, const std::string& method = "GET") {
    ClientRequest request = request_for(url_of(*registry, path), method);
    request.headers = {{"Authorization", "secret"}, {"Accept", "a"}};
    return client.fetch(request, 1000);
  };
  const ClientResponse blob = get("/blob");
  EXPECT_EQ(blob.body, "cdn::a");
  EXPECT_EQ(blob.url, url_of(*cdn, "/data?sig=a%2Fb"));
  EXPECT_EQ(get("/local").body, "final:secret");
  EXPECT_EQ(get("/blob", "PUT").status, 307);
  EXPECT_EQ(error_of([&] { get("/loop"); }).code(), ErrorCode::kUnavailable);
  EXPECT_EQ(error_of([&] { get("/file"); }).code(), ErrorCode::kInvalidArgument);
}

TEST(Client, SkipsInterimResponsesAndTrailers) {
  const ScriptedServer server([](Peer& peer) {
    peer.receive_until("\r\n\r\n");
    peer.send(
        "HTTP/1.1 103 Early Hints\r\nX-A: early\r\n\r\n"
        "HTTP/1.1 200 OK\r\nX-A: final\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nok\r\n0\r\nX-A: trailer\r\n\r\n");
  });
  const ClientResponse response = Client().fetch(request_for(server.url()), 1000);
  EXPECT_EQ(response.headers.all("X-A"), std::vector<std::string_view>{"final"});
  EXPECT_EQ(response.body, "ok");
}

TEST(Client, ShowsTheRefusalOfAnUploadThatIsCutShort) {
  const auto server = serve([](Request&) { return Response::text(413, "too large"); });
  PatternSource source(64u << 20);
  ClientRequest put = request_for(url_of(*server), "PUT");
  put.source = &source;
  put.source_size_bytes = 64u << 20;
  EXPECT_EQ(Client().open(put).status(), 413);
}

TEST(Client, WaitsLongerForTheAnswerToAnUploadThanForBytes) {
  const auto server = serve([](Request& request) {
    (void)request.read_body(100);
    std::this_thread::sleep_for(400ms);
    return Response::text(201, "");
  });
  ClientOptions options;
  options.stall_timeout = 150ms;
  Client client(options);
  ClientRequest put = request_for(url_of(*server), "PUT");
  put.body = "x";
  EXPECT_EQ(client.fetch(put, 10).status, 201);
  StringSource source("y");
  put.source = &source;
  EXPECT_EQ(client.fetch(put, 10).status, 201);
}

}  // namespace
}  // namespace estiba::http
