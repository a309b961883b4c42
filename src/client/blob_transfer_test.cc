// Blobs over connections that break and registries that miscount.
#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "base/testing/expect_error.h"
#include "client/registry_client.h"
#include "client/registry_error.h"
#include "client/testing/cutting_proxy.h"
#include "client/testing/docker_registry.h"
#include "client/testing/scripted_registry.h"
#include "http/range.h"

namespace estiba::client {
namespace {

using estiba::testing::error_code_of;
using testing::CuttingProxy;
using testing::DockerRegistry;
using testing::impatient_settings;
using testing::reply;
using testing::ScriptedRegistry;

std::string random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

Descriptor describe_blob(const std::string& bytes) {
  return {.media_type = "x", .digest = Digest::of(bytes), .size_bytes = bytes.size()};
}

RegistryClient client_of(const std::string& host) {
  return {host, impatient_settings(), std::optional<Credential>()};
}

std::string download(const std::string& host, const std::string& bytes) {
  RegistryClient client = client_of(host);
  return client.read_blob(Repository::from_parts(host, "a"), describe_blob(bytes), 64u << 20, {});
}

// Remembers from which offsets the bytes were taken.
struct Upload {
  explicit Upload(const std::string& bytes) {
    upload.blob = describe_blob(bytes);
    upload.open = [this, bytes](std::uint64_t offset_bytes) {
      offsets.push_back(offset_bytes);
      return std::make_unique<StringSource>(bytes.substr(offset_bytes));
    };
  }
  RegistryClient::BlobUploaded to(const std::string& host) {
    RegistryClient client = client_of(host);
    return client.push_blob(Repository::from_parts(host, "a"), upload, {});
  }
  std::vector<std::uint64_t> offsets;
  RegistryClient::BlobUpload upload{.blob = describe_blob(""), .open = {}};
};

TEST(Download, GoesOnWhereTheConnectionBroke) {
  const std::string bytes = random_bytes(2'000'000);
  const DockerRegistry registry;
  Upload(bytes).to(registry.host());
  CuttingProxy proxy(registry.port(), {.after_received_bytes = 300'000, .times = 4});
  EXPECT_EQ(download(proxy.host(), bytes), bytes);
  EXPECT_EQ(proxy.cuts_made(), 4);
}

TEST(Download, GivesUpWhenNothingArrivesAnyMore) {
  const std::string bytes = random_bytes(500'000);
  const DockerRegistry registry;
  Upload(bytes).to(registry.host());
  CuttingProxy proxy(registry.port(), {.after_received_bytes = 2'000, .times = 1000});
  EXPECT_EQ(error_code_of([&] { (void)download(proxy.host(), bytes); }), ErrorCode::kUnavailable);
}

TEST(Download, ARegistryThatKnowsNoRangesSendsAllAgain) {
  const std::string bytes = random_bytes(100'000);
  std::atomic<int> calls = 0;
  ScriptedRegistry registry([&](http::Request&) {
    http::Response response = reply(200);
    const bool breaks = calls++ == 0;
    response.body = http::StreamedBody{.write =
                                           [&bytes, breaks](Sink& sink) {
                                             sink.write(as_bytes(bytes).first(60'000));
                                             if (breaks) {
                                               throw Error(ErrorCode::kUnavailable, "cable");
                                             }
                                             sink.write(as_bytes(bytes).subspan(60'000));
                                           },
                                       .size_bytes = bytes.size()};
    return response;
  });
  EXPECT_EQ(download(registry.host(), bytes), bytes);
  EXPECT_EQ(calls, 2);
}

TEST(Download, WrongBytesAndWrongLengthsAreDataLoss) {
  const std::string bytes = "the right bytes";
  for (const std::string& sent :
       {std::string("the wrong bytes"), std::string("the right"), bytes + "!"}) {
    ScriptedRegistry registry([&](http::Request&) { return reply(200, sent); });
    EXPECT_EQ(error_code_of([&] { (void)download(registry.host(), bytes); }), ErrorCode::kDataLoss)
        << sent;
  }
}

TEST(Download, AChunkedBodyIsNotReadBeyondItsEnd) {
  const std::string bytes(10'000, 'x');
  ScriptedRegistry registry([&](http::Request&) {
    http::Response response = reply(200);
    response.body = http::StreamedBody{.write =
                                           [&](Sink& sink) {
                                             for (int i = 0; i < 1000; ++i) {
                                               sink.write(as_bytes(bytes));
                                             }
                                           },
                                       .size_bytes = std::nullopt};
    return response;
  });
  EXPECT_EQ(error_code_of([&] { (void)download(registry.host(), bytes); }), ErrorCode::kDataLoss);
}

TEST(Download, AnotherRangeThanAskedForIsDataLoss) {
  ScriptedRegistry registry([&](http::Request&) {
    return reply(206, "0123456789", {{"Content-Range", "bytes 0-9/20"}});
  });
  RegistryClient client = client_of(registry.host());
  const Descriptor blob{.media_type = "x", .digest = Digest::of("x"), .size_bytes = 20};
  EXPECT_EQ(error_code_of([&] {
              (void)client.open_blob(Repository::from_parts(registry.host(), "a"), blob, 10, {});
            }),
            ErrorCode::kDataLoss);
  EXPECT_EQ(registry.seen().at(0).range, "bytes=10-");
}

TEST(Download, BeginsInTheMiddleWhenAsked) {
  const std::string bytes = random_bytes(100'000);
  const DockerRegistry registry;
  Upload(bytes).to(registry.host());
  RegistryClient client = client_of(registry.host());
  const auto source = client.open_blob(Repository::from_parts(registry.host(), "a"),
                                       describe_blob(bytes), 99'000, {});
  EXPECT_EQ(read_all(*source, 10'000, "rest"), bytes.substr(99'000));
}

TEST(Upload, ArrivesWholeOverABreakingConnection) {
  const std::string bytes = random_bytes(1'000'000);
  const DockerRegistry registry;
  CuttingProxy proxy(registry.port(), {.after_sent_bytes = 400'000, .times = 2});
  Upload upload(bytes);
  EXPECT_EQ(upload.to(proxy.host()).outcome, store::BlobOutcome::kStored);
  EXPECT_EQ(proxy.cuts_made(), 2);
  EXPECT_EQ(download(registry.host(), bytes), bytes);
}

TEST(Upload, GivesUpWhenEveryConnectionBreaks) {
  const std::string bytes = random_bytes(1'000'000);
  const DockerRegistry registry;
  CuttingProxy proxy(registry.port(), {.after_sent_bytes = 400'000, .times = 1000});
  const ErrorCode code = error_code_of([&] { Upload(bytes).to(proxy.host()); });
  EXPECT_TRUE(code == ErrorCode::kUnavailable || code == ErrorCode::kDataLoss);
}

// Uploads as the specification has them, with what a test wants to go wrong.
class UploadServer {
 public:
  struct Behaviour {
    // A Location given for the upload "s1"; the real registries differ widely.
    std::string location = "/v2/a/blobs/uploads/s1?state=x%2Fy";
    int forget_sessions = 0;                  // PATCHes answered with 404
    int busy = 0;                             // PATCHes answered with 429
    std::uint64_t take_at_most = UINT64_MAX;  // bytes of one PATCH
    int lose_commit_answers = 0;              // PUTs that succeed but break off
    int refuse_digests = 0;                   // PUTs answered with DIGEST_INVALID
  };

  explicit UploadServer(Behaviour behaviour)
      : behaviour_(std::move(behaviour)),
        registry_([this](http::Request& request) { return answer(request); }) {}

  [[nodiscard]] std::uint16_t port() const { return registry_.port(); }
  [[nodiscard]] std::string host() const { return registry_.host(); }
  [[nodiscard]] std::string url() const { return registry_.url(); }
  [[nodiscard]] const ScriptedRegistry& registry() const { return registry_; }
  [[nodiscard]] std::string stored() {
    const std::scoped_lock lock(mutex_);
    return stored_;
  }

 private:
  http::Response answer(http::Request& request) {
    const std::scoped_lock lock(mutex_);
    if (request.method() == "POST") {
      received_.clear();
      return reply(202, "", {{"Location", behaviour_.location}, {"Range", "0-0"}});
    }
    if (request.method() == "HEAD") return reply(stored_.empty() ? 404 : 200);
    if (request.query().get("state") != "x/y") return reply(400, "the query was lost");
    if (request.method() == "PATCH") return patch(request);
    if (request.method() == "PUT") return commit(request);
    return reply(204, "", {{"Location", behaviour_.location}, {"Range", range()}});
  }

  [[nodiscard]] std::string range() const {
    return fmt::format("0-{}", received_.empty() ? 0 : received_.size() - 1);
  }

  http::Response patch(http::Request& request) {
    if (behaviour_.busy-- > 0) return reply(429, "", {{"Retry-After", "0"}});
    if (behaviour_.forget_sessions-- > 0) return reply(404, "");
    const std::string_view content_range = request.headers().get("Content-Range");
    if (!content_range.empty() &&
        !content_range.starts_with(fmt::format("{}-", received_.size()))) {
      return reply(416, "", {{"Range", range()}});
    }
    Source& body = request.body(64u << 20);
    std::vector<std::byte> buffer(4096);
    const std::size_t limit_bytes =
        std::min<std::uint64_t>(behaviour_.take_at_most, 64u << 20) + received_.size();
    while (const std::size_t count = body.read(buffer)) {
      const std::size_t room = limit_bytes - std::min(limit_bytes, received_.size());
      received_ += as_text(Bytes(buffer).first(std::min(count, room)));
    }
    return reply(202, "", {{"Location", behaviour_.location}, {"Range", range()}});
  }

  http::Response commit(http::Request& request) {
    if (behaviour_.refuse_digests-- > 0 ||
        Digest::of(received_).to_string() != request.query().get("digest")) {
      return reply(400, R"({"errors":[{"code":"DIGEST_INVALID","message":"provided digest"}]})");
    }
    stored_ = received_;
    http::Response response = reply(201);
    if (behaviour_.lose_commit_answers-- > 0) {
      // Half an answer is none.
      response.status = 500;
      response.body = http::StreamedBody{
          .write = [](Sink&) { throw Error(ErrorCode::kUnavailable, "cable"); }, .size_bytes = 10};
    }
    return response;
  }

  std::mutex mutex_;
  Behaviour behaviour_;
  std::string received_;
  std::string stored_;
  ScriptedRegistry registry_;
};

TEST(Upload, GoesOnAtTheByteThatTheRegistryHas) {
  const std::string bytes = random_bytes(1'000'000);
  UploadServer server({});
  CuttingProxy proxy(server.port(), {.after_sent_bytes = 400'000, .times = 2});
  Upload upload(bytes);
  upload.to(proxy.host());
  EXPECT_EQ(server.stored(), bytes);
  ASSERT_EQ(upload.offsets.size(), 3u);
  EXPECT_EQ(upload.offsets[0], 0u);
  EXPECT_GT(upload.offsets[1], 200'000u);
  EXPECT_GT(upload.offsets[2], upload.offsets[1]);
  EXPECT_EQ(server.registry().count("POST", "/"), 1u);
}

TEST(Upload, LocationsOfAllKindsAreFollowed) {
  const std::string bytes = random_bytes(10'000);
  for (const std::string location :
       {"/v2/a/blobs/uploads/s1?state=x%2Fy", "s1?state=x%2Fy", "./s1?a=1&state=x%2Fy",
        "?state=x%2Fy", "/elsewhere?state=x%2Fy&b"}) {
    UploadServer server({.location = location});
    Upload(bytes).to(server.host());
    EXPECT_EQ(server.stored(), bytes) << location;
  }
}

TEST(Upload, AnAbsoluteLocationElsewhereIsFollowedToo) {
  const std::string bytes = random_bytes(10'000);
  UploadServer storage({});
  ScriptedRegistry registry([&](http::Request&) {
    return reply(202, "", {{"Location", storage.url() + "/v2/a/blobs/uploads/s1?state=x%2Fy"}});
  });
  Upload(bytes).to(registry.host());
  EXPECT_EQ(storage.stored(), bytes);
}

TEST(Upload, PartsThatTheRegistryTakesAreContinued) {
  const std::string bytes = random_bytes(10'000);
  UploadServer server({.take_at_most = 3'000});
  Upload upload(bytes);
  upload.to(server.host());
  EXPECT_EQ(server.stored(), bytes);
  EXPECT_EQ(upload.offsets, (std::vector<std::uint64_t>{0, 3'000, 6'000, 9'000}));
}

TEST(Upload, ARegistryThatTakesNothingIsGivenUp) {
  UploadServer server({.take_at_most = 0});
  EXPECT_EQ(error_code_of([&] { Upload(random_bytes(100)).to(server.host()); }),
            ErrorCode::kUnavailable);
}

TEST(Upload, BusyAndForgetfulRegistriesGetItInTheEnd) {
  const std::string bytes = random_bytes(10'000);
  UploadServer server({.forget_sessions = 2, .busy = 2});
  Upload(bytes).to(server.host());
  EXPECT_EQ(server.stored(), bytes);
  EXPECT_EQ(server.registry().count("POST", "/"), 3u);
}

TEST(Upload, ALostAnswerToTheCommitIsNotSentTwice) {
  const std::string bytes = random_bytes(10'000);
  UploadServer server({.lose_commit_answers = 1});
  Upload upload(bytes);
  upload.to(server.host());
  EXPECT_EQ(server.stored(), bytes);
  EXPECT_EQ(upload.offsets.size(), 1u);
}

TEST(Upload, BytesDamagedOnTheirWayAreSentOnceMore) {
  const std::string bytes = random_bytes(10'000);
  UploadServer server({.refuse_digests = 1});
  Upload upload(bytes);
  upload.to(server.host());
  EXPECT_EQ(upload.offsets, (std::vector<std::uint64_t>{0, 0}));
  EXPECT_EQ(server.stored(), bytes);
}

TEST(Upload, ABlobThatIsNotItsDigestIsDataLoss) {
  UploadServer server({});
  Upload upload("right");
  upload.upload.open = [](std::uint64_t) { return std::make_unique<StringSource>("wrong"); };
  EXPECT_EQ(error_code_of([&] { upload.to(server.host()); }), ErrorCode::kDataLoss);
}

TEST(Upload, EmptyAndSmallestBlobsArrive) {
  for (const std::string bytes : {"", "x", "xy"}) {
    UploadServer server({});
    Upload(bytes).to(server.host());
    EXPECT_EQ(server.stored(), bytes);
  }
}

TEST(Upload, AFailureOfOurOwnSourcePassesThrough) {
  UploadServer server({});
  Upload upload("bytes");
  upload.upload.open = [](std::uint64_t) -> std::unique_ptr<Source> {
    throw Error(ErrorCode::kNotFound, "the layer is gone");
  };
  EXPECT_EQ(error_code_of([&] { upload.to(server.host()); }), ErrorCode::kNotFound);
}

TEST(Upload, ARegistryWithoutLocationIsRefused) {
  ScriptedRegistry registry([](http::Request&) { return reply(202); });
  EXPECT_EQ(error_code_of([&] { Upload("x").to(registry.host()); }), ErrorCode::kUnavailable);
}

TEST(Upload, EndsSoonWhenStopped) {
  ScriptedRegistry registry([](http::Request& request) {
    if (request.method() == "POST") return reply(202, "", {{"Location", "/v2/a/up"}});
    return reply(503, "", {{"Retry-After", "2"}});
  });
  RegistryClient client = client_of(registry.host());
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  Upload upload("bytes");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(error_code_of([&] {
              client.push_blob(Repository::from_parts(registry.host(), "a"), upload.upload,
                               stop.get_token());
            }),
            ErrorCode::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1500));
}

}  // namespace
}  // namespace estiba::client
