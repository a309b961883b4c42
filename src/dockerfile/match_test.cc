#include "dockerfile/match.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"

namespace estiba::dockerfile {
namespace {

struct MatchCase {
  std::string_view pattern;
  std::string_view name;
  bool expected;
};

TEST(MatchPath, FollowsGo) {
  const std::vector<MatchCase> cases = {
      {"", "", true},
      {"", "a", false},
      {"abc", "abc", true},
      {"abc", "abd", false},
      {"abc", "ab", false},
      {"*", "", true},
      {"*", "abc", true},
      {"*", "a/b", false},
      {"**", "abc", true},
      {"**", "a/b", false},
      {"*c", "abc", true},
      {"*c", "abcd", false},
      {"a*", "a", true},
      {"a*", "abc", true},
      {"a*", "ab/c", false},
      {"a*/b", "abc/b", true},
      {"a*/b", "a/c/b", false},
      {"*/*", "a/b", true},
      {"*/*", "a", false},
      {"a*b*c", "aXbYc", true},
      {"a*b*c", "abcbc", true},
      {"a*b*c", "abcb", false},
      {"a*b*c", "aXb/Yc", false},
      {"*ab", "aab", true},
      {"*.txt", ".txt", true},
      {"*.txt", ".hidden.txt", true},
      {"a?c", "abc", true},
      {"a?c", "a\u00e9c", true},
      {"a?c", "a/c", false},
      {"a?c", "ac", false},
      {"a??c", "a\u00e9c", false},
      {"[abc]", "b", true},
      {"[abc]", "d", false},
      {"[a-c]x", "bx", true},
      {"[a-c]x", "dx", false},
      {"[^a-c]x", "dx", true},
      {"[^a-c]x", "bx", false},
      {"[a-cx-z]", "y", true},
      {"[\u00e0-\u00fc]", "\u00e9", true},
      {"[c-a]", "b", false},
      {"[*]", "*", true},
      {"[*]", "a", false},
      {"a[^x]b", "a/b", true},
      {"[\\]]", "]", true},
      {"[\\-x]", "-", true},
      {"[x\\-]", "-", true},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"\\a", "a", true},
      {"a]", "a]", true},
      {"*[ab]*", "xxbyy", true},
      {"**/*.txt", "a/b.txt", true},
      {"**/*.txt", "a/b/c.txt", false},
      {"a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
  };
  for (const auto& [pattern, name, expected] : cases) {
    EXPECT_EQ(match_path(pattern, name), expected) << pattern << " against " << name;
  }
}

TEST(MatchPath, RefusesMalformedPatternsWhateverTheName) {
  for (const std::string_view pattern :
       {"[", "[a", "[]", "[]a]", "[^", "[^]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[a-", "\\", "a\\",
        "a[", "*[", "x*y[", "[\\", "[\xff]"}) {
    for (const std::string_view name : {"", "a", "zzz"}) {
      EXPECT_THROW((void)match_path(pattern, name), Error) << pattern << " against " << name;
    }
  }
}

TEST(HasWildcards, SeesOnlyWhatIsNotEscaped) {
  EXPECT_FALSE(has_wildcards("a/b"));
  EXPECT_FALSE(has_wildcards("a\\*b\\[\\"));
  EXPECT_TRUE(has_wildcards("a*"));
  EXPECT_TRUE(has_wildcards("a?"));
  EXPECT_TRUE(has_wildcards("\\\\[a]"));
}

}  // namespace
}  // namespace estiba::dockerfile
