#include "registry/webhook_event.h"

#include <gtest/gtest.h>

namespace estiba::registry {
namespace {

// RFC 4231, test case 2.
TEST(WebhookEvent, SignsWithHmacSha256) {
  EXPECT_EQ(sign_webhook("Jefe", "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace estiba::registry
