#include "registry/web/text_content.h"

#include <gtest/gtest.h>

#include <string>

namespace estiba::registry::web {
namespace {

using namespace std::string_literals;

TEST(TextContentTest, TellsTextFromWhatIsNone) {
  for (const std::string& text :
       {""s, "plain\n\ttext\x1b[0m"s, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb3"s, "\xed\x9f\xbf"s}) {
    EXPECT_TRUE(is_text(text)) << text;
  }
  for (const std::string& bytes :
       {"a\0b"s, "\x80"s, "\xc3"s, "\xc0\xaf"s, "\xe0\x80\xaf"s, "\xed\xa0\x80"s,
        "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xe2\x82"s,
        "\x7f"
        "ELF\x02\x01\x01\0"s}) {
    EXPECT_FALSE(is_text(bytes)) << bytes;
  }
}

}  // namespace
}  // namespace estiba::registry::web
