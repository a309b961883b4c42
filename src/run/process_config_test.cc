#include "run/process_config.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/testing/expect_error.h"

namespace estiba::run {
namespace {

using estiba::testing::error_code_of;
using Words = std::vector<std::string>;

struct ArgumentsCase {
  const char* name;
  std::optional<Words> entrypoint;
  std::optional<Words> command;
  std::optional<std::string> entrypoint_override;
  Words command_override;
  Words expected;  // empty: an error
};

class Arguments : public ::testing::TestWithParam<ArgumentsCase> {};

TEST_P(Arguments, AreDockers) {
  ContainerConfig config;
  config.entrypoint = GetParam().entrypoint;
  config.command = GetParam().command;
  RunOverrides overrides;
  overrides.entrypoint = GetParam().entrypoint_override;
  overrides.command = GetParam().command_override;
  if (GetParam().expected.empty()) {
    EXPECT_EQ(error_code_of([&] { (void)effective_process(config, overrides); }),
              ErrorCode::kInvalidArgument);
    return;
  }
  EXPECT_EQ(effective_process(config, overrides).arguments, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Arguments,
    ::testing::Values(
        ArgumentsCase{"Command", {}, Words{"sh"}, {}, {}, {"sh"}},
        ArgumentsCase{"CommandReplaced", {}, Words{"sh"}, {}, {"ls", "-l"}, {"ls", "-l"}},
        ArgumentsCase{"Entrypoint", Words{"top"}, {}, {}, {}, {"top"}},
        ArgumentsCase{"Both", Words{"top"}, Words{"-b"}, {}, {}, {"top", "-b"}},
        ArgumentsCase{"AppendedToEntrypoint", Words{"top"}, Words{"-b"}, {}, {"-c"}, {"top", "-c"}},
        ArgumentsCase{"EntrypointReplaced", Words{"top"}, Words{"-b"}, "ls", {}, {"ls"}},
        ArgumentsCase{"BothReplaced", Words{"top"}, Words{"-b"}, "ls", {"-l"}, {"ls", "-l"}},
        ArgumentsCase{"EntrypointReset", Words{"top"}, Words{"-b"}, "", {"ls"}, {"ls"}},
        ArgumentsCase{"ResetLeavesNothing", Words{"top"}, Words{"-b"}, "", {}, {}},
        ArgumentsCase{"Nothing", {}, {}, {}, {}, {}},
        ArgumentsCase{"EmptyLists", Words{}, Words{}, {}, {}, {}}),
    [](const auto& given) { return std::string(given.param.name); });

ContainerConfig config_of(Words environment) {
  ContainerConfig config;
  config.command = Words{"true"};
  config.environment = std::move(environment);
  return config;
}

TEST(Environment, BeginsWithTheDefaults) {
  RunOverrides overrides;
  overrides.hostname = "box";
  overrides.terminal = true;
  EXPECT_EQ(effective_process(config_of({"A=1"}), overrides).environment,
            (Words{std::string("PATH=") + kDefaultPath, "HOSTNAME=box", "TERM=xterm", "A=1"}));
}

TEST(Environment, IsOverriddenInPlace) {
  RunOverrides overrides;
  overrides.environment = {"A=2", "PATH=/bin", "NEW=x=y", "EMPTY="};
  EXPECT_EQ(effective_process(config_of({"A=1", "B=1"}), overrides).environment,
            (Words{"PATH=/bin", "A=2", "B=1", "NEW=x=y", "EMPTY="}));
}

TEST(Environment, TakesOverOrRemovesANameWithoutValue) {
  ::setenv("ESTIBA_TEST_VARIABLE", "ours", 1);
  RunOverrides overrides;
  overrides.environment = {"ESTIBA_TEST_VARIABLE", "B", "ESTIBA_TEST_ABSENT"};
  EXPECT_EQ(effective_process(config_of({"PATH=/bin", "B=1"}), overrides).environment,
            (Words{"PATH=/bin", "ESTIBA_TEST_VARIABLE=ours"}));
}

TEST(Process, RunsWhereAndAsTheImageSaysUnlessToldOtherwise) {
  ContainerConfig config = config_of({});
  config.user = "worker";
  EXPECT_EQ(effective_process(config, {}).working_directory, "/");
  config.working_directory = "/srv";
  EXPECT_EQ(effective_process(config, {}).working_directory, "/srv");
  EXPECT_EQ(effective_process(config, {}).user, "worker");
  RunOverrides overrides;
  overrides.working_directory = "/tmp";
  overrides.user = "0";
  EXPECT_EQ(effective_process(config, overrides).working_directory, "/tmp");
  EXPECT_EQ(effective_process(config, overrides).user, "0");
  overrides.working_directory = "relative";
  EXPECT_EQ(error_code_of([&] { (void)effective_process(config, overrides); }),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace estiba::run
