#include "base/text.h"

#include <gtest/gtest.h>

namespace estiba {
namespace {

using Words = std::vector<std::string>;

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("", '/'), (Words{""}));
  EXPECT_EQ(split("a", '/'), (Words{"a"}));
  EXPECT_EQ(split("a//b/", '/'), (Words{"a", "", "b", ""}));
}

TEST(Text, TrimTakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, LowersOnlyAscii) {
  EXPECT_EQ(to_lower("Sha256-\xc3\x84"), "sha256-\xc3\x84");
}

TEST(Text, JoinsAndLists) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(list_words({"a"}), "a");
  EXPECT_EQ(list_words({"a", "b"}), "a or b");
  EXPECT_EQ(list_words({"a", "b", "c"}), "a, b or c");
}

TEST(Text, HexIsLowerCase) {
  EXPECT_EQ(to_hex(std::string("\x00\xff\x1a", 3)), "00ff1a");
}

TEST(Text, NearestWordForgivesSlipsOnly) {
  const Words commands = {"build", "push", "pull", "images", "inspect"};
  EXPECT_EQ(nearest_word("buidl", commands), "build");
  EXPECT_EQ(nearest_word("image", commands), "images");
  EXPECT_EQ(nearest_word("inspct", commands), "inspect");
  EXPECT_EQ(nearest_word("deploy", commands), "");
  EXPECT_EQ(nearest_word("", commands), "");
  EXPECT_EQ(nearest_word(std::string(100'000, 'x'), commands), "");
}

TEST(Text, RandomHexHasTheLengthAndDiffers) {
  EXPECT_EQ(random_hex(16).size(), 32u);
  EXPECT_NE(random_hex(16), random_hex(16));
  EXPECT_EQ(random_hex(16).find_first_not_of("0123456789abcdef"), std::string::npos);
}

}  // namespace
}  // namespace estiba
