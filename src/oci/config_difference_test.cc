#include "oci/config_difference.h"

#include <gtest/gtest.h>

namespace estiba {
namespace {

std::vector<HistoryEntry> instructions(const std::vector<std::string>& texts) {
  std::vector<HistoryEntry> history;
  for (const std::string& text : texts) history.push_back({.created_by = text});
  return history;
}

std::vector<std::string> told(const std::vector<ValueDifference>& differences) {
  std::vector<std::string> lines;
  for (const ValueDifference& one : differences) {
    lines.push_back(one.name + ": " + one.from.value_or("-") + " > " + one.to.value_or("-"));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(ConfigDifferenceTest, NamesValuesAsADockerfileDoes) {
  ImageConfig from;
  from.config.environment = {"PATH=/bin", "OLD=1"};
  from.config.command = {{"sh"}};
  ImageConfig to;
  to.config.environment = {"PATH=/usr/bin", "EMPTY"};
  to.config.command = {{"sh", "-c"}};
  to.config.labels = {{"version", "2"}};
  to.config.exposed_ports = {"80/tcp"};
  EXPECT_EQ(
      told(compare_configs(from, to)),
      (Lines{"CMD: [\"sh\"] > [\"sh\",\"-c\"]", "ENV EMPTY: - > ", "ENV OLD: 1 > -",
             "ENV PATH: /bin > /usr/bin", "EXPOSE 80/tcp: - > 80/tcp", "LABEL version: - > 2"}));
  EXPECT_TRUE(compare_configs(to, to).empty());
}

TEST(ConfigDifferenceTest, TellsInstructionsByTheirNumber) {
  const auto from = instructions({"FROM", "RUN a", "RUN b", "CMD"});
  EXPECT_TRUE(compare_instructions(from, from).empty());
  EXPECT_EQ(
      told(compare_instructions(from, instructions({"FROM", "RUN c", "RUN b", "ENV", "CMD"}))),
      (Lines{"2: RUN a > RUN c", "4: - > ENV"}));
  EXPECT_EQ(told(compare_instructions(from, instructions({"FROM", "CMD"}))),
            (Lines{"2: RUN a > -", "3: RUN b > -"}));
  EXPECT_EQ(told(compare_instructions(from, {})),
            (Lines{"1: FROM > -", "2: RUN a > -", "3: RUN b > -", "4: CMD > -"}));
  EXPECT_EQ(told(compare_instructions(from, instructions({"FROM", "RUN a", "RUN b", "CMD", "X"}))),
            (Lines{"5: - > X"}));
}

}  // namespace
}  // namespace estiba
