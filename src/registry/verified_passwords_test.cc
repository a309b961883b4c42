#include "registry/verified_passwords.h"

#include <gtest/gtest.h>

#include "base/testing/test_directory.h"
#include "registry/accounts.h"
#include "registry/metadata.h"

namespace estiba::registry {
namespace {

TEST(VerifiedPasswords, KnowsOnlyWhatItWasTold) {
  VerifiedPasswords verified;
  EXPECT_FALSE(verified.knows("hash", "secret"));
  verified.remember("hash", "secret");
  EXPECT_TRUE(verified.knows("hash", "secret"));
  EXPECT_FALSE(verified.knows("hash", "Secret"));
  EXPECT_FALSE(verified.knows("other hash", "secret"));
}

TEST(VerifiedPasswords, ForgetsAfterTheLifetime) {
  VerifiedPasswords verified(std::chrono::milliseconds(0));
  verified.remember("hash", "secret");
  EXPECT_FALSE(verified.knows("hash", "secret"));
}

TEST(VerifiedPasswords, StaysBounded) {
  VerifiedPasswords verified;
  for (std::size_t i = 0; i <= kMaxVerifiedPasswords; ++i) {
    verified.remember("hash", std::to_string(i));
  }
  EXPECT_FALSE(verified.knows("hash", "0"));
  EXPECT_TRUE(verified.knows("hash", std::to_string(kMaxVerifiedPasswords)));
}

TEST(Accounts, AnotherPasswordEndsTheOldOneAtOnce) {
  const testing::TestDirectory folder;
  const auto metadata = open_metadata(folder.path(), "");
  Accounts accounts(*metadata);
  Accounts elsewhere(*metadata);  // as another process would have them
  accounts.add("alice", "old", false);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(accounts.verify("alice", "old"));
  elsewhere.set_password("alice", "new");
  EXPECT_FALSE(accounts.verify("alice", "old"));
  EXPECT_TRUE(accounts.verify("alice", "new"));
  elsewhere.remove("alice");
  EXPECT_FALSE(accounts.verify("alice", "new"));
}

}  // namespace
}  // namespace estiba::registry
