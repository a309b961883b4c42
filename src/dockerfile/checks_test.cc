#include "dockerfile/checks.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/parser.h"

namespace estiba::dockerfile {
namespace {

struct CheckCase {
  std::string_view text;
  std::vector<std::string> warnings;  // "RULE:LINE"
};

TEST(Checks, WarnOfWhatIsRarelyMeant) {
  const std::vector<CheckCase> cases = {
      {"FROM a\nRUN x\nCMD [\"x\"]\n", {}},
      {"FROM a\nMAINTAINER x\n", {"MaintainerDeprecated:2"}},
      {"FROM a AS Base\n", {"StageNameCasing:1"}},
      {"FROM a as base\n", {"FromAsCasing:1"}},
      {"from a as base\n", {}},
      {"FROM a AS b\nFROM a AS B\n", {"StageNameCasing:2", "DuplicateStageName:2"}},
      {"FROM a AS scratch\n", {"ReservedStageName:1"}},
      {"FROM a\nCMD x\nENTRYPOINT y\n", {"JSONArgsRecommended:2", "JSONArgsRecommended:3"}},
      {"FROM a\nSHELL [\"x\"]\nCMD x\n", {}},
      {"FROM a AS b\nSHELL [\"x\"]\nFROM b\nCMD x\n", {}},
      {"FROM a\nENV a b\nLABEL a b\n", {"LegacyKeyValueFormat:2", "LegacyKeyValueFormat:3"}},
      {"FROM a\nCMD [\"x\"]\nCMD [\"y\"]\n", {"MultipleInstructionsDisallowed:2"}},
      {"FROM a\nCMD [\"x\"]\nFROM a\nCMD [\"y\"]\n", {}},
      {"FROM a\nHEALTHCHECK NONE\nHEALTHCHECK NONE\n", {"MultipleInstructionsDisallowed:2"}},
      {"FROM a\nRUN x\nrun y\n", {"ConsistentInstructionCasing:3"}},
      {"from a\nrun x\nRUN y\n", {"ConsistentInstructionCasing:3"}},
      {"FROM a\nRun x\n", {"ConsistentInstructionCasing:2"}},
      {"FROM a\nRUN x \\\n\n y\n", {"NoEmptyContinuation:4"}},
      {"ARG API_TOKEN\nFROM a\nENV PASSWORD=x KEYBOARD=y PUBLIC_KEY=z\n",
       {"SecretsUsedInArgOrEnv:1", "SecretsUsedInArgOrEnv:3"}},
      {"# check=skip=all\nFROM a as B\nMAINTAINER x\n", {}},
      {"# check=skip=FromAsCasing,MaintainerDeprecated\nFROM a as B\nMAINTAINER x\n",
       {"StageNameCasing:2"}},
      {"FROM a\n# check=skip=MaintainerDeprecated a reason\nMAINTAINER x\n", {}},
      {"FROM a\n# check=whatever\nMAINTAINER x\n", {"MaintainerDeprecated:3"}},
  };
  for (const auto& [text, expected] : cases) {
    std::vector<std::string> actual;
    for (const Warning& warning : parse(text).warnings) {
      EXPECT_FALSE(warning.message.empty());
      actual.push_back(warning.rule + ":" + std::to_string(warning.line));
    }
    EXPECT_EQ(actual, expected) << text;
  }
}

TEST(CheckOptions, AreReadFromTheDirective) {
  const CheckOptions options = CheckOptions::parse("skip=A, B ; error=true");
  EXPECT_TRUE(options.skips("A"));
  EXPECT_TRUE(options.skips("B"));
  EXPECT_FALSE(options.skips("C"));
  EXPECT_TRUE(options.fail_on_warning);
  EXPECT_TRUE(CheckOptions::parse("skip=all").skips("A"));
  EXPECT_FALSE(CheckOptions::parse("").skips("A"));
  EXPECT_FALSE(CheckOptions::parse("experimental=all").skips("A"));
  for (const std::string_view text : {"x", "skip", "skip=", "error=maybe", "skip=A;x=y"}) {
    EXPECT_THROW((void)CheckOptions::parse(text), Error) << text;
  }
}

}  // namespace
}  // namespace estiba::dockerfile
