#include "oci/manifest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace estiba {
namespace {

const std::string kHexA(64, 'a');
const std::string kHexB(64, 'b');

// As skopeo and docker push it.
const std::string kDockerManifest = fmt::format(
    R"({{
   "schemaVersion": 2,
   "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
   "config": {{
      "mediaType": "application/vnd.docker.container.image.v1+json",
      "size": 1469,
      "digest": "sha256:{}"
   }},
   "layers": [
      {{
         "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
         "size": 2806054,
         "digest": "sha256:{}"
      }}
   ]
}})",
    kHexA, kHexB);

std::string descriptor(std::string_view type, std::string_view extra = "") {
  return fmt::format(R"({{"mediaType":"{}","digest":"sha256:{}","size":3{}}})", type, kHexA, extra);
}
const std::string kConfig = descriptor(media_types::kOciConfig);
const std::string kLayer = descriptor(media_types::kOciLayerGzip);

std::string manifest(std::string_view fields) {
  return fmt::format(R"({{"schemaVersion":2,{}}})", fields);
}

template <typename Document>
std::string refusal(std::string_view bytes, std::string_view type = {}) {
  try {
    (void)Document::parse(bytes, type);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  return "accepted";
}

void expect_refusal(std::string_view bytes, std::string_view reason, std::string_view type = {}) {
  EXPECT_NE(refusal<Manifest>(bytes, type).find(reason), std::string::npos)
      << bytes.substr(0, 300) << "\ngave: " << refusal<Manifest>(bytes, type);
}

TEST(Manifest, DockersIsRead) {
  const Manifest read = Manifest::parse(kDockerManifest, media_types::kDockerManifest);
  EXPECT_EQ(read.media_type, media_types::kDockerManifest);
  EXPECT_EQ(read.config.size_bytes, 1469u);
  EXPECT_EQ(read.config.digest.hex(), kHexA);
  ASSERT_EQ(read.layers.size(), 1u);
  EXPECT_EQ(read.layers[0].media_type, media_types::kDockerLayerGzip);
  EXPECT_EQ(read.layers[0].digest.hex(), kHexB);
}

TEST(Manifest, WrittenFormIsExactAndReadsBack) {
  const Manifest written{.media_type = MediaType(media_types::kOciManifest),
                         .config = {.media_type = MediaType(media_types::kOciConfig),
                                    .digest = Digest::of("{}"),
                                    .size_bytes = 2},
                         .layers = {{.media_type = MediaType(media_types::kOciLayerGzip),
                                     .digest = Digest::of("x"),
                                     .size_bytes = 1}},
                         .annotations = {{"b", "2"}, {"a", "1"}}};
  const std::string bytes = written.serialize();
  EXPECT_EQ(bytes,
            R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
            R"("config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" +
                Digest::of("{}").to_string() +
                R"(","size":2},"layers":[{"mediaType":)"
                R"("application/vnd.oci.image.layer.v1.tar+gzip","digest":")" +
                Digest::of("x").to_string() + R"(","size":1}],"annotations":{"a":"1","b":"2"}})");
  EXPECT_EQ(Manifest::parse(bytes).serialize(), bytes);
}

TEST(Manifest, TheTransportsTypeMustBeTheDocuments) {
  EXPECT_EQ(refusal<Manifest>(kDockerManifest), "accepted");
  EXPECT_EQ(
      refusal<Manifest>(kDockerManifest,
                        "application/vnd.docker.distribution.manifest.v2+json; charset=utf-8"),
      "accepted");
  expect_refusal(kDockerManifest, "was sent as", media_types::kOciManifest);
  const std::string untyped = manifest(fmt::format(R"("config":{},"layers":[])", kConfig));
  EXPECT_EQ(Manifest::parse(untyped).media_type, media_types::kOciManifest);
  EXPECT_EQ(Manifest::parse(untyped, media_types::kDockerManifest).media_type,
            media_types::kDockerManifest);
  expect_refusal(untyped, "was sent as", media_types::kOciIndex);
  expect_refusal(untyped, "was sent as", "text/html");
}

TEST(Manifest, MalformedOnesAreRefusedWithTheField) {
  expect_refusal("", "not valid JSON");
  expect_refusal("[]", "must be an object");
  expect_refusal("null", "schemaVersion must be 2");
  expect_refusal("{}", "schemaVersion must be 2");
  expect_refusal(R"({"schemaVersion":1,"name":"a","fsLayers":[]})", "schemaVersion is 1");
  expect_refusal(R"({"schemaVersion":"2"})", "schemaVersion must be a whole number");
  expect_refusal(R"({"schemaVersion":3})", "schemaVersion must be 2");
  expect_refusal(manifest(R"("x":1)"), "neither an image manifest nor an index");
  expect_refusal(manifest(R"("layers":[])"), "config is missing");
  expect_refusal(manifest(R"("config":{})"), "config.mediaType is missing");
  expect_refusal(manifest(R"("config":[])"), "config must be an object");
  expect_refusal(manifest(fmt::format(R"("config":{},"layers":{{}})", kConfig)), "must be a list");
  expect_refusal(manifest(fmt::format(R"("config":{},"layers":[null])", kConfig)),
                 "layers[0] is missing");
  expect_refusal(manifest(fmt::format(R"("config":{},"mediaType":"text/html")", kConfig)),
                 "neither an image manifest nor an index");
}

