#include "base/log.h"

#include <gtest/gtest.h>

namespace estiba {
namespace {

TEST(Logger, WritesOneLineWithTimeLevelAndMessage) {
  std::string written;
  const Logger logger(LogLevel::kInfo, [&](std::string_view line) { written += line; });
  logger.info("listening");
  EXPECT_TRUE(written.ends_with("Z info    listening\n")) << written;
}

TEST(Logger, DropsWhatIsBelowTheMinimum) {
  std::string written;
  const Logger logger(LogLevel::kWarning, [&](std::string_view line) { written += line; });
  logger.info("chatter");
  EXPECT_EQ(written, "");
  logger.error("trouble");
  EXPECT_NE(written, "");
}

TEST(Logger, AMessageCannotForgeALineOrDriveTheTerminal) {
  std::string written;
  const Logger logger(LogLevel::kInfo, [&](std::string_view line) { written += line; });
  logger.warning("name\n2026 error \x1b[2J");
  EXPECT_EQ(written.find('\n'), written.size() - 1);
  EXPECT_NE(written.find("name\\x0a2026 error \\x1b[2J"), std::string::npos) << written;
}

}  // namespace
}  // namespace estiba
