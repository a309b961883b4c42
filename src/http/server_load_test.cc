// Many, slow, stalled and vanishing clients; and the end of the server.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>

#include "base/error.h"
#include "base/testing/anonymous_file.h"
#include "http/client.h"
#include "http/server.h"
#include "http/test_peer.h"

namespace estiba::http {
namespace {

using namespace std::chrono_literals;
using test::Peer;
using test::serve;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

Response hello(Request&) {
  return Response::text(200, "hello");
}

std::size_t thread_count() {
  const std::string status = read_file("/proc/self/status");
  return std::stoul(status.substr(status.find("Threads:") + 8));
}

ServerOptions impatient() {
  ServerOptions options;
  options.limits.header_timeout = 200ms;
  options.limits.idle_timeout = 400ms;
  options.limits.body_timeout = 200ms;
  options.limits.write_timeout = 300ms;
  options.limits.linger_timeout = 200ms;
  return options;
}

UniqueFd large_file(std::uint64_t size_bytes) {
  UniqueFd fd = estiba::testing::anonymous_file();
  if (::ftruncate(fd.get(), static_cast<off_t>(size_bytes)) != 0) throw_errno("grow test file");
  return fd;
}

TEST(ServerLoad, ThousandIdleConnectionsNeedFewThreads) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ServerOptions options;
  options.max_worker_threads = 4;
  const auto server = serve(hello, options);
  std::vector<Peer> peers;
  for (int i = 0; i < 1000; ++i) {
    peers.push_back(Peer::connect_to(server->port()));
    peers.back().send(kGet);
    peers.back().receive_until("hello");
  }
  EXPECT_LE(thread_count(), 10u);
  for (Peer& peer : peers) {
    peer.send(kGet);
    EXPECT_TRUE(peer.receive_until("hello").starts_with("HTTP/1.1 200"));
  }
  const auto before = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 1s);
  EXPECT_EQ(peers.front().receive_all(), "");
}

TEST(ServerLoad, SlowHeadsHoldNoThread) {
  ServerOptions options;
  options.max_worker_threads = 1;
  const auto server = serve(hello, options);
  std::vector<Peer> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(Peer::connect_to(server->port()));
    slow.back().send("GET / HTTP/1.1\r\nHo");
  }
  Peer peer = Peer::connect_to(server->port());
  peer.send(kGet);
  EXPECT_TRUE(peer.receive_until("hello").ends_with("hello"));
  slow.front().send("st: h\r\n\r\n");
  EXPECT_TRUE(slow.front().receive_until("hello").ends_with("hello"));
}

TEST(ServerLoad, SlowBodiesHoldNoThread) {
  ServerOptions options;
  options.max_worker_threads = 1;
  const auto server =
      serve([](Request& request) { return Response::text(200, request.read_body(1000) + "hello"); },
            options);
  std::vector<Peer> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(Peer::connect_to(server->port()));
    slow.back().send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  }
  Peer peer = Peer::connect_to(server->port());
  peer.send(kGet);
  EXPECT_TRUE(peer.receive_until("hello").ends_with("hello"));
  for (Peer& each : slow) {
    each.send("cd");
    EXPECT_TRUE(each.receive_until("hello").ends_with("abcdhello"));
  }
  // The threads that stood in for those that waited go again as they find nothing to do.
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (thread_count() > 8 && std::chrono::steady_clock::now() < deadline) {
    peer.send(kGet);
    peer.receive_until("hello");
  }
  EXPECT_LE(thread_count(), 8u);
}

