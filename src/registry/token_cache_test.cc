#include "registry/token_cache.h"

#include <gtest/gtest.h>

#include "base/testing/test_directory.h"

namespace estiba::registry {
namespace {

class TokenCacheTest : public ::testing::Test {
 protected:
  TokenCacheTest() : signer_(std::make_unique<TokenSigner>(folder_.file("key.pem"))) {}

  [[nodiscard]] std::string token(std::chrono::seconds lifetime) const {
    TokenClaims claims;
    claims.account = "alice";
    claims.audience = "here";
    claims.issued = now();
    claims.expires = claims.issued + lifetime;
    return signer_->sign(claims);
  }

  testing::TestDirectory folder_;
  std::unique_ptr<TokenSigner> signer_;
  TokenCache cache_;
};

TEST_F(TokenCacheTest, SaysTheSameTwice) {
  const std::string good = token(std::chrono::seconds(60));
  for (int i = 0; i < 2; ++i) {
    const auto claims = cache_.verify(*signer_, good, "here");
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->account, "alice");
  }
}

TEST_F(TokenCacheTest, KnowsATokenOnlyForItsServiceAndInItsOwnLetters) {
  const std::string good = token(std::chrono::seconds(60));
  ASSERT_TRUE(cache_.verify(*signer_, good, "here"));
  EXPECT_FALSE(cache_.verify(*signer_, good, "elsewhere"));
  const std::string forged = good.substr(0, good.size() - 8) + "AAAAAAAA";
  EXPECT_FALSE(cache_.verify(*signer_, forged, "here"));
}

TEST_F(TokenCacheTest, KeepsNothingThatHasExpired) {
  const std::string old = token(std::chrono::seconds(-3600));
  EXPECT_FALSE(cache_.verify(*signer_, old, "here"));
  EXPECT_FALSE(cache_.verify(*signer_, old, "here"));
}

}  // namespace
}  // namespace estiba::registry
