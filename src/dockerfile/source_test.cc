#include "dockerfile/source.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/limits.h"

namespace estiba::dockerfile {
namespace {

std::vector<LogicalLine> lines_of(std::string_view text) {
  LineReader reader(text, "F");
  std::vector<LogicalLine> lines;
  while (std::optional<LogicalLine> line = reader.next()) lines.push_back(std::move(*line));
  return lines;
}

Directives directives_of(std::string_view text) {
  LineReader reader(text, "F");
  while (reader.next()) continue;
  return reader.directives();
}

struct LineCase {
  std::string_view name;
  std::string_view text;
  std::vector<std::string> expected;
};

TEST(LineReader, JoinsContinuationsAndLeavesOutComments) {
  const std::vector<LineCase> cases = {
      {"empty", "", {}},
      {"blank lines", "\n  \n\t\n", {}},
      {"no newline at the end", "RUN a", {"RUN a"}},
      {"leading blanks are cut, trailing stay", "  \tRUN a  \n", {"RUN a  "}},
      {"windows line ends", "RUN a\r\nRUN b\r\n", {"RUN a", "RUN b"}},
      {"continuation", "RUN a \\\n  b\n", {"RUN a   b"}},
      {"continuation with windows line ends", "RUN a \\\r\n  b\r\n", {"RUN a   b"}},
      {"blanks behind the escape", "RUN a \\ \t\n b\n", {"RUN a  b"}},
      {"no blank before the escape", "RUN a\\\nb\n", {"RUN ab"}},
      {"two escapes are none", "RUN a\\\\\nRUN b\n", {"RUN a\\\\", "RUN b"}},
      {"three escapes are none", "RUN a\\\\\\\nRUN b\n", {"RUN a\\\\\\", "RUN b"}},
      {"escape alone on a line", "RUN a \\\n\\\n b\n", {"RUN a  b"}},
      {"comment line", "# c\nRUN a\n  # c\n", {"RUN a"}},
      {"comment inside", "RUN a \\\n# c\n  # d \\\n b\n", {"RUN a  b"}},
      {"blank line inside", "RUN a \\\n\n  \n b\n", {"RUN a  b"}},
      {"number sign behind words", "RUN a # b\n", {"RUN a # b"}},
      {"continuation into the end", "RUN a \\", {"RUN a "}},
      {"continuation into blank lines", "RUN a \\\n\n\n", {"RUN a "}},
      {"byte order mark", "\xEF\xBB\xBFRUN a\n", {"RUN a"}},
  };
  for (const auto& [name, text, expected] : cases) {
    std::vector<std::string> actual;
    for (LogicalLine& line : lines_of(text)) actual.push_back(std::move(line.text));
    EXPECT_EQ(actual, expected) << name;
  }
}

TEST(LineReader, NumbersLines) {
  const std::vector<LogicalLine> lines = lines_of("# x\n\nFROM a\nRUN b \\\n# c\n d\n\nRUN e\n");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].first_line, 3);
  EXPECT_EQ(lines[0].last_line, 3);
  EXPECT_EQ(lines[1].first_line, 4);
  EXPECT_EQ(lines[1].last_line, 6);
  EXPECT_EQ(lines[2].first_line, 8);
}

TEST(LineReader, MarksBlankLinesInsideAnInstruction) {
  const std::vector<LogicalLine> lines = lines_of("RUN a \\\n\n b\nRUN a \\\n# c\n b\n");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].empty_continuation);
  EXPECT_FALSE(lines[1].empty_continuation);
}

TEST(LineReader, HandsCommentsToTheInstructionBelow) {
  const std::vector<LogicalLine> lines =
      lines_of("# syntax=x\n# lost\n#\n# one\n\n  #two  \nARG a\nARG b\n");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].comments, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(lines[1].comments.empty());
}

TEST(LineReader, ReadsDirectivesAtTheHead) {
  const Directives directives =
      directives_of("#syntax=docker/dockerfile:1\n# Check = skip=all \n  # escape = `\nFROM a `\n");
  EXPECT_EQ(directives.syntax, "docker/dockerfile:1");
  EXPECT_EQ(directives.check, "skip=all");
  EXPECT_EQ(directives.escape, '`');
}

TEST(LineReader, EndsDirectivesWithTheFirstLineThatIsNone) {
  for (const std::string_view head :
       {"# a comment\n", "\n", "# unknown=1\n", "FROM a\n", "# escape\n", "# escape=\n"}) {
    EXPECT_EQ(directives_of(std::string(head) + "# escape=`\nRUN x\n").escape, '\\') << head;
  }
}

TEST(LineReader, RefusesBadDirectives) {
  EXPECT_THROW((void)directives_of("# escape=x\n"), Error);
  EXPECT_THROW((void)directives_of("# escape=`\n# escape=`\n"), Error);
}

TEST(LineReader, ContinuesWithTheEscapeOfTheDirective) {
  const std::vector<LogicalLine> lines = lines_of("# escape=`\nRUN a `\n b\nRUN c:\\\nRUN d\n");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].text, "RUN a  b");
  EXPECT_EQ(lines[1].text, "RUN c:\\");
}

TEST(LineReader, RefusesWhatIsNoText) {
  const std::string utf16("\xFF\xFE\x46\x00\x52\x00", 6);
  try {
    (void)lines_of(utf16);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "F is not a text file");
    EXPECT_NE(error.hint().find("UTF-8"), std::string::npos);
  }
}

TEST(LineReader, RefusesWhatIsTooLarge) {
  const std::vector<std::string> cases = {std::string(kMaxFileBytes + 1, '\n'),
                                          "RUN " + std::string(kMaxLineBytes, 'x')};
  for (const std::string& text : cases) {
    try {
      (void)lines_of(text);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kResourceExhausted);
    }
  }
}

}  // namespace
}  // namespace estiba::dockerfile
