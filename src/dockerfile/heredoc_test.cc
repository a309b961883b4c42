#include "dockerfile/heredoc.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/limits.h"
#include "dockerfile/parser.h"

namespace estiba::dockerfile {
namespace {

using RunBody = Run;  // in a test, Run is a function of its own

struct WordCase {
  std::string_view word;
  Heredoc expected;
};

TEST(Heredoc, IsReadFromItsWord) {
  const std::vector<WordCase> cases = {
      {"<<EOF", {.name = "EOF"}},
      {"<<-EOF", {.name = "EOF", .strip_tabs = true}},
      {"<<'EOF'", {.name = "EOF", .expand = false}},
      {"<<\"EOF\"", {.name = "EOF", .expand = false}},
      {"<<E\"O\"F", {.name = "EOF", .expand = false}},
      {"<<E\\'F", {.name = "E'F"}},
      {"<<'E'\\'F", {.name = "E'F", .expand = false}},
      {"<< EOF", {.name = "EOF"}},
      {"<<'two words'", {.name = "two words", .expand = false}},
      {"3<<EOF", {.name = "EOF", .descriptor = 3}},
      {"<<file.txt", {.name = "file.txt"}},
      {"<<$EOF", {.name = "$EOF"}},
      {"<<--x", {.name = "-x", .strip_tabs = true}},
  };
  for (const auto& [word, expected] : cases) {
    const std::optional<Heredoc> actual = parse_heredoc(word);
    ASSERT_TRUE(actual) << word;
    EXPECT_EQ(*actual, expected) << word;
  }
}

TEST(Heredoc, IsNotSeenInOtherWords) {
  for (const std::string_view word :
       {"", "EOF", "<<", "<<-", "<EOF", "<<<EOF", "<<EOF sh", "x<<EOF", "'<<EOF'", "\\<<EOF"}) {
    EXPECT_FALSE(parse_heredoc(word)) << word;
  }
  EXPECT_THROW((void)parse_heredoc("<<'EOF"), Error);
}

TEST(Heredoc, IsFoundOnALineOutsideQuotes) {
  const std::vector<std::pair<std::string_view, std::vector<std::string>>> cases = {
      {"RUN <<EOF", {"EOF"}},
      {"RUN <<A cat <<B", {"A", "B"}},
      {"RUN cat <<'x y' >/z", {"x y"}},
      {"RUN << EOF  > f", {"EOF"}},
      {"RUN echo \"<<EOF\"", {}},
      {"RUN echo '<<EOF'", {}},
      {"RUN echo \\<<EOF", {}},
      {"RUN x=$((1<<2))", {}},
      {"RUN cat <<<word", {}},
      {"RUN echo it's <<EOF", {}},
      {"RUN echo ${x:-y} <<EOF", {"EOF"}},
      {"RUN --mount=type=cache,target=/x <<EOF", {"EOF"}},
  };
  for (const auto& [line, expected] : cases) {
    std::vector<std::string> names;
    for (const Heredoc& heredoc : find_heredocs(line)) names.push_back(heredoc.name);
    EXPECT_EQ(names, expected) << line;
  }
}

TEST(Heredoc, LosesItsLeadingTabsWhereAsked) {
  EXPECT_EQ((Heredoc{.name = "E", .content = "\t\ta\n\n\tb\tc\n", .strip_tabs = true}).text(),
            "a\n\nb\tc\n");
  EXPECT_EQ((Heredoc{.name = "E", .content = "\ta\n"}).text(), "\ta\n");
}

RunBody run_of(std::string_view text) {
  return std::get<RunBody>(parse_instruction(text).body);
}

TEST(Heredoc, FollowsTheLineOfItsInstruction) {
  const Dockerfile file =
      parse("FROM a\nRUN <<E1 cat - <<-'E2'\n# kept \\\n\n  $x\nE1\n\ttab\n\tE2\nRUN last\n");
  const std::vector<Instruction>& instructions = file.stages[0].instructions;
  ASSERT_EQ(instructions.size(), 2U);
  const RunBody& run = std::get<RunBody>(instructions[0].body);
  EXPECT_EQ(run.command.text, "<<E1 cat - <<-'E2'");
  ASSERT_EQ(run.heredocs.size(), 2U);
  EXPECT_EQ(run.heredocs[0].content, "# kept \\\n\n  $x\n");
  EXPECT_EQ(run.heredocs[1].content, "\ttab\n");
  EXPECT_EQ(run.heredocs[1].text(), "tab\n");
  EXPECT_EQ(instructions[0].source.location.first_line, 2);
  EXPECT_EQ(instructions[0].source.location.last_line, 8);
  EXPECT_EQ(instructions[0].source.original, "RUN <<E1 cat - <<-'E2'");
  EXPECT_EQ(instructions[1].source.location.first_line, 9);
}

TEST(Heredoc, KeepsWindowsLineEndsOfItsContent) {
  EXPECT_EQ(run_of("RUN <<E\r\na\r\nE\r\n").heredocs.at(0).content, "a\r\n");
}

TEST(Heredoc, IsNotLookedForWhereItHasNoMeaning) {
  EXPECT_TRUE(run_of("RUN [\"cat\", \"<<E\"]").heredocs.empty());
  const Dockerfile file = parse("FROM a\nUSER <<E\nCMD <<E\nENV x=<<E\n");
  EXPECT_EQ(file.stages[0].instructions.size(), 3U);
}

TEST(Heredoc, BelongsToTheTriggerBehindOnbuild) {
  const OnBuild on_build =
      std::get<OnBuild>(parse_instruction("ONBUILD RUN <<A <<B\n1\nA\n2\nB\n").body);
  EXPECT_EQ(on_build.expression, "RUN <<A <<B\n1\nA\n2\nB");
  EXPECT_EQ(std::get<RunBody>(on_build.trigger->body).heredocs.size(), 2U);
  // What the image keeps reads as the same instruction again.
  EXPECT_EQ(run_of(on_build.expression).heredocs,
            std::get<RunBody>(on_build.trigger->body).heredocs);
}

TEST(Heredoc, IsASourceOfCopy) {
  const Copy copy = std::get<Copy>(
      parse_instruction("COPY <<-a.txt x <<'b' /dest/\n\tone\na.txt\n\ttwo\nb\n").body);
  EXPECT_EQ(copy.sources.paths, (std::vector<std::string>{"x"}));
  EXPECT_EQ(copy.sources.destination, "/dest/");
  EXPECT_EQ(copy.sources.files,
            (std::vector<InlineFile>{{"a.txt", "one\n", true}, {"b", "\ttwo\n", false}}));
}

TEST(Heredoc, MustBeClosedAndBeNoDestination) {
  for (const std::string_view text :
       {"RUN <<E\nx\n", "RUN <<E", "COPY x <<E\nE\n", "ADD <<E\nE\n", "COPY it's <<E /x\n"}) {
    EXPECT_THROW((void)parse_instruction(text), Error) << text;
  }
}

TEST(Heredoc, HasABoundedSize) {
  const std::string large = "RUN <<E\n" + std::string(kMaxHeredocBytes + 1, 'x') + "\nE\n";
  EXPECT_THROW((void)parse_instruction(large), Error);
}

}  // namespace
}  // namespace estiba::dockerfile
