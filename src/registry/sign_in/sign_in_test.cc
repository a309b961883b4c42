// The values of sign-in elsewhere; its dialogue is tested with real providers.
#include <gtest/gtest.h>

#include "base/error.h"
#include "registry/base64url.h"
#include "registry/sign_in/identities.h"
#include "registry/sign_in/json_web_keys.h"
#include "registry/sign_in/proof_key.h"

namespace estiba::registry {
namespace {

// RFC 7636, appendix B.
TEST(ProofKey, IsTheSpecificationsExample) {
  EXPECT_EQ(proof_key_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

// RFC 7515, appendix A.3 (ES256).
constexpr const char* kKeys =
    R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";
constexpr const char* kToken =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    "."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

TEST(JsonWebKeys, VerifyTheSpecificationsExample) {
  const auto payload = JsonWebKeys::parse(kKeys).verify(kToken);
  ASSERT_TRUE(payload);
  EXPECT_NE(payload->find("\"iss\":\"joe\""), std::string::npos);
}

TEST(JsonWebKeys, RefuseWhatHasAnotherByteKeyOrShape) {
  const JsonWebKeys keys = JsonWebKeys::parse(kKeys);
  std::string other = kToken;
  other[30] = other[30] == 'A' ? 'B' : 'A';
  for (const std::string& token :
       {other, std::string(), std::string(".."), std::string("a.b"), std::string("a.b.c.d"),
        std::string(kToken) + "AAAA", std::string(kToken).substr(0, 200)}) {
    EXPECT_FALSE(keys.verify(token)) << token;
  }
  EXPECT_FALSE(JsonWebKeys().verify(kToken));
}

TEST(JsonWebKeys, LeaveOutKeysThatCannotBeAndTakeNoOtherDocument) {
  for (const char* keys :
       {R"({"keys":[]})", R"({"keys":[7,{},{"kty":"oct","k":"AAAA"}]})",
        R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})",
        // Not on the curve.
        R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
        R"("y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}]})",
        R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})"}) {
    EXPECT_TRUE(JsonWebKeys::parse(keys).empty()) << keys;
  }
  for (const char* document : {"", "[]", "{}", R"({"keys":{}})", "nonsense"}) {
    EXPECT_THROW((void)JsonWebKeys::parse(document), Error) << document;
  }
}

TEST(AccountNames, AreNearToWhatTheProviderCallsSomebody) {
  EXPECT_EQ(account_name_near("Ana.Maria"), "ana.maria");
  EXPECT_EQ(account_name_near("ana@example.com"), "ana");
  EXPECT_EQ(account_name_near("--Ana María--"), "ana-mar-a");
  for (const char* none : {"", "@", "---", "\xff\xfe", "a"}) {
    EXPECT_EQ(account_name_near(none), "user") << none;
  }
  EXPECT_EQ(account_name_near(std::string(300, 'x')).size(), 64U);
}

TEST(Base64, HasPaddingWhereItIsAskedFor) {
  EXPECT_EQ(encode_base64("\xfb\xff"), "+/8=");
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("abc"), "YWJj");
}

}  // namespace
}  // namespace estiba::registry