TEST(ServerLoad, SlowFileTakersHoldNoThread) {
  constexpr std::uint64_t kSize = 16 << 20;
  ServerOptions options;
  options.max_worker_threads = 1;
  const auto server = serve(
      [&](Request& request) {
        if (request.target().path == "/") return Response::text(200, "hello");
        Response response;
        response.body = FileRegion{large_file(kSize), 0, kSize};
        return response;
      },
      options);
  std::vector<Peer> slow;
  for (int i = 0; i < 5; ++i) {
    slow.push_back(Peer::connect_to(server->port(), 16 * 1024));
    slow.back().send("GET /file HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  Peer peer = Peer::connect_to(server->port());
  peer.send(kGet);
  EXPECT_TRUE(peer.receive_until("hello").ends_with("hello"));
  for (Peer& each : slow) {
    each.receive_until("\r\n\r\n");
    EXPECT_EQ(each.receive_exactly(kSize).size(), kSize);
    each.send(kGet);
    EXPECT_TRUE(each.receive_until("hello").ends_with("hello"));
  }
}

TEST(ServerLoad, ClosesWhoeverIsTooSlow) {
  std::atomic<int> unavailable = 0;
  const auto server = serve(
      [&](Request& request) {
        try {
          return Response::text(200, request.read_body(100));
        } catch (const Error& error) {
          if (error.code() == ErrorCode::kUnavailable) ++unavailable;
          throw;
        }
      },
      impatient());
  Peer silent = Peer::connect_to(server->port());
  Peer slow_head = Peer::connect_to(server->port());
  slow_head.send("GET / HT");
  Peer idle = Peer::connect_to(server->port());
  idle.send(kGet);
  idle.receive_until("\r\n\r\n");
  Peer slow_body = Peer::connect_to(server->port());
  slow_body.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12");
  EXPECT_FALSE(idle.is_closed_within(250ms));
  EXPECT_TRUE(silent.is_closed_within(2s));
  EXPECT_TRUE(slow_head.is_closed_within(2s));
  EXPECT_TRUE(idle.is_closed_within(2s));
  EXPECT_TRUE(slow_body.receive_all().starts_with("HTTP/1.1 503"));
  EXPECT_EQ(unavailable, 1);
}

TEST(ServerLoad, DrippingABodyDoesNotHoldAThreadForever) {
  const auto server =
      serve([](Request& request) { return Response::text(200, request.read_body(1 << 20)); },
            impatient());
  Peer peer = Peer::connect_to(server->port());
  peer.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  const auto started = std::chrono::steady_clock::now();
  while (peer.send("x") && !peer.is_closed_within(50ms) &&
         std::chrono::steady_clock::now() - started < 5s) {
    if (::recv(peer.fd(), nullptr, 0, MSG_DONTWAIT | MSG_PEEK) == 0) break;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, 3s);
}

TEST(ServerLoad, TheOldestIdleConnectionMakesRoom) {
  ServerOptions options;
  options.limits.max_connections = 3;
  const auto server = serve(hello, options);
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) {
    peers.push_back(Peer::connect_to(server->port()));
    peers.back().send(kGet);
    EXPECT_TRUE(peers.back().receive_until("hello").ends_with("hello"));
    std::this_thread::sleep_for(50ms);  // it is idle a moment after it was answered
  }
  EXPECT_TRUE(peers[0].is_closed_within(5s));
  EXPECT_FALSE(peers[4].is_closed_within(50ms));
}

TEST(ServerLoad, ClientsThatVanishLeaveNothingBehind) {
  std::atomic<int> incomplete = 0;
  ServerOptions options;
  options.on_finished = [&](const AccessRecord& record) {
    if (!record.complete) ++incomplete;
  };
  const auto server = serve(
      [&](Request&) {
        Response response;
        response.body = FileRegion{large_file(64 << 20), 0, 64 << 20};
        return response;
      },
      options);
  for (int i = 0; i < 10; ++i) {
    Peer peer = Peer::connect_to(server->port(), 16 * 1024);
    peer.send(kGet);
    peer.receive_until("\r\n\r\n");
    peer.reset();
  }
  const auto before = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
  EXPECT_EQ(incomplete, 10);
}

TEST(ServerStop, LetsActiveRequestsFinish) {
  std::atomic<bool> entered = false;
  const auto server = serve([&](Request&) {
    entered = true;
    std::this_thread::sleep_for(200ms);
    return Response::text(200, "finished");
  });
  Peer peer = Peer::connect_to(server->port());
  peer.send(kGet);
  while (!entered) std::this_thread::sleep_for(1ms);
  server->stop();
  const std::string response = peer.receive_all();
  EXPECT_TRUE(response.ends_with("finished")) << response;
  EXPECT_NE(response.find("Connection: close"), std::string::npos);
  EXPECT_THROW((void)Peer::connect_to(server->port()), std::runtime_error);
}

TEST(ServerStop, BreaksOffWhatOutlivesTheGrace) {
  ServerOptions options;
  options.stop_grace = 100ms;
  std::atomic<int> entered = 0;
  const auto server = serve(
      [&](Request& request) {
        ++entered;
        if (request.has_body()) return Response::text(200, request.read_body(1000));
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any never;
        never.wait(lock, request.stop_token(), [] { return false; });
        return Response::text(503, "stopped");
      },
      options);
  Peer waiting = Peer::connect_to(server->port());
  waiting.send(kGet);
  Peer uploading = Peer::connect_to(server->port());
  uploading.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12");
  while (entered < 2) std::this_thread::sleep_for(1ms);
  const auto before = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
}

TEST(ServerStop, RunEndsWhenItIsToldTo) {
  Server server({}, hello);
  server.start();
  std::jthread thread([&](std::stop_token stop) { server.run(std::move(stop)); });
  Peer idle = Peer::connect_to(server.port());
  thread.request_stop();
  thread.join();
  EXPECT_TRUE(idle.is_closed_within(1s));
}

TEST(ServerStart, SaysWhyItCannotListen) {
  const auto server = serve(hello);
  ServerOptions taken;
  taken.listen_addresses = server->addresses();
  Server second(taken, hello);
  try {
    second.start();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConflict);
    EXPECT_NE(error.message().find("already in use"), std::string::npos) << error.what();
  }
  for (const char* address : {"", "localhost", "host:port", "127.0.0.1:70000", "::1:5000"}) {
    ServerOptions options;
    options.listen_addresses = {address};
    Server malformed(options, hello);
    EXPECT_THROW(malformed.start(), Error) << address;
  }
}

TEST(ServerStart, ListensOnEveryInterface) {
  ServerOptions options;
  options.listen_addresses = {":0"};
  const auto server = serve(hello, options);
  Peer peer = Peer::connect_to(server->port());
  peer.send(kGet);
  EXPECT_TRUE(peer.receive_until("hello").ends_with("hello"));
}

}  // namespace
}  // namespace estiba::http
