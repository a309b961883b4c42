#include "dockerfile/ignore.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/limits.h"
#include "dockerfile/match.h"

namespace estiba::dockerfile {
namespace {

struct PathCase {
  std::string_view rules;
  std::string_view path;
  bool ignored;
};

TEST(IgnoreRules, DecideLikeDocker) {
  const std::vector<PathCase> cases = {
      {"", "a", false},
      {"a", "a", true},
      {"a", "a/b/c", true},
      {"a", "b/a", false},
      {"a", "ab", false},
      {"/a", "a", true},
      {"a/", "a", true},
      {"./a//b/../c", "a/c", true},
      {"../a", "a", false},
      {".", "a", false},
      {"/", "a", false},
      {"#a", "#a", false},
      {" #a", "#a", true},
      {"  a \r", "a", true},
      {"\xEF\xBB\xBF"
       "a",
       "a", true},
      {"*", "a", true},
      {"*", "a/b", true},
      {"*.md", "a.md", true},
      {"*.md", "a/b.md", false},
      {"*/*.md", "a/b.md", true},
      {"*/*.md", "a/b/c.md", false},
      {"a?", "ab", true},
      {"a?", "a/", false},
      {"**", "a/b", true},
      {"**/*.md", "a.md", true},
      {"**/*.md", "a/b/c.md", true},
      {"**/*.md", "a/b.md/c", true},
      {"**/a", "a", true},
      {"**/a", "x/y/a/z", true},
      {"**/a", "x/ba", false},
      {"**a", "x/ba", true},
      {"a/**", "a", false},
      {"a/**", "a/b/c", true},
      {"a**", "ab/c", true},
      {"a/**/b", "a/b", true},
      {"a/**/b", "a/x/y/b", true},
      {"a/**/b", "a/xb", false},
      {"a**/b", "a/b", true},
      {"a**b", "a/x/b", true},
      {"a**b", "axb", false},
      {"**/**", "x", true},
      {"**/a/**", "x/a/b", true},
      {"**/a/**", "x/a", false},
      {"a[bc]", "ac", true},
      {"a[^bc]", "ac", false},
      {"a\\*", "a*", true},
      {"a\\*", "ab", false},
      {"a.b+(c)|$", "a.b+(c)|$", true},
      {"a.c", "abc", false},
      {"*\n!a", "a", false},
      {"*\n!a", "b", true},
      {"*\n!a", "a/b", false},
      {"*\n!a/b", "a/b", false},
      {"*\n!a/b", "a/c", true},
      {"*\n!a/b", "a", true},
      {"!a\n*", "a", true},
      {"*\n! /a", "a", false},
      {"a\n!a/b\na/b/c", "a/b/c", true},
      {"a\n!a/b\na/b/c", "a/b/d", false},
      {"a\n!a/*.md\na/no.md", "a/yes.md", false},
      {"a\n!a/*.md\na/no.md", "a/no.md", true},
      {"**/*.o\n!keep/**", "keep/x.o", false},
      {"**/*.o\n!keep", "keep/x.o", true},
      {"*\n!**/*.go", "a/b/c.go", false},
  };
  for (const auto& [rules, path, ignored] : cases) {
    EXPECT_EQ(IgnoreRules::parse(rules).ignored(path), ignored) << rules << " against " << path;
  }
}

TEST(IgnoreRules, JudgeFromTheTopDownLikeForAWholePath) {
  const IgnoreRules rules = IgnoreRules::parse("a\n!a/b\na/b/*.o\n!a/b/keep.o");
  const IgnoreRules::Verdict a = rules.judge("a", {});
  const IgnoreRules::Verdict b = rules.judge("a/b", a);
  EXPECT_TRUE(a.ignored);
  EXPECT_FALSE(b.ignored);
  EXPECT_TRUE(rules.judge("a/b/x.o", b).ignored);
  EXPECT_FALSE(rules.judge("a/b/keep.o", b).ignored);
  EXPECT_FALSE(rules.judge("a/b/c", b).ignored);
}

TEST(IgnoreRules, SayWhereExceptionsMayLie) {
  const std::vector<PathCase> cases = {
      {"a", "a", false},
      {"*\n!a/b/c", "a", true},
      {"*\n!a/b/c", "a/b", true},
      {"*\n!a/b/c", "a/b/c", false},
      {"*\n!a/b/c", "b", false},
      {"*\n!a/b/c", "aa", false},
      {"*\n!a/*/c", "a/x", true},
      {"*\n!a/*/c", "x/x", false},
      {"*\n!a*/c", "ab", true},
      {"*\n!a/**", "a", true},
      {"*\n!a/**", "a/b", true},
      {"*\n!a/**", "b", false},
      {"*\n!**/c", "b", true},
      {"*\n!a/**/c", "a/x/y", true},
      {"*\n!a/[bc]/d", "a/b", true},
      {"*\n!*.md", "a", false},
  };
  for (const auto& [rules, path, expected] : cases) {
    EXPECT_EQ(IgnoreRules::parse(rules).may_have_exceptions_below(path), expected)
        << rules << " below " << path;
  }
}

TEST(IgnoreRules, NeverPruneWhatAnExceptionKeeps) {
  std::mt19937 random(7);
  const auto text = [&random](std::string_view letters, std::size_t longest) {
    std::string result;
    const std::size_t size = 1 + random() % longest;
    for (std::size_t i = 0; i < size; ++i) result += letters[random() % letters.size()];
    return result;
  };
  for (int round = 0; round < 5000; ++round) {
    IgnoreRules rules;
    try {
      rules = IgnoreRules::from_patterns({"*", "!" + text("ab/*?*[^]\\", 8), text("ab/*", 6)});
    } catch (const Error&) {
      continue;  // a malformed pattern
    }
    const std::string path = "a/b/" + text("ab", 2);
    if (rules.ignored(path)) continue;
    for (const std::string_view folder : {"a", "a/b"}) {
      EXPECT_TRUE(!rules.ignored(folder) || rules.may_have_exceptions_below(folder)) << path;
    }
  }
}

TEST(IgnoreRules, OfSinglePatternsTakeThemAsTheyAre) {
  EXPECT_TRUE(IgnoreRules::from_patterns({"#a"}).ignored("#a"));
  EXPECT_FALSE(IgnoreRules::from_patterns({"/a"}).ignored("a"));
  EXPECT_TRUE(IgnoreRules::from_patterns({"*", "!b"}).has_exceptions());
  EXPECT_TRUE(IgnoreRules::from_patterns({""}).empty());
}

TEST(IgnoreRules, NameTheLineOfAMalformedPattern) {
  for (const std::string_view text : {"a\n[\n", "a\n!\n", "a\n! \n"}) {
    try {
      (void)IgnoreRules::parse(text, "x/.dockerignore");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string_view(error.what()).find("x/.dockerignore:2"), std::string_view::npos);
    }
  }
}

TEST(IgnoreRules, HaveBounds) {
  std::string many;
  for (std::size_t i = 0; i <= kMaxIgnorePatterns; ++i) many += "a\n";
  EXPECT_THROW((void)IgnoreRules::parse(many), Error);
  EXPECT_THROW((void)IgnoreRules::parse(std::string(kMaxPatternBytes + 1, 'a')), Error);
  // What makes matchers that try again and again take forever.
  std::string stars;
  for (int i = 0; i < 100; ++i) stars += "*a**";
  EXPECT_FALSE(PathPattern(stars + "b").matches(std::string(4000, 'a')));
}

// What the documented regular expressions mean, by trying everything.
bool matches_slowly(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.starts_with("**")) {
    pattern.remove_prefix(pattern.starts_with("**/") ? 3 : 2);
    if (pattern.empty()) return true;
    if (matches_slowly(pattern, path)) return true;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (path[i] == '/' && matches_slowly(pattern, path.substr(i + 1))) return true;
    }
    return false;
  }
  if (pattern.front() == '*') {
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (matches_slowly(pattern.substr(1), path.substr(i))) return true;
      if (i < path.size() && path[i] == '/') break;
    }
    return false;
  }
  if (path.empty()) return false;
  const bool fits = pattern.front() == '?' ? path.front() != '/' : pattern.front() == path.front();
  return fits && matches_slowly(pattern.substr(1), path.substr(1));
}

TEST(PathPattern, AgreesWithItsDefinition) {
  std::mt19937 random(11);
  const auto text = [&random](std::string_view letters, std::size_t longest) {
    std::string result;
    const std::size_t size = random() % (longest + 1);
    for (std::size_t i = 0; i < size; ++i) result += letters[random() % letters.size()];
    return result;
  };
  for (int round = 0; round < 15000; ++round) {
    // A wildcard of the last kind keeps ** at the start from meaning "ends with".
    const std::string pattern = text("ab/**?", 7) + "?";
    const std::string path = text("ab/", 8);
    EXPECT_EQ(PathPattern(pattern).matches(path), matches_slowly(pattern, path))
        << pattern << " against " << path;
  }
}

}  // namespace
}  // namespace estiba::dockerfile
