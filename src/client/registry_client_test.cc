// The client against Debian's docker-registry, and against registries that lie.
#include "client/registry_client.h"

#include <gtest/gtest.h>

#include "base/testing/expect_error.h"
#include "client/registry_error.h"
#include "client/testing/docker_registry.h"
#include "client/testing/scripted_registry.h"
#include "oci/manifest.h"

namespace estiba::client {
namespace {

using estiba::testing::error_code_of;
using store::ManifestDocument;
using testing::DockerRegistry;
using testing::impatient_settings;
using testing::reply;
using testing::ScriptedRegistry;

Descriptor describe_blob(const std::string& bytes,
                         std::string_view type = media_types::kOciLayerTar) {
  return {.media_type = MediaType(type), .digest = Digest::of(bytes), .size_bytes = bytes.size()};
}

RegistryClient::BlobUpload upload_of(const std::string& bytes) {
  return {.blob = describe_blob(bytes), .open = [bytes](std::uint64_t offset_bytes) {
            return std::make_unique<StringSource>(bytes.substr(offset_bytes));
          }};
}

ManifestDocument manifest_of(const std::string& config, const std::vector<std::string>& layers) {
  Manifest manifest{.media_type = MediaType(media_types::kOciManifest),
                    .config = describe_blob(config, media_types::kOciConfig)};
  for (const std::string& layer : layers) manifest.layers.push_back(describe_blob(layer));
  const std::string bytes = manifest.serialize();
  return {.media_type = manifest.media_type, .bytes = bytes, .digest = Digest::of(bytes)};
}

Repository repository_at(const std::string& host, const std::string& path) {
  return Repository::from_parts(host, path);
}
Reference tagged(const Repository& repository, const std::string& tag) {
  return {repository, tag, std::nullopt};
}
Reference at_digest(const Repository& repository, const Digest& digest) {
  return {repository, std::nullopt, digest};
}

std::string read_whole(Source& source) {
  return read_all(source, 64u << 20, "blob");
}

class AtDockersRegistry : public ::testing::Test {
 protected:
  DockerRegistry registry_;
  RegistryClient client_{registry_.host(), impatient_settings(), std::optional<Credential>()};
  Repository repository_ = repository_at(registry_.host(), "acme/tool");
};

TEST_F(AtDockersRegistry, BlobsTravelBothWays) {
  for (const std::string& bytes :
       {std::string(), std::string("x"), std::string("hello"), std::string(3'000'000, 'z')}) {
    const Descriptor blob = describe_blob(bytes);
    EXPECT_FALSE(client_.has_blob(repository_, blob.digest, {}));
    std::uint64_t last_seen = 0;
    RegistryClient::BlobUpload upload = upload_of(bytes);
    upload.on_bytes = [&](std::uint64_t count) { last_seen = count; };
    EXPECT_EQ(client_.push_blob(repository_, upload, {}).outcome, store::BlobOutcome::kStored);
    EXPECT_EQ(last_seen, bytes.size());
    EXPECT_TRUE(client_.has_blob(repository_, blob.digest, {}));
    EXPECT_EQ(client_.read_blob(repository_, blob, 4u << 20, {}), bytes);
    for (const std::uint64_t offset : {bytes.size() / 2, bytes.size()}) {
      EXPECT_EQ(read_whole(*client_.open_blob(repository_, blob, offset, {})),
                bytes.substr(offset));
    }
  }
}

TEST_F(AtDockersRegistry, BlobsAreMountedFromNeighbours) {
  const std::string bytes = "a layer";
  const Repository neighbour = repository_at(registry_.host(), "acme/base");
  client_.push_blob(neighbour, upload_of(bytes), {});
  RegistryClient::BlobUpload upload = upload_of(bytes);
  upload.mount_from = {"acme/absent", "acme/base"};
  upload.open = [](std::uint64_t) -> std::unique_ptr<Source> {
    throw Error(ErrorCode::kInternal, "the bytes are not needed");
  };
  const RegistryClient::BlobUploaded uploaded = client_.push_blob(repository_, upload, {});
  EXPECT_EQ(uploaded.outcome, store::BlobOutcome::kMounted);
  EXPECT_EQ(uploaded.mounted_from, "acme/base");
  EXPECT_TRUE(client_.has_blob(repository_, upload.blob.digest, {}));
}

TEST_F(AtDockersRegistry, ARefusedMountSendsTheBytes) {
  RegistryClient::BlobUpload upload = upload_of("a layer");
  upload.mount_from = {"acme/absent"};
  EXPECT_EQ(client_.push_blob(repository_, upload, {}).outcome, store::BlobOutcome::kStored);
  EXPECT_TRUE(client_.has_blob(repository_, upload.blob.digest, {}));
}

TEST_F(AtDockersRegistry, ManifestsAreFoundByTagAndByDigest) {
  client_.push_blob(repository_, upload_of("{}"), {});
  client_.push_blob(repository_, upload_of("layer"), {});
  const ManifestDocument manifest = manifest_of("{}", {"layer"});
  EXPECT_EQ(client_.put_manifest(tagged(repository_, "1.0"), manifest, {}), manifest.digest);
  for (const Reference& reference :
       {tagged(repository_, "1.0"), at_digest(repository_, manifest.digest)}) {
    const Descriptor resolved = client_.resolve(reference, {});
    EXPECT_EQ(resolved.digest, manifest.digest);
    EXPECT_EQ(resolved.media_type, media_types::kOciManifest);
    EXPECT_EQ(resolved.size_bytes, manifest.bytes.size());
    const ManifestDocument fetched = client_.get_manifest(reference, {});
    EXPECT_EQ(fetched.bytes, manifest.bytes);
    EXPECT_EQ(fetched.digest, manifest.digest);
  }
  client_.delete_manifest(at_digest(repository_, manifest.digest), {});
  EXPECT_EQ(error_code_of([&] { (void)client_.resolve(tagged(repository_, "1.0"), {}); }),
            ErrorCode::kNotFound);
}

TEST_F(AtDockersRegistry, WhatIsMissingIsToldInItsWords) {
  try {
    (void)client_.resolve(tagged(repository_, "none"), {});
    FAIL();
  } catch (const RegistryError& error) {
    EXPECT_EQ(error.status(), 404);
    EXPECT_EQ(error.registry_code(), "MANIFEST_UNKNOWN");
    EXPECT_EQ(error.message(), "manifest unknown: manifest unknown");
  }
  const Descriptor absent = describe_blob("absent");
  EXPECT_EQ(error_code_of([&] { (void)client_.open_blob(repository_, absent, 0, {}); }),
            ErrorCode::kNotFound);
}

TEST_F(AtDockersRegistry, TagsAreListed) {
  client_.push_blob(repository_, upload_of("{}"), {});
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    expected.push_back(fmt::format("v{}", i));
    client_.put_manifest(tagged(repository_, expected.back()), manifest_of("{}", {}), {});
  }
  EXPECT_EQ(client_.list_tags(repository_, {}), expected);
}

TEST(WithAccounts, BasicCredentialsOpenTheRegistry) {
  const DockerRegistry registry(DockerRegistry::Account{"ann", "pw"});
  const Repository repository = repository_at(registry.host(), "a");
  const auto push_as = [&](std::optional<Credential> credential) {
    RegistryClient client(registry.host(), impatient_settings(), std::move(credential));
    client.push_blob(repository, upload_of("hello"), {});
    return client.has_blob(repository, Digest::of("hello"), {});
  };
  EXPECT_EQ(error_code_of([&] { push_as(std::nullopt); }), ErrorCode::kUnauthenticated);
  EXPECT_EQ(error_code_of([&] { push_as(Credential{.username = "ann", .password = "no"}); }),
            ErrorCode::kUnauthenticated);
  EXPECT_TRUE(push_as(Credential{.username = "ann", .password = "pw"}));
}

// A client of a registry that answers every request as `handler` does.
class AtScriptedRegistry {
 public:
  explicit AtScriptedRegistry(http::Handler handler) : registry_(std::move(handler)) {}
  RegistryClient client() {
    return {registry_.host(), impatient_settings(), std::optional<Credential>()};
  }
  [[nodiscard]] Repository repository() const { return repository_at(registry_.host(), "a"); }
  ScriptedRegistry* operator->() { return &registry_; }

