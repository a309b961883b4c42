#include "oci/digest.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace estiba {
namespace {

constexpr std::string_view kEmptySha256 =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Digest, TextRoundTrips) {
  EXPECT_EQ(Digest::of("").to_string(), kEmptySha256);
  EXPECT_EQ(Digest::parse(kEmptySha256), Digest::of(""));
  EXPECT_EQ(Digest::of("").short_hex(), "e3b0c44298fc");
  const std::string long_digest = "sha512:" + std::string(128, '0');
  EXPECT_EQ(Digest::parse(long_digest).to_string(), long_digest);
  EXPECT_EQ(Digest::parse(long_digest).algorithm(), HashAlgorithm::kSha512);
}

TEST(Digest, RefusesWhatIsNotOne) {
  const std::string hex(64, 'a');
  for (const std::string& text : std::vector<std::string>{
           "", hex, ":" + hex, "sha256:", "sha256:" + hex + "a", "sha256:" + hex.substr(1),
           "sha256:" + std::string(64, 'A'), "sha256:" + std::string(64, 'g'), "SHA256:" + hex,
           "sha512:" + hex, "md5:" + hex.substr(32), "sha256 :" + hex, " sha256:" + hex,
           "sha256:" + hex + "\n", "sha256:../" + hex.substr(3)}) {
    EXPECT_FALSE(Digest::try_parse(text)) << text;
    EXPECT_THROW((void)Digest::parse(text), Error) << text;
  }
  EXPECT_THROW((void)Digest::from_hex(HashAlgorithm::kSha256, "../../etc/passwd"), Error);
}

TEST(CheckDigest, NamesTheThingAndBothDigests) {
  try {
    check_digest(Digest::of("a"), Digest::of("b"), "layer X");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kDataLoss);
    EXPECT_NE(error.message().find("layer X"), std::string::npos);
    EXPECT_NE(error.message().find(Digest::of("a").hex()), std::string::npos);
    EXPECT_NE(error.message().find(Digest::of("b").hex()), std::string::npos);
  }
}

// Hands out one byte a call, as a slow network does.
class DripSource final : public Source {
 public:
  explicit DripSource(std::string data) : data_(std::move(data)) {}
  [[nodiscard]] std::size_t read(MutableBytes buffer) override {
    if (position_ == data_.size()) return 0;
    buffer[0] = static_cast<std::byte>(data_[position_++]);
    return 1;
  }

 private:
  std::string data_;
  std::size_t position_ = 0;
};

ErrorCode reading_fails_with(std::string data, const Digest& expected, std::uint64_t size_bytes) {
  DripSource drip(std::move(data));
  VerifyingSource source(drip, expected, size_bytes, "blob");
  try {
    (void)read_all(source, 1000, "blob");
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

TEST(VerifyingSource, PassesWhatMatches) {
  for (const std::string text : {"", "x", "hello"}) {
    DripSource drip(text);
    VerifyingSource source(drip, Digest::of(text), text.size(), "blob");
    EXPECT_EQ(read_all(source, 1000, "blob"), text);
    std::byte more;
    EXPECT_EQ(source.read({&more, 1}), 0u);
  }
}

TEST(VerifyingSource, FailsOnWrongBytesAndWrongLengths) {
  EXPECT_EQ(reading_fails_with("hellp", Digest::of("hello"), 5), ErrorCode::kDataLoss);
  EXPECT_EQ(reading_fails_with("hell", Digest::of("hello"), 5), ErrorCode::kDataLoss);
  EXPECT_EQ(reading_fails_with("hello!", Digest::of("hello"), 5), ErrorCode::kDataLoss);
  EXPECT_EQ(reading_fails_with("x", Digest::of(""), 0), ErrorCode::kDataLoss);
  EXPECT_EQ(reading_fails_with("", Digest::of("x"), 0), ErrorCode::kDataLoss);
}

TEST(VerifyingSource, NeverHandsOutMoreThanTheSizeNorAWrongEnd) {
  StringSource inner("hellp and much more");
  VerifyingSource source(inner, Digest::of("hello"), 5, "blob");
  std::byte buffer[64];
  EXPECT_THROW((void)source.read(buffer), Error);
}

TEST(ChainId, IsAsTheSpecificationComputesIt) {
  const Digest a = Digest::of("a");
  const Digest b = Digest::of("b");
  EXPECT_EQ(chain_id({a}), a);
  EXPECT_EQ(chain_id({a, b}), Digest::of(a.to_string() + " " + b.to_string()));
  EXPECT_EQ(chain_id({a, b, a}), Digest::of(chain_id({a, b}).to_string() + " " + a.to_string()));
  EXPECT_THROW((void)chain_id({}), Error);
}

}  // namespace
}  // namespace estiba
