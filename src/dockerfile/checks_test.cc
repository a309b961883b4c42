#include "dockerfile/checks.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/check_rules.h"
#include "dockerfile/ignore.h"
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

std::vector<std::string> found(std::string_view text, const CheckInputs& inputs) {
  std::vector<std::string> warnings;
  for (const Warning& warning : check(parse(text), inputs)) {
    warnings.push_back(warning.rule + ":" + std::to_string(warning.line));
  }
  return warnings;
}

TEST(Checks, FollowVariablesThroughTheStages) {
  CheckInputs inputs;
  inputs.find_image = [](const std::string& name) -> std::optional<CheckInputs::Image> {
    if (name == "known") return CheckInputs::Image{{{"BASE", "x"}}, "linux/amd64"};
    if (name == "arm") return CheckInputs::Image{{}, "linux/arm64"};
    return std::nullopt;
  };
  const std::vector<CheckCase> cases = {
      {"FROM known:$TAG\n", {"UndefinedArgInFrom:1", "InvalidDefaultArgInFrom:1"}},
      {"ARG TAG\nFROM known:$TAG\n", {"InvalidDefaultArgInFrom:2"}},
      {"ARG TAG=1\nFROM known:$TAG\n", {}},
      {"ARG TAG\nFROM known${TAG:+:$TAG}\n", {}},
      {"ARG VERSION=1\nFROM known:$VERSOIN\n",
       {"UndefinedArgInFrom:2", "InvalidDefaultArgInFrom:2"}},
      {"FROM --platform=$TARGETPLATFORM known\n", {"RedundantTargetPlatform:1"}},
      {"FROM --platform=${TARGETPLATFORM} known\n", {"RedundantTargetPlatform:1"}},
      {"FROM --platform=$BUILDPLATFORM known\n", {}},
      {"FROM --platform=linux/amd64 known\n", {"FromPlatformFlagConstDisallowed:1"}},
      {"FROM --platform=linux/amd64 known AS build-amd64\n", {}},
      {"FROM --platform=linux/amd64 known AS linux\n", {}},
      {"FROM arm\n", {"InvalidBaseImagePlatform:1"}},
      {"FROM --platform=linux/arm64 arm AS arm64\n", {}},
      {"FROM scratch\nCOPY $WHAT /\n", {"UndefinedVar:2"}},
      {"FROM known\nCOPY $BASE /\n", {}},
      {"FROM known\nCOPY $OTHER /\n", {"UndefinedVar:2"}},
      {"FROM unknown\nCOPY $OTHER /\n", {}},
      {"FROM unknown\nENV VERSION=1\nCOPY $VERSOIN /\n", {"UndefinedVar:3"}},
      {"FROM scratch\nARG WHAT\nCOPY x$WHAT /\n", {}},
      {"FROM scratch\nCOPY $WHAT /\nARG WHAT\n", {"UndefinedVar:2"}},
      {"ARG WHAT=1\nFROM scratch\nCOPY $WHAT /\n", {"UndefinedVar:3"}},
      {"ARG WHAT=1\nFROM scratch\nARG WHAT\nCOPY $WHAT /\n", {}},
      {"FROM scratch\nLABEL a=$A b=${B:-x} c=${C:+x}\n",
       {"UndefinedVar:2", "UndefinedVar:2", "UndefinedVar:2"}},
      {"FROM scratch\nRUN echo $A\nCMD [\"$B\"]\n", {}},
      {"FROM scratch\nENV A=1 B=$A\n", {"UndefinedVar:2"}},
      {"FROM scratch\nENV P=$PATH:/x H=$HTTP_PROXY\n", {}},
      {"FROM scratch AS a\nENV A=1\nARG B=2\nFROM a\nLABEL a=$A b=$B\n", {}},
      {"FROM scratch AS a\nARG B=2\nFROM scratch\nLABEL b=$B\n", {"UndefinedVar:4"}},
      {"FROM scratch\nWORKDIR a\nWORKDIR b\n", {"WorkdirRelativePath:2"}},
      {"FROM scratch\nWORKDIR /a\nWORKDIR b\n", {}},
      {"FROM scratch AS a\nWORKDIR /a\nFROM a\nWORKDIR b\n", {}},
      {"FROM scratch\nEXPOSE 80/TCP 81/tcp\n", {"ExposeProtoCasing:2"}},
      {"FROM scratch\nEXPOSE 127.0.0.1:80:80\n", {"ExposeInvalidFormat:2"}},
      {"# check=experimental=all\n\nFROM scratch AS a\n# about it\nARG A\n",
       {"InvalidDefinitionDescription:5"}},
      {"# check=experimental=InvalidDefinitionDescription\n\n# a is it\nFROM scratch AS a\n", {}},
      {"FROM scratch AS a\n# about it\nARG A\n", {}},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(found(text, inputs), expected) << text;
}

TEST(Checks, SuggestTheNearestName) {
  const std::vector<Warning> warnings =
      parse("ARG VERSION=1\nFROM a:$VERSOIN\nENV COLOUR=1\nLABEL c=$COLUOR\n").warnings;
  ASSERT_EQ(warnings.size(), 3u);
  EXPECT_EQ(warnings[0].message, "FROM argument 'VERSOIN' is not declared (did you mean VERSION?)");
  EXPECT_EQ(warnings[2].message, "Usage of undefined variable '$COLUOR' (did you mean $COLOUR?)");
}

TEST(Checks, NameSourcesThatAreIgnored) {
  struct IgnoreCase {
    std::string_view ignore;
    std::string_view text;
    std::vector<std::string> warnings;
  };
  const std::vector<IgnoreCase> cases = {
      {"a\n", "FROM scratch\nCOPY a b /\n", {"CopyIgnoredFile:2"}},
      {"a\n",
       "FROM scratch\nCOPY ./a/x /\nADD a/y /\n",
       {"CopyIgnoredFile:2", "CopyIgnoredFile:3"}},
      {"a\n!a/x\n", "FROM scratch\nCOPY a /\n", {}},
      {"*.md\n", "FROM scratch\nCOPY README.md /\n", {"CopyIgnoredFile:2"}},
      {"*.md\n", "FROM scratch\nCOPY . /\n", {}},
      {"**\n", "FROM scratch\nCOPY . /\n", {"CopyIgnoredFile:2"}},
      {"a\n", "FROM scratch AS s\nFROM scratch\nCOPY --from=s a /\n", {}},
      {"a\n", "FROM scratch\nADD https://x.test/a /\n", {}},
  };
  for (const auto& [ignore, text, expected] : cases) {
    const IgnoreRules rules = IgnoreRules::parse(ignore);
    CheckInputs inputs;
    inputs.ignore = &rules;
    EXPECT_EQ(found(text, inputs), expected) << ignore << text;
  }
}

TEST(Checks, AdviseOnPractices) {
  const std::vector<CheckCase> cases = {
      {"FROM debian\n", {"BaseImageLatest:1"}},
      {"FROM debian:latest\n", {"BaseImageLatest:1"}},
      {"FROM localhost:5000/debian\n", {"BaseImageLatest:1"}},
      {"FROM debian:12\n", {"BaseImageNotPinned:1"}},
      {"FROM debian:12@sha256:0000000000000000000000000000000000000000000000000000000000000000\n",
       {}},
      {"FROM scratch AS a\nFROM a\n", {}},
      {"FROM scratch\nRUN apt-get install -y x\n", {"AptCleanup:2", "AptRecommends:2"}},
      {"FROM scratch\nRUN apt-get install -y --no-install-recommends x && rm -rf "
       "/var/lib/apt/lists/*\n",
       {}},
      {"FROM scratch\nRUN <<E\napt-get install --no-install-recommends x\nE\n", {"AptCleanup:2"}},
      {"FROM scratch\nRUN --mount=type=cache,target=/var/cache/apt apt-get install "
       "--no-install-recommends x\n",
       {}},
      {"FROM scratch\nENV T=ghp_0123456789abcdefghij\n", {"SecretValue:2"}},
      {"ARG A=AKIA0123456789ABCDEF\nFROM scratch\n", {"SecretValue:1"}},
      {"FROM scratch\nCOPY . .\nRUN npm ci\n", {"CopyAllBeforeDependencies:2"}},
      {"FROM scratch\nCOPY package.json .\nRUN npm ci\nCOPY . .\n", {}},
      {"FROM scratch\nCOPY go.mod .\nCOPY . .\nRUN go mod download\n", {}},
      {"FROM scratch\n# check=skip=CopyAllBeforeDependencies\nCOPY . .\nRUN npm ci\n", {}},
  };
  CheckInputs inputs;
  inputs.practices = true;
  for (const auto& [text, expected] : cases) EXPECT_EQ(found(text, inputs), expected) << text;
}

TEST(CheckRules, AreDockersByNameAndPage) {
  EXPECT_EQ(check_rule_url(*find_check_rule("JSONArgsRecommended")),
            "https://docs.docker.com/go/dockerfile/rule/json-args-recommended/");
  EXPECT_EQ(check_rule_url(*find_check_rule("FromAsCasing")),
            "https://docs.docker.com/go/dockerfile/rule/from-as-casing/");
  EXPECT_EQ(check_rule_url(*find_check_rule("AptCleanup")), "");
  EXPECT_EQ(find_check_rule("Nothing"), nullptr);
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