 private:
  ScriptedRegistry registry_;
};

TEST(Manifests, AnotherManifestThanTheDigestAskedForIsDataLoss) {
  const ManifestDocument wanted = manifest_of("{}", {"a"});
  const ManifestDocument other = manifest_of("{}", {"b"});
  AtScriptedRegistry registry([&](http::Request&) {
    return reply(
        200, other.bytes,
        {{"Content-Type", other.media_type}, {"Docker-Content-Digest", other.digest.to_string()}});
  });
  RegistryClient client = registry.client();
  const Reference reference = at_digest(registry.repository(), wanted.digest);
  try {
    (void)client.get_manifest(reference, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kDataLoss);
    EXPECT_NE(error.message().find(wanted.digest.hex()), std::string::npos);
    EXPECT_NE(error.message().find(other.digest.hex()), std::string::npos);
  }
  EXPECT_EQ(error_code_of([&] { (void)client.resolve(reference, {}); }), ErrorCode::kDataLoss);
}

TEST(Manifests, HostileAnswersAreRefused) {
  const ManifestDocument good = manifest_of("{}", {});
  const struct {
    std::string body;
    std::string type;
    std::string digest;
    ErrorCode code;
  } cases[] = {
      {good.bytes, good.media_type, Digest::of("x").to_string(), ErrorCode::kDataLoss},
      {good.bytes, std::string(media_types::kDockerManifest), "", ErrorCode::kInvalidArgument},
      {good.bytes, std::string(media_types::kOciIndex), "", ErrorCode::kInvalidArgument},
      {"<html>", "text/html", "", ErrorCode::kInvalidArgument},
      {"", good.media_type, "", ErrorCode::kInvalidArgument},
      {std::string(100'000, '['), good.media_type, "", ErrorCode::kInvalidArgument},
      {std::string(kMaxManifestBytes + 1, ' '), good.media_type, "", ErrorCode::kResourceExhausted},
  };
  for (const auto& [body, type, digest, code] : cases) {
    AtScriptedRegistry registry([&](http::Request&) {
      return reply(200, body, {{"Content-Type", type}, {"Docker-Content-Digest", digest}});
    });
    RegistryClient client = registry.client();
    EXPECT_EQ(
        error_code_of([&] { (void)client.get_manifest(tagged(registry.repository(), "1"), {}); }),
        code)
        << body.substr(0, 100) << " as " << type;
  }
}

TEST(Manifests, ACarelessContentTypeIsForgiven) {
  const ManifestDocument good = manifest_of("{}", {});
  AtScriptedRegistry registry([&](http::Request&) {
    return reply(200, good.bytes, {{"Content-Type", "application/json; charset=utf-8"}});
  });
  RegistryClient client = registry.client();
  const Descriptor resolved = client.resolve(tagged(registry.repository(), "1"), {});
  EXPECT_EQ(resolved.digest, good.digest);
  EXPECT_EQ(resolved.media_type, good.media_type);
}

TEST(Tags, PagesAreFollowedAndNonsenseIsLeftOut) {
  AtScriptedRegistry registry([&](http::Request& request) {
    if (request.query().get("last") == "b") return reply(200, R"({"tags":["c"]})");
    return reply(200, R"({"tags":["a","\u001b[2J","no tag","b"]})",
                 {{"Link", "</v2/a/tags/list?last=b&n=2>; rel=\"next\""}});
  });
  RegistryClient client = registry.client();
  EXPECT_EQ(client.list_tags(registry.repository(), {}), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Tags, AListWithoutTagsOrWithoutEndIsBounded) {
  AtScriptedRegistry registry([&](http::Request&) {
    return reply(200, R"({"tags":null})", {{"Link", "</v2/a/tags/list?last=b>; rel=\"next\""}});
  });
  RegistryClient client = registry.client();
  EXPECT_TRUE(client.list_tags(registry.repository(), {}).empty());
  EXPECT_EQ(registry->seen().size(), 1u);
}

TEST(Retries, A429IsObeyedAndServersThatRecoverAreUsed) {
  const ManifestDocument good = manifest_of("{}", {});
  std::atomic<int> calls = 0;
  AtScriptedRegistry registry([&](http::Request&) {
    switch (calls++) {
      case 0:
        return reply(429, "", {{"Retry-After", "1"}});
      case 1:
        return reply(503, "");
      default:
        return reply(200, good.bytes, {{"Content-Type", good.media_type}});
    }
  });
  RegistryClient client = registry.client();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(client.get_manifest(tagged(registry.repository(), "1"), {}).digest, good.digest);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_EQ(calls, 3);
}

TEST(Mirrors, AreAskedFirstAndTheRegistryHelpsOut) {
  const ManifestDocument good = manifest_of("{}", {});
  const auto serve = [&](http::Request& request) {
    if (request.target().path.find("manifests") == std::string::npos) return reply(404, "{}");
    return reply(
        200, good.bytes,
        {{"Content-Type", good.media_type}, {"Docker-Content-Digest", good.digest.to_string()}});
  };
  ScriptedRegistry mirror(serve);
  ScriptedRegistry origin([&](http::Request& request) {
    if (request.target().path.find("blobs") == std::string::npos) return reply(500, "{}");
    return reply(200, "hello");
  });
  Settings settings = impatient_settings();
  settings.registries[origin.host()].mirrors = {"127.0.0.1:1", mirror.url()};
  RegistryClient client(origin.host(), settings, std::optional<Credential>());
  const Repository repository = repository_at(origin.host(), "a");
  EXPECT_EQ(client.get_manifest(tagged(repository, "1"), {}).digest, good.digest);
  EXPECT_EQ(origin.seen().size(), 0u);
  EXPECT_EQ(client.read_blob(repository, describe_blob("hello"), 100, {}), "hello");
  EXPECT_EQ(mirror.count("GET", "/v2/a/blobs/"), 1u);
}

}  // namespace
}  // namespace estiba::client