TEST(Manifest, HostileDescriptorsAreRefused) {
  const auto with_layer = [](std::string_view layer) {
    return manifest(fmt::format(R"("config":{},"layers":[{}])", kConfig, layer));
  };
  const auto sized = [&](std::string_view size) {
    return with_layer(
        fmt::format(R"({{"mediaType":"x","digest":"sha256:{}","size":{}}})", kHexA, size));
  };
  expect_refusal(sized("-1"), "layers[0].size must not be negative");
  expect_refusal(sized("1.5"), "must be a whole number");
  expect_refusal(sized("1e3"), "must be a whole number");
  expect_refusal(sized("\"3\""), "must be a whole number");
  expect_refusal(sized("9223372036854775808"), "must be a whole number");
  expect_refusal(sized("99999999999999999999999"), "must be a whole number");
  expect_refusal(sized("null"), "size is missing");
  EXPECT_EQ(refusal<Manifest>(sized("9223372036854775807")), "accepted");
  expect_refusal(with_layer(R"({"mediaType":"x","digest":"sha256:../../x","size":1})"),
                 "layers[0].digest is not a sha256");
  expect_refusal(
      with_layer(fmt::format(R"({{"mediaType":"","digest":"sha256:{}","size":1}})", kHexA)),
      "mediaType is empty");
}

TEST(Manifest, DocumentsWithTwoMeaningsAreRefused) {
  expect_refusal(manifest(fmt::format(R"("config":{},"layers":[],"manifests":[])", kConfig)),
                 "a manifest and an index at once");
  expect_refusal(
      manifest(fmt::format(R"("config":{0},"layers":[],"layers":[{1}])", kConfig, kLayer)),
      "twice");
  expect_refusal(
      manifest(fmt::format(R"("mediaType":"{}","manifests":[])", media_types::kOciManifest)),
      "has the fields of");
  expect_refusal(manifest(R"("manifests":[])"), "is an index");
  EXPECT_NE(refusal<Index>(kDockerManifest).find("is one image"), std::string::npos);
}

TEST(Manifest, SizeIsBounded) {
  std::string bytes = kDockerManifest;
  bytes.resize(kMaxManifestBytes, ' ');
  EXPECT_EQ(refusal<Manifest>(bytes), "accepted");
  bytes += ' ';
  expect_refusal(bytes, "larger than 4194304 bytes");
}

std::string entry(std::string_view architecture, std::string_view variant, char digest_letter,
                  std::string_view os = "linux") {
  return fmt::format(R"({{"mediaType":"{}","digest":"sha256:{}","size":1,)"
                     R"("platform":{{"os":"{}","architecture":"{}","variant":"{}"}}}})",
                     media_types::kOciManifest, std::string(64, digest_letter), os, architecture,
                     variant);
}

char chosen(const std::vector<std::string>& entries, std::string_view wanted) {
  const Index index =
      Index::parse(manifest(fmt::format(R"("manifests":[{}])", fmt::join(entries, ","))));
  const Descriptor* found = index.find(Platform::parse(wanted));
  return found == nullptr ? '-' : found->digest.hex().front();
}

TEST(Index, TheEntryForThePlatformIsFound) {
  const std::vector<std::string> entries = {entry("unknown", "", '0', "unknown"),
                                            entry("amd64", "", 'a'),
                                            entry("arm", "v5", 'b'),
                                            entry("arm", "v7", 'c'),
                                            entry("arm64", "v8", 'd'),
                                            entry("amd64", "", 'e')};
  EXPECT_EQ(chosen(entries, "linux/amd64"), 'a');
  EXPECT_EQ(chosen(entries, "linux/arm/v7"), 'c');
  EXPECT_EQ(chosen(entries, "linux/arm/v6"), 'b');
  EXPECT_EQ(chosen(entries, "linux/arm64"), 'd');
  EXPECT_EQ(chosen(entries, "linux/s390x"), '-');
  EXPECT_EQ(chosen(entries, "windows/amd64"), '-');
  EXPECT_EQ(chosen({}, "linux/amd64"), '-');
}

TEST(Index, AnEntryWithoutPlatformIsTheLastResort) {
  const std::string bare = descriptor(media_types::kOciManifest);
  EXPECT_EQ(chosen({bare}, "linux/amd64"), 'a');
  EXPECT_EQ(chosen({bare, entry("amd64", "", 'b')}, "linux/amd64"), 'b');
  EXPECT_EQ(
      chosen({descriptor(media_types::kOciManifest, R"(,"artifactType":"x/y")")}, "linux/amd64"),
      '-');
}

TEST(Index, WrittenFormReadsBack) {
  const std::string bytes =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)"
      R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:)" +
      kHexA +
      R"(","size":7,"urls":["https://a/b"],"annotations":{"k":"v"},)"
      R"("platform":{"architecture":"arm","os":"linux","os.version":"1","variant":"v7"}}]})";
  EXPECT_EQ(Index::parse(bytes, media_types::kOciIndex).serialize(), bytes);
}

TEST(DetectMediaType, ReadsWhatIsDeclaredOrImplied) {
  EXPECT_EQ(detect_manifest_media_type(kDockerManifest), media_types::kDockerManifest);
  EXPECT_EQ(detect_manifest_media_type(manifest(R"("manifests":[])")), media_types::kOciIndex);
  EXPECT_EQ(detect_manifest_media_type(manifest(R"("config":{},"layers":[])")),
            media_types::kOciManifest);
  EXPECT_THROW((void)detect_manifest_media_type("{}"), Error);
  EXPECT_THROW((void)detect_manifest_media_type("<html>"), Error);
}

}  // namespace
}  // namespace estiba
