#include "base/hash.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace estiba {
namespace {

// FIPS 180-4's examples.
constexpr const char* kSha256OfAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kSha512OfAbc =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

TEST(Hasher, MatchesTheStandardsExamples) {
  Hasher sha256(HashAlgorithm::kSha256);
  sha256.update("a");
  sha256.update("bc");
  EXPECT_EQ(sha256.finish_hex(), kSha256OfAbc);
  Hasher sha512(HashAlgorithm::kSha512);
  sha512.update("abc");
  EXPECT_EQ(sha512.finish_hex(), kSha512OfAbc);
}

TEST(Hasher, ACopyContinuesFromTheSameState) {
  Hasher first(HashAlgorithm::kSha256);
  first.update("ab");
  Hasher second = first;
  first.update("x");
  second.update("c");
  EXPECT_EQ(second.finish_hex(), kSha256OfAbc);
  EXPECT_NE(first.finish_hex(), kSha256OfAbc);
}

TEST(Hasher, RefusesToGoOnAfterTheEnd) {
  Hasher hasher(HashAlgorithm::kSha256);
  (void)hasher.finish_hex();
  EXPECT_THROW(hasher.update("x"), Error);
  EXPECT_THROW((void)hasher.finish_hex(), Error);
}

}  // namespace
}  // namespace estiba
