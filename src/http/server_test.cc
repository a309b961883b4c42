// The server as raw sockets see it: framing, keep-alive, bodies, answers.
#include "http/server.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <mutex>

#include "base/error.h"
#include "base/testing/anonymous_file.h"
#include "http/range.h"
#include "http/test_peer.h"

namespace estiba::http {
namespace {

using test::Peer;
using test::serve;

// Answers with the method, the path and the body.
Response echo(Request& request) {
  return Response::text(
      200, request.method() + " " + request.target().path + " " + request.read_body(1 << 20));
}

std::string body_of(const std::string& response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

UniqueFd file_with(const std::string& text) {
  UniqueFd fd = estiba::testing::anonymous_file();
  write_all(fd.get(), text, "test file");
  return fd;
}

TEST(Server, AnswersAndClosesWhenAsked) {
  const auto server = serve(echo);
  Peer peer = Peer::connect_to(server->port());
  peer.send("GET /a?b=c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string response = peer.receive_all();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << response;
  EXPECT_NE(response.find("\r\nContent-Length: 7\r\n"), std::string::npos) << response;
  EXPECT_NE(response.find("\r\nConnection: close\r\n"), std::string::npos) << response;
  EXPECT_EQ(body_of(response), "GET /a ");
}

TEST(Server, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  const auto server = serve(echo);
  Peer peer = Peer::connect_to(server->port());
  std::string all;
  for (int i = 0; i < 100; ++i) {
    all += "PUT /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok";
  }
  peer.send(all);
  for (int i = 0; i < 100; ++i) {
    const std::string mark = "PUT /" + std::to_string(i) + " ok";
    EXPECT_TRUE(peer.receive_until(mark).ends_with(mark));
  }
}

TEST(Server, ReadsHeadsAndChunksThatArriveByteByByte) {
  const auto server = serve(echo);
  Peer peer = Peer::connect_to(server->port());
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;ext=1\r\nabc\r\n00A \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
  for (const char c : request) {
    peer.send(std::string_view(&c, 1));
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  EXPECT_TRUE(peer.receive_until("0123456789").ends_with("POST /x abc0123456789"));
  peer.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(peer.receive_until("/next ").ends_with("GET /next "));
}

TEST(Server, RefusesMalformedChunks) {
  const auto server = serve(echo);
  for (const char* body : {"x\r\n", "\r\n", "-1\r\n", "0x2\r\nab\r\n", "2\r\nabc\r\n", "2\nab\r\n",
                           "2\r\nab\n0\r\n\r\n", "1000000000000000\r\n", "2 2\r\nab\r\n"}) {
    Peer peer = Peer::connect_to(server->port());
    peer.send(std::string("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n") +
              body + "0\r\n\r\n");
    const std::string response = peer.receive_all();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 400 ")) << body << " " << response;
    EXPECT_NE(response.find("Connection: close"), std::string::npos) << body;
  }
  Peer peer = Peer::connect_to(server->port());
  peer.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
            std::string(2000, 'e'));
  EXPECT_TRUE(peer.receive_all().starts_with("HTTP/1.1 400 "));
}

TEST(Server, AnswersMalformedHeadsAndCloses) {
  const auto server = serve(echo);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"nonsense\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "400"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", "431"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(70'000, 'x'), "431"},
  };
  for (const auto& [request, status] : cases) {
    Peer peer = Peer::connect_to(server->port());
    peer.send(request + (status == "431" ? "" : "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"));
    const std::string response = peer.receive_all();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 " + status)) << response;
    EXPECT_EQ(response.find("smuggled"), std::string::npos);
  }
}

TEST(Server, SendsContinueOnlyWhenTheBodyIsRead) {
  const auto server = serve([](Request& request) {
    if (request.target().path == "/refuse") return Response::text(403, "no");
    return echo(request);
  });
  const std::string rest =
      " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  Peer peer = Peer::connect_to(server->port());
  peer.send("PUT /read" + rest);
  EXPECT_EQ(peer.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("ok");
  EXPECT_TRUE(peer.receive_until("/read ok").starts_with("HTTP/1.1 200 OK"));

  Peer refused = Peer::connect_to(server->port());
  refused.send("PUT /refuse" + rest);
  EXPECT_TRUE(refused.receive_all().starts_with("HTTP/1.1 403 "));
}

TEST(Server, DropsSmallUnreadBodiesAndClosesOnLargeOnes) {
  const auto server = serve([](Request&) { return Response::text(200, "ignored"); });
  Peer small = Peer::connect_to(server->port());
  small.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  small.send(std::string(100'000, 'x') + "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(small.receive_until("ignored").find("Connection"), std::string::npos);
  EXPECT_TRUE(small.receive_until("ignored").ends_with("ignored"));

  Peer large = Peer::connect_to(server->port());
  large.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
  large.send(std::string(2'000'000, 'x'));  // none of it may reset the response away
  const std::string response = large.receive_all();
  EXPECT_NE(response.find("Connection: close"), std::string::npos);
  EXPECT_EQ(body_of(response), "ignored");
}

TEST(Server, BoundsBodiesByWhatTheHandlerAllows) {
  const auto server =
      serve([](Request& request) { return Response::text(200, request.read_body(4)); });
  Peer declared = Peer::connect_to(server->port());
  declared.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\n12345");
  EXPECT_TRUE(declared.receive_all().starts_with("HTTP/1.1 413 "));
  Peer chunked = Peer::connect_to(server->port());
  chunked.send(
      "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "5\r\n12345\r\n0\r\n\r\n");
  EXPECT_TRUE(chunked.receive_all().starts_with("HTTP/1.1 413 "));
}

TEST(Server, SendsFilesAndTheirRanges) {
  const std::string content = "0123456789";
  const auto server = serve([&](Request& request) {
    Response response;
    response.headers.add("ETag", "\"v1\"");
    response.body = FileRegion{file_with("--" + content), 2, content.size()};
    apply_range(request, response);
    return response;
  });
  const auto get = [&](const std::string& method, const std::string& fields) {
    Peer peer = Peer::connect_to(server->port());
    peer.send(method + " / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + fields + "\r\n");
    return peer.receive_all();
  };
  EXPECT_EQ(body_of(get("GET", "")), content);
  const std::string part = get("GET", "Range: bytes=3-5\r\n");
  EXPECT_TRUE(part.starts_with("HTTP/1.1 206 Partial Content")) << part;
  EXPECT_NE(part.find("Content-Range: bytes 3-5/10\r\n"), std::string::npos) << part;
  EXPECT_EQ(body_of(part), "345");
  EXPECT_EQ(body_of(get("GET", "Range: bytes=-2\r\n")), "89");
  const std::string beyond = get("GET", "Range: bytes=10-\r\n");
  EXPECT_TRUE(beyond.starts_with("HTTP/1.1 416 ")) << beyond;
  EXPECT_NE(beyond.find("Content-Range: bytes */10\r\n"), std::string::npos) << beyond;
  EXPECT_EQ(body_of(get("GET", "Range: bytes=0-1\r\nIf-Range: \"v1\"\r\n")), "01");
  EXPECT_EQ(body_of(get("GET", "Range: bytes=0-1\r\nIf-Range: \"v0\"\r\n")), content);
  const std::string head = get("HEAD", "Range: bytes=0-1\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 ")) << head;
  EXPECT_NE(head.find("Content-Length: 10\r\n"), std::string::npos) << head;
  EXPECT_EQ(body_of(head), "");
}

TEST(Server, BreaksOffWhenAFileIsShorterThanPromised) {
  const auto server = serve([&](Request&) {
    Response response;
    response.body = FileRegion{file_with("short"), 0, 500};
    return response;
  });
  Peer peer = Peer::connect_to(server->port());
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(peer.receive_all()), "short");
}

TEST(Server, AnswersHeadWithTheLengthOfTheBody) {
  const auto server = serve([](Request& request) {
    Response response = Response::text(200, "");
    if (request.target().path == "/own") {
      response.headers.add("Content-Length", "1234");
    } else {
      response.body = "hello";
    }
    return response;
  });
  Peer peer = Peer::connect_to(server->port());
  peer.send("HEAD /own HTTP/1.1\r\nHost: h\r\n\r\nHEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(peer.receive_until("\r\n\r\n").find("Content-Length: 1234\r\n"), std::string::npos);
  EXPECT_NE(peer.receive_until("\r\n\r\n").find("Content-Length: 5\r\n"), std::string::npos);
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(peer.receive_until("hello").starts_with("HTTP/1.1 200 OK"));
}

TEST(Server, StreamsWhatAWriterWrites) {
  const auto server = serve([](Request& request) {
    Response response;
    StreamedBody body{.write =
                          [](Sink& sink) {
                            sink.write(as_bytes("hello "));
                            sink.write(as_bytes(""));
                            sink.write(as_bytes("world, and more"));
                          },
                      .size_bytes = {}};
    if (request.target().path == "/sized") body.size_bytes = 21;
    response.body = std::move(body);
    return response;
  });
  Peer peer = Peer::connect_to(server->port());
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string chunked = peer.receive_until("0\r\n\r\n");
  EXPECT_NE(chunked.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(body_of(chunked), "6\r\nhello \r\nf\r\nworld, and more\r\n0\r\n\r\n");
  peer.send("GET /sized HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string sized = peer.receive_until("and more");
  EXPECT_NE(sized.find("Content-Length: 21\r\n"), std::string::npos);
  EXPECT_EQ(body_of(sized), "hello world, and more");

  Peer old = Peer::connect_to(server->port());  // HTTP/1.0 has no chunks
  old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(body_of(old.receive_all()), "hello world, and more");
}

TEST(Server, NeverEndsAFailedStreamAsIfItWereWhole) {
  const auto server = serve([](Request& request) {
    Response response;
    const bool early = request.target().path == "/early";
    response.body = StreamedBody{.write =
                                     [early](Sink& sink) {
                                       if (!early) sink.write(as_bytes("half"));
                                       throw Error(ErrorCode::kIo, "disk gone");
                                     },
                                 .size_bytes = {}};
    return response;
  });
  Peer peer = Peer::connect_to(server->port());
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(peer.receive_all()), "4\r\nhalf\r\n");
  Peer early = Peer::connect_to(server->port());
  early.send("GET /early HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(early.receive_all().starts_with("HTTP/1.1 500 "));
}

TEST(Server, TurnsErrorsOfHandlersIntoAnswers) {
  const auto server = serve([](Request& request) -> Response {
    const std::string& path = request.target().path;
    if (path == "/404") throw Error(ErrorCode::kNotFound, "no such thing");
    if (path == "/500") throw Error(ErrorCode::kIo, "secret path");
    if (path == "/std") throw std::runtime_error("secret");
    Response response = Response::text(200, "x");
    response.headers.add("X-Injected", "a\r\nEvil: yes");
    return response;
  });
  for (const auto& [path, expected] : std::vector<std::pair<std::string, std::string>>{
           {"/404", "404"}, {"/500", "500"}, {"/std", "500"}, {"/header", "500"}}) {
    Peer peer = Peer::connect_to(server->port());
    peer.send("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string response = peer.receive_all();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 " + expected)) << response;
    EXPECT_EQ(response.find("secret"), std::string::npos);
    EXPECT_EQ(response.find("Evil"), std::string::npos);
  }
}

TEST(Server, SendsNoBodyWith204) {
  const auto server = serve([](Request&) {
    Response response;
    response.status = 204;
    response.body = "must not be sent";
    return response;
  });
  Peer peer = Peer::connect_to(server->port());
  peer.send("DELETE / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string response = peer.receive_all();
  EXPECT_EQ(response.find("Content-Length"), std::string::npos);
  EXPECT_EQ(body_of(response), "");
}

TEST(Server, ReportsEachFinishedRequest) {
  std::mutex mutex;
  std::vector<AccessRecord> records;
  ServerOptions options;
  options.on_finished = [&](const AccessRecord& record) {
    const std::lock_guard lock(mutex);
    records.push_back(record);
  };
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return records.size();
  };
  const auto server = serve(echo, options);
  Peer peer = Peer::connect_to(server->port());
  peer.send("PUT /a?b HTTP/1.1\r\nHost: h\r\nUser-Agent: t\r\nContent-Length: 3\r\n\r\nabc");
  peer.receive_until("/a abc");
  // The record follows the answer, and another worker may be quicker with the next.
  for (int i = 0; i < 1000 && count() == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  Peer broken = Peer::connect_to(server->port());
  broken.send("nonsense\r\n\r\n");
  broken.receive_all();
  server->stop();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].method, "PUT");
  EXPECT_EQ(records[0].target, "/a?b");
  EXPECT_EQ(records[0].user_agent, "t");
  EXPECT_EQ(records[0].status, 200);
  EXPECT_EQ(records[0].received_body_bytes, 3u);
  EXPECT_EQ(records[0].sent_body_bytes, 10u);
  EXPECT_TRUE(records[0].peer_address.starts_with("127.0.0.1:"));
  EXPECT_EQ(records[1].status, 400);
}

}  // namespace
}  // namespace estiba::http
