#include "dockerfile/expand.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/limits.h"

namespace estiba::dockerfile {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Lookup in(const Variables& variables) {
  return [&variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

const Variables& variables() {
  static const Variables kVariables = {
      {"HOME", "/root"},
      {"EMPTY", ""},
      {"FILE", "archive.tar.gz"},
      {"PATHS", "/usr/bin:/usr/lib:/usr/share"},
      {"TEXT", "one  two"},
      {"\u00e9t\u00e9", "summer"},
      {"STARS", "a*b*c"},
      {"BACK", "a\\b"},
      {"X", "x"},
      {"ESCAPED", "\\*"},
  };
  return kVariables;
}

struct WordCase {
  std::string_view text;
  std::string_view expected;
};

TEST(ExpandWord, ResolvesQuotesEscapesAndVariables) {
  const std::vector<WordCase> cases = {
      {"", ""},
      {"plain", "plain"},
      {"two words", "two words"},
      {"'a b'\"c d\"e", "a bc de"},
      {"''", ""},
      {"\"'\"", "'"},
      {"'\"'", "\""},
      {R"(a\ b)", "a b"},
      {R"(a\nb)", "anb"},
      {R"("a\nb")", R"(a\nb)"},
      {R"('a\nb')", R"(a\nb)"},
      {R"("a\\b")", R"(a\b)"},
      {R"("a\"b")", R"(a"b)"},
      {R"("\$HOME")", "$HOME"},
      {R"(\$HOME)", "$HOME"},
      {R"(\\$HOME)", R"(\/root)"},
      {"'$HOME'", "$HOME"},
      {"\"$HOME\"", "/root"},
      {R"(a\)", "a"},
      {"$HOME/x", "/root/x"},
      {"${HOME}x", "/rootx"},
      {"$HOMEx", ""},
      {"a$", "a$"},
      {"$.", "$."},
      {"$ x", "$ x"},
      {"$1$@$#", ""},
      {"$123abc", "abc"},
      {"$\u00e9t\u00e9!", "summer!"},
      {"\xff$X\xfe", "\xffx\xfe"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(expand_word(text, in(variables())), expected) << text;
  }
}

TEST(ExpandWord, SubstitutesByTheState) {
  const std::vector<WordCase> cases = {
      {"${UNSET:-d}", "d"},
      {"${UNSET-d}", "d"},
      {"${EMPTY:-d}", "d"},
      {"${EMPTY-d}", ""},
      {"${HOME:-d}", "/root"},
      {"${UNSET:+a}", ""},
      {"${UNSET+a}", ""},
      {"${EMPTY:+a}", ""},
      {"${EMPTY+a}", "a"},
      {"${HOME:+a}", "a"},
      {"${HOME:?must}", "/root"},
      {"${EMPTY?must}", ""},
      {"${UNSET:-$HOME/x}", "/root/x"},
      {"${UNSET:-${ALSO:-deep}}", "deep"},
      {"${UNSET:-'a}b'}", "a}b"},
      {R"(${UNSET:-a\}b})", "a}b"},
      {"${UNSET:-a b}", "a b"},
      {"\"${UNSET:-\"q\"}\"", "q"},
      {"${UNSET:-}", ""},
      {"${X}}", "x}"},
      {"${-:-none}", "none"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(expand_word(text, in(variables())), expected) << text;
  }
}

TEST(ExpandWord, CutsAndReplacesByPatterns) {
  const std::vector<WordCase> cases = {
      {"${FILE#*.}", "tar.gz"},
      {"${FILE##*.}", "gz"},
      {"${FILE%.*}", "archive.tar"},
      {"${FILE%%.*}", "archive"},
      {"${FILE#nothing}", "archive.tar.gz"},
      {"${FILE%nothing}", "archive.tar.gz"},
      {"${FILE#}", "archive.tar.gz"},
      {"${FILE##*}", ""},
      {"${FILE%%*}", ""},
      {"${FILE#*}", "archive.tar.gz"},
      {"${FILE%*}", "archive.tar.gz"},
      {"${FILE#a??h}", "ive.tar.gz"},
      {"${FILE%.??}", "archive.tar"},
      {"${PATHS##*/usr}", "/share"},
      {"${PATHS#*:*:}", "/usr/share"},
      {"${PATHS%%:*:*}", "/usr/bin"},
      {"${UNSET#x}", ""},
      {"${FILE#$X}", "archive.tar.gz"},
      {"${FILE/ar/AR}", "ARchive.tar.gz"},
      {"${FILE//ar/AR}", "ARchive.tAR.gz"},
      {"${FILE/./}", "archivetar.gz"},
      {"${FILE//./}", "archivetargz"},
      {"${FILE/.*/}", "archive"},
      {"${FILE//?/x}", "xxxxxxxxxxxxxx"},
      {"${FILE//*/x}", "x"},
      {R"(${PATHS//\/usr/})", "/bin:/lib:/share"},
      {R"(${PATHS/:\/usr\/lib/})", "/usr/bin:/usr/share"},
      {R"(${STARS#a\*})", "b*c"},
      {R"(${STARS//\*/-})", "a-b-c"},
      {"${STARS//$ESCAPED/+}", "a+b+c"},
      {R"(${BACK#*\\})", "b"},
      {"${EMPTY/x/y}", ""},
      {"${X/$EMPTY/y}", "yx"},
      {"${X//$EMPTY/y}", "yxy"},
      {"${HOME//[a-z]/x}", "/root"},
      {"${\u00e9t\u00e9%?}", "summe"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(expand_word(text, in(variables())), expected) << text;
  }
}

TEST(ExpandWord, RefusesWhatHasNoMeaning) {
  for (const std::string_view text :
       {"'open",      "\"open",       "\"open\\\"", "${",         "${HOME",    "${}",
        "${:-x}",     "${{x}}",       "${.}",       "${HOME:x}",  "${HOME=x}", "${HOME:=x}",
        "${HOME:#x}", "${HOME:/a/b}", "${HOME/a}",  "${HOME/a/b", "${HOME//",  "${HOME#\\x}",
        "${HOME^^}",  "${UNSET:?}",   "${EMPTY:?}", "${UNSET?}",  "${HOME:",   "${UNSET:-${}"}) {
    EXPECT_THROW((void)expand_word(text, in(variables())), Error) << text;
  }
}

TEST(ExpandWord, TellsTheMessageOfARequiredVariable) {
  try {
    (void)expand_word("${VERSION:?set it to $X}", in(variables()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "VERSION: set it to x");
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  }
}

TEST(ExpandWord, ObeysAnotherEscapeCharacter) {
  const WordOptions options{.escape = '`'};
  EXPECT_EQ(expand_word("C:\\Users`$HOME", in(variables()), options), "C:\\Users$HOME");
  EXPECT_EQ(expand_word("\"`\"\\\"", in(variables()), options), "\"\\");
}

TEST(ExpandWord, KeepsWhatItIsToldToKeep) {
  EXPECT_EQ(expand_word("'a' \"$X\"", in(variables()), {.keep_quotes = true}), "'a' \"x\"");
  EXPECT_EQ(expand_word(R"(\a\$X)", in(variables()), {.keep_escapes = true}), R"(\a\$X)");
  EXPECT_EQ(
      expand_word("$U ${U} ${U:-d} ${U#p} ${U/a/b} $X", in(variables()), {.keep_unset = true}),
      "$U ${U} ${U:-d} ${U#p} ${U/a/b} x");
  EXPECT_EQ(expand_word(R"('$X' "\n" \$X)", in(variables()), {.plain_quotes = true}),
            R"('x' "n" $X)");
}

TEST(ExpandWord, RecordsWhichVariablesItAskedFor) {
  VariableUse use;
  (void)expand_word("$X ${UNSET:-$HOME} ${EMPTY:+$NEVER} '$QUOTED'", in(variables()),
                    {.use = &use});
  EXPECT_EQ(use.found, (std::set<std::string, std::less<>>{"EMPTY", "HOME", "X"}));
  EXPECT_EQ(use.missing, (std::set<std::string, std::less<>>{"NEVER", "UNSET"}));
}

TEST(ExpandWords, SplitsAtBlanksThatAreNotProtected) {
  const std::vector<std::pair<std::string_view, std::vector<std::string>>> cases = {
      {"", {}},
      {"  ", {}},
      {"a b\tc", {"a", "b", "c"}},
      {"'a b' c", {"a b", "c"}},
      {R"(a\ b c)", {"a b", "c"}},
      {"$TEXT", {"one", "two"}},
      {"x${TEXT}y", {"xone", "twoy"}},
      {"\"$TEXT\"", {"one  two"}},
      {"'' a", {"a"}},
      {"a${UNSET:-b}c", {"abc"}},
      {"<< EOF x", {"<< EOF", "x"}},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(expand_words(text, in(variables())), expected) << text;
  }
}

TEST(ExpandWord, BoundsTheDepthOfSubstitutions) {
  std::string deep;
  for (std::size_t i = 0; i <= kMaxSubstitutionDepth; ++i) deep += "${A:-";
  try {
    (void)expand_word(deep, in(variables()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kResourceExhausted);
  }
}

TEST(ExpandWord, BoundsWhatItProducesAndCompares) {
  const Variables large = {{"BIG", std::string(1 << 20, 'a')}};
  std::string many;
  for (int i = 0; i < 100; ++i) many += "$BIG";
  EXPECT_THROW((void)expand_word(many, in(large)), Error);
  EXPECT_THROW((void)expand_word("${BIG//a/$BIG}", in(large)), Error);
  EXPECT_THROW((void)expand_word("${BIG#" + std::string(1000, 'a') + "}", in(large)), Error);
}

TEST(ExpandWord, DoesNotReadBehindATextThatEndsInNul) {
  // On the heap and without a terminator, so that the sanitizer sees a step too far.
  const std::vector<char> text = {'$', '{', 'a', '\0'};
  EXPECT_THROW((void)expand_word({text.data(), text.size()}, nullptr), Error);
}

}  // namespace
}  // namespace estiba::dockerfile
