// The client against servers that misbehave, and what it refuses itself.
#include "http/client.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/error.h"
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

Response hello(Request&) {
  return Response::text(200, "hello");
}

TEST(Client, RefusesPlainHttpUnlessAllowed) {
  ClientRequest request = request_for("http://127.0.0.1:1/");
  request.allow_plain_http = false;
  const Error error = error_of([&] { (void)Client().open(request); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(error.hint().empty());
}

TEST(Client, NamesHostAndReasonWhenItCannotConnect) {
  Client client;
  const Error refused = error_of([&] { (void)client.open(request_for("http://127.0.0.1:1/v2/")); });
  EXPECT_EQ(refused.code(), ErrorCode::kUnavailable);
  EXPECT_EQ(refused.message(), "cannot connect to http://127.0.0.1:1: Connection refused");
  const Error unknown =
      error_of([&] { (void)client.open(request_for("http://no-such-host.invalid/")); });
  EXPECT_EQ(unknown.code(), ErrorCode::kUnavailable);
  EXPECT_NE(unknown.message().find("no-such-host.invalid"), std::string::npos);
}

TEST(Client, ReportsConnectionsThatBreakOff) {
  std::string many_fields;
  for (int i = 0; i < 1000; ++i) many_fields += "X-Field: " + std::string(300, 'x') + "\r\n";
  const std::vector<std::string> answers = {
      "",
      "HTTP/1.1 200 OK\r\nContent-Le",
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\npart\r\n",
      "SSH-2.0-OpenSSH\r\n",
      "HTTP/1.1 200 OK\r\nX: " + std::string(300'000, 'x') + "\r\n\r\n",
      "HTTP/1.1 200 OK\r\n" + many_fields + "\r\n",
  };
  Client client;
  for (const std::string& answer : answers) {
    const ScriptedServer server([&](Peer& peer) {
      peer.receive_until("\r\n\r\n");
      peer.send(answer);
    });
    const Error error = error_of([&] { (void)client.fetch(request_for(server.url()), 1000); });
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable) << answer.substr(0, 60) << error.what();
    EXPECT_NE(error.message().find("127.0.0.1"), std::string::npos) << error.what();
  }
}

TEST(Client, GivesUpOnPeersThatStall) {
  std::atomic<bool> over = false;
  const auto wait = [&] {
    while (!over) std::this_thread::sleep_for(5ms);
  };
  ClientOptions options;
  options.stall_timeout = 200ms;
  options.response_timeout = 600ms;
  Client client(options);
  {
    const ScriptedServer server([&](Peer& peer) {
      peer.receive_until("\r\n\r\n");
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
      wait();
    });
    const Error error = error_of([&] { (void)client.fetch(request_for(server.url()), 1000); });
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_NE(error.message().find("stalled after 3 bytes"), std::string::npos) << error.what();
    over = true;
  }
  over = false;
  {
    const ScriptedServer server([&](Peer& peer) {
      peer.receive_until("\r\n\r\n");
      wait();
    });
    const auto started = std::chrono::steady_clock::now();
    const Error get = error_of([&] { (void)client.open(request_for(server.url())); });
    EXPECT_NE(get.message().find("does not answer"), std::string::npos) << get.what();
    EXPECT_LT(std::chrono::steady_clock::now() - started, 550ms);
    over = true;
  }
  over = false;
  {
    // A server that takes nothing of a large upload.
    const ScriptedServer server([&](Peer&) { wait(); });
    PatternSource source(256u << 20);
    ClientRequest put = request_for(server.url(), "PUT");
    put.source = &source;
    put.source_size_bytes = 256u << 20;
    const Error error = error_of([&] { (void)client.open(put); });
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    over = true;
  }
}

TEST(Client, StopsWithin200Milliseconds) {
  std::atomic<bool> over = false;
  const ScriptedServer server([&](Peer& peer) {
    if (peer.receive_until("\r\n\r\n").starts_with("GET /body")) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    }
    while (!over) std::this_thread::sleep_for(5ms);
    over = false;
  });
  for (const char* path : {"/head", "/body"}) {
    std::stop_source stop;
    std::chrono::steady_clock::time_point requested;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(100ms);
      requested = std::chrono::steady_clock::now();
      stop.request_stop();
    });
    Client client;
    const Error error =
        error_of([&] { (void)client.fetch(request_for(server.url(path)), 100, stop.get_token()); });
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
    stopper.join();
    EXPECT_LT(std::chrono::steady_clock::now() - requested, 200ms);
    over = true;
  }
}

TEST(Client, PassesOnErrorsOfTheSource) {
  class FailingSource final : public Source {
   public:
    std::size_t read(MutableBytes) override { throw Error(ErrorCode::kDataLoss, "bad disk"); }
  };
  const auto server = serve(hello);
  FailingSource failing;
  ClientRequest put = request_for(url_of(*server), "PUT");
  put.source = &failing;
  EXPECT_EQ(error_of([&] { (void)Client().open(put); }).message(), "bad disk");
  StringSource shorter("abc");
  put.source = &shorter;
  put.source_size_bytes = 10;
  EXPECT_EQ(error_of([&] { (void)Client().open(put); }).code(), ErrorCode::kDataLoss);
}

TEST(Client, BoundsWhatItFetches) {
  const auto server = serve([](Request&) { return Response::text(200, std::string(1000, 'x')); });
  Client client;
  EXPECT_EQ(error_of([&] { (void)client.fetch(request_for(url_of(*server)), 999); }).code(),
            ErrorCode::kResourceExhausted);
  EXPECT_EQ(client.fetch(request_for(url_of(*server)), 1000).body.size(), 1000u);
}

TEST(Client, RefusesFieldsThatWouldInjectOthers) {
  ClientRequest request = request_for("http://127.0.0.1:1/");
  request.headers.add("X-A", "b\r\nX-C: d");
  EXPECT_EQ(error_of([&] { (void)Client().open(request); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      error_of([&] { (void)Client().open(request_for("http://127.0.0.1:1/", "GE T")); }).code(),
      ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace estiba::http
