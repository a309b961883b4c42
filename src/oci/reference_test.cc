#include "oci/reference.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace estiba {
namespace {

const std::string kHex(64, 'a');
const std::string kDigest = "sha256:" + kHex;

struct NormalisedCase {
  std::string text;
  std::string whole;
  std::string familiar;
};

class Normalisation : public testing::TestWithParam<NormalisedCase> {};

TEST_P(Normalisation, IsAsDockersAndRoundTrips) {
  const NormalisedCase& expected = GetParam();
  const Reference reference = Reference::parse(expected.text);
  EXPECT_EQ(reference.to_string(), expected.whole);
  EXPECT_EQ(reference.familiar(), expected.familiar);
  EXPECT_EQ(Reference::parse(reference.to_string()), reference);
  EXPECT_EQ(Reference::parse(reference.familiar()), reference);
}

// From the tests of github.com/distribution/reference.
INSTANTIATE_TEST_SUITE_P(
    Names, Normalisation,
    testing::Values(
        NormalisedCase{"debian", "docker.io/library/debian", "debian"},
        NormalisedCase{"debian:12", "docker.io/library/debian:12", "debian:12"},
        NormalisedCase{"library/debian", "docker.io/library/debian", "debian"},
        NormalisedCase{"docker.io/debian", "docker.io/library/debian", "debian"},
        NormalisedCase{"index.docker.io/debian", "docker.io/library/debian", "debian"},
        NormalisedCase{"index.docker.io/library/debian", "docker.io/library/debian", "debian"},
        NormalisedCase{"docker.io/library/foo/bar", "docker.io/library/foo/bar", "library/foo/bar"},
        NormalisedCase{"acme/tool", "docker.io/acme/tool", "acme/tool"},
        NormalisedCase{"docker/docker", "docker.io/docker/docker", "docker/docker"},
        NormalisedCase{"localhost/tool", "localhost/tool", "localhost/tool"},
        NormalisedCase{"localhost:5000/tool:1", "localhost:5000/tool:1", "localhost:5000/tool:1"},
        NormalisedCase{"localhost:5000", "docker.io/library/localhost:5000", "localhost:5000"},
        NormalisedCase{"quay.io/acme/tool", "quay.io/acme/tool", "quay.io/acme/tool"},
        NormalisedCase{"127.0.0.1:5000/a", "127.0.0.1:5000/a", "127.0.0.1:5000/a"},
        NormalisedCase{"[::1]:5000/a", "[::1]:5000/a", "[::1]:5000/a"},
        NormalisedCase{"[2001:db8::1]/a", "[2001:db8::1]/a", "[2001:db8::1]/a"},
        NormalisedCase{"Foo/bar", "Foo/bar", "Foo/bar"},
        NormalisedCase{"xn--n3h.com/myimage:xn--n3h.com", "xn--n3h.com/myimage:xn--n3h.com",
                       "xn--n3h.com/myimage:xn--n3h.com"},
        NormalisedCase{"docker.io/1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a",
                       "docker.io/library/"
                       "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a",
                       "docker.io/library/"
                       "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a"},
        NormalisedCase{"foo__bar/a-b---c.d", "docker.io/foo__bar/a-b---c.d", "foo__bar/a-b---c.d"},
        NormalisedCase{"docker.io/localhost/x", "docker.io/localhost/x", "docker.io/localhost/x"},
        NormalisedCase{"docker.io/a.b/x", "docker.io/a.b/x", "docker.io/a.b/x"},
        NormalisedCase{"a@" + kDigest, "docker.io/library/a@" + kDigest, "a@" + kDigest},
        NormalisedCase{"quay.io:443/a/b:1.0@" + kDigest, "quay.io:443/a/b:1.0@" + kDigest,
                       "quay.io:443/a/b:1.0@" + kDigest},
        NormalisedCase{"a:" + std::string(128, 'T'), "docker.io/library/a:" + std::string(128, 'T'),
                       "a:" + std::string(128, 'T')},
        NormalisedCase{std::string(247, 'a'), "docker.io/library/" + std::string(247, 'a'),
                       std::string(247, 'a')}));

class Refused : public testing::TestWithParam<std::string> {};

TEST_P(Refused, IsAnInvalidReferenceFormat) {
  try {
    const Reference reference = Reference::parse(GetParam());
    FAIL() << "was read as " << reference.to_string();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(error.message().starts_with("invalid reference format")) << error.message();
    EXPECT_LT(error.message().size(), 1000u);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Names, Refused,
    testing::Values("", ":latest", "@" + kDigest, "a:", "a@", "a@sha256:" + std::string(63, 'a'),
                    "a@sha256:" + std::string(64, 'A'), "a@md5:" + kHex, "a@" + kDigest + "a",
                    "a@" + kDigest + ":tag", "a:1:2", "Debian", "acme/Tool", "quay.io/ACME/tool",
                    "a:-x", "a:.x", "a:x/y", "a:" + std::string(129, 't'), "/a", "a/", "a//b", "-a",
                    "a-", "a._b", "a___b", "a..b", "a b", " a", "a\n", std::string("a\0b", 3),
                    "https://quay.io/a", "quay.io:port/a", "quay.io:/a", "[::1/a", "[]/a",
                    "quay..io/a", "-quay.io/a", "quay.io-/a", "ä/b", "a%2fb", kHex,
                    std::string(256, 'a'), "quay.io/" + std::string(256, 'a'),
                    std::string(5000, 'a') + "/b", "../a", "a/../b", "a/./b", "user@host/a"));

TEST(Reference, UpperCaseInThePathIsExplained) {
  try {
    (void)Reference::parse("quay.io/Acme/tool");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("repository name (Acme/tool) must be lowercase"),
              std::string::npos);
  }
}

TEST(Reference, LatestIsTheTagOnlyWhereNothingElseIsSaid) {
  EXPECT_EQ(Reference::parse("a").with_default_tag().familiar(), "a:latest");
  EXPECT_EQ(Reference::parse("a:1").with_default_tag().familiar(), "a:1");
  EXPECT_EQ(Reference::parse("a@" + kDigest).with_default_tag().familiar(), "a@" + kDigest);
}

TEST(Reference, ANewTagDropsTheDigestAndADigestKeepsTheTag) {
  const Reference reference = Reference::parse("a:1@" + kDigest);
  EXPECT_EQ(reference.with_tag("2").familiar(), "a:2");
  EXPECT_EQ(Reference::parse("a:1").with_digest(Digest::parse(kDigest)), reference);
  EXPECT_THROW((void)reference.with_tag("not a tag"), Error);
}

TEST(Repository, TakesNamesOnly) {
  EXPECT_EQ(Repository::parse("debian").name(), "docker.io/library/debian");
  EXPECT_EQ(Repository::parse("debian").familiar_name(), "debian");
  EXPECT_EQ(Repository::parse("localhost:5000/a/b").registry(), "localhost:5000");
  EXPECT_EQ(Repository::parse("localhost:5000/a/b").path(), "a/b");
  EXPECT_THROW((void)Repository::parse("debian:12"), Error);
  EXPECT_THROW((void)Repository::parse("debian@" + kDigest), Error);
}

TEST(Repository, PartsAreValidated) {
  EXPECT_EQ(Repository::from_parts("quay.io", "a/b").name(), "quay.io/a/b");
  EXPECT_THROW((void)Repository::from_parts("quay.io/x", "a"), Error);
  EXPECT_THROW((void)Repository::from_parts("", "a"), Error);
  EXPECT_THROW((void)Repository::from_parts("quay.io", "A"), Error);
  EXPECT_THROW((void)Repository::from_parts("quay.io", ""), Error);
  EXPECT_THROW((void)Repository::from_parts("quay.io\r\nX: y", "a"), Error);
}

}  // namespace
}  // namespace estiba
