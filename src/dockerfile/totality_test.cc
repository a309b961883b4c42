// Whatever the bytes: a value or an Error, in bounded time.
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/expand.h"
#include "dockerfile/ignore.h"
#include "dockerfile/limits.h"
#include "dockerfile/parser.h"

namespace estiba::dockerfile {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The pieces the language is made of; random rows of them reach more of the code than random bytes.
const std::vector<std::string> kPieces = {"FROM a\n",
                                          "FROM ",
                                          " AS ",
                                          "RUN ",
                                          "COPY ",
                                          "ADD ",
                                          "ENV ",
                                          "ARG ",
                                          "LABEL ",
                                          "ONBUILD ",
                                          "CMD ",
                                          "HEALTHCHECK ",
                                          "EXPOSE ",
                                          "VOLUME ",
                                          "SHELL ",
                                          "WORKDIR ",
                                          "USER ",
                                          "--from=x ",
                                          "--mount=type=",
                                          "--mount=",
                                          "--chown=",
                                          "--interval=",
                                          "cache,",
                                          "target=/x,",
                                          "from=y,",
                                          "size=1,",
                                          "# escape=`\n",
                                          "# check=skip=all\n",
                                          "# c\n",
                                          "\\\n",
                                          "`\n",
                                          "\n",
                                          "\n\n",
                                          "\r\n",
                                          "<<E ",
                                          "<<-'E' ",
                                          "3<<E",
                                          "\nE\n",
                                          "\n\tE\n",
                                          "$",
                                          "${",
                                          "}",
                                          ":-",
                                          ":+",
                                          "?",
                                          "#",
                                          "%%",
                                          "//",
                                          "/",
                                          "*",
                                          "**",
                                          "[",
                                          "]",
                                          "[\"",
                                          "\"]",
                                          "\", \"",
                                          "\"",
                                          "'",
                                          "\\",
                                          "=",
                                          "a=b ",
                                          " ",
                                          "\t",
                                          "a",
                                          "80-90/tcp",
                                          "\u00e9",
                                          "\u2003",
                                          "\xff",
                                          "\xe2\x82",
                                          std::string(1, '\0'),
                                          "!",
                                          "^",
                                          "-",
                                          "1s"};

std::string random_text(std::mt19937& random) {
  std::string text = random() % 2 == 0 ? "FROM a\n" : "";
  const std::size_t count = random() % 40;
  for (std::size_t i = 0; i < count; ++i) text += kPieces[random() % kPieces.size()];
  return text;
}

void use_everything(const std::string& text, std::mt19937& random) {
  const Lookup some = [&random](std::string_view name) -> std::optional<std::string> {
    if (name.size() % 2 == 0) return std::nullopt;
    return kPieces[random() % kPieces.size()];
  };
  try {
    const Dockerfile file = parse(text);
    const ExpandOptions options{.escape = file.directives.escape};
    for (const Stage& stage : file.stages) {
      for (const Instruction& one : stage.instructions) {
        try {
          (void)expand(one, some, options);
        } catch (const Error&) {
          continue;
        }
      }
      (void)expand_from(stage.from, stage.source, some, options);
    }
  } catch (const Error&) {
    // An answer too.
  }
  try {
    (void)expand_words(text, some);
    (void)IgnoreRules::parse(text).ignored("a/b/c");
  } catch (const Error&) {
    return;
  }
}

TEST(Totality, AnyBytesAreAnswered) {
  std::mt19937 random(1);
  const auto end = steady_clock::now() + milliseconds(800);
  int rounds = 0;
  while (steady_clock::now() < end) {
    use_everything(random_text(random), random);
    ++rounds;
  }
  EXPECT_GT(rounds, 100);
}

std::string repeat(std::string_view piece, std::size_t size_bytes) {
  std::string text;
  while (text.size() < size_bytes) text += piece;
  return text;
}

// A quadratic step would take minutes for these, in a build with sanitizers too.
TEST(Totality, LargeTextsTakeLinearTime) {
  constexpr std::size_t kSize = kMaxLineBytes / 16;
  const std::vector<std::string> texts = {
      "FROM a\nRUN " + repeat("<<E ", kSize),
      "FROM a\nCOPY " + repeat("<<E ", kSize / 64) + "x",
      "FROM a\nENV " + repeat("a=b ", kSize),
      "FROM a\nENV a=" + repeat("\"'", kSize),
      "FROM a\nENV a=" + repeat("\\", kSize),
      "FROM a\nEXPOSE " + repeat("$a ", kSize),
      "FROM a\nENV a=" + repeat("${a:-", kSize),
      "FROM a\nENV a=" + repeat("${a//*/}", kSize),
      "FROM a\nRUN " + repeat("--mount=a,", kSize),
      "FROM a\nCMD " + repeat("[", kSize),
      "FROM a\nCMD [\"" + repeat("a\",\"", kSize) + "\"]",
      "FROM a\nRUN x " + repeat("\\\n", kSize),
      "FROM a\nRUN x " + repeat("\\\n# c\n\n y ", kSize),
      "FROM a\n" + repeat("# c\n", kSize),
      "FROM a\n" + repeat("# c\n# d\n", kSize) + "ARG " + repeat("a ", kSize),
      "FROM a\n" + repeat("x", kSize),
      "FROM a\nONBUILD " + repeat("ONBUILD ", kSize),
      "FROM a\nRUN <<E\n" + repeat("E \n", kSize),
      "FROM a\nHEALTHCHECK --interval=" + repeat("1s", kSize) + " CMD x",
  };
  std::mt19937 random(2);
  for (const std::string& text : texts) {
    const auto start = steady_clock::now();
    use_everything(text, random);
    EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(20)) << text.substr(0, 40);
  }
}

}  // namespace
}  // namespace estiba::dockerfile
