#include "client/base64.h"

#include <gtest/gtest.h>

namespace estiba::client {
namespace {

// RFC 4648, 10.
TEST(Base64, KnownTextsGoBothWays) {
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {std::string("\0\xff\xfe", 3), "AP/+"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
}

TEST(Base64, MissingPaddingIsForgivenAndNonsenseIsNot) {
  EXPECT_EQ(base64_decode("Zm9vYg"), "foob");
  for (const char* text : {"Z", "Zm9v!", "Zm 9v", "Zg===", "Zm9vZ"}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(Base64, EveryByteSurvives) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * 7);
  for (std::size_t size = 0; size < bytes.size(); size += 13) {
    EXPECT_EQ(base64_decode(base64_encode(bytes.substr(0, size))), bytes.substr(0, size));
  }
}

}  // namespace
}  // namespace estiba::client
