#include "dockerfile/parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/limits.h"

namespace estiba::dockerfile {
namespace {

using RunBody = Run;  // in a test, Run is a function of its own

using Strings = std::vector<std::string>;

TEST(Parse, BuildsStagesOutOfInstructions) {
  const Dockerfile file = parse(
      "# syntax=docker/dockerfile:1\n"
      "ARG VERSION=12\n"
      "FROM debian:$VERSION AS Base\n"
      "RUN a\n"
      "from --platform=linux/arm64 base as second\n"
      "FROM scratch\n"
      "COPY --from=base / /\n"
      "CMD [\"/x\"]\n");
  ASSERT_EQ(file.arguments.size(), 1U);
  EXPECT_EQ(std::get<Arg>(file.arguments[0].body).declarations,
            (std::vector<ArgDeclaration>{{"VERSION", "12", ""}}));
  ASSERT_EQ(file.stages.size(), 3U);
  EXPECT_EQ(file.stages[0].from.image, "debian:$VERSION");
  EXPECT_EQ(file.stages[0].from.name, "base");
  EXPECT_EQ(file.stages[0].instructions.size(), 1U);
  EXPECT_EQ(file.stages[1].from.image, "base");
  EXPECT_EQ(file.stages[1].from.name, "second");
  EXPECT_EQ(file.stages[1].from.platform, "linux/arm64");
  EXPECT_TRUE(file.stages[1].instructions.empty());
  EXPECT_EQ(file.stages[2].from.name, "");
  EXPECT_EQ(file.stages[2].instructions.size(), 2U);
  EXPECT_EQ(file.directives.syntax, "docker/dockerfile:1");
}

TEST(Parse, KeepsTheWordsThatTheClassicBuilderPrints) {
  const Dockerfile file = parse(
      "  FROM debian  \n# a comment\nrun apt-get update && \\\n    apt-get -y install ssh vim  \n");
  EXPECT_EQ(file.stages[0].source.original, "FROM debian");
  const SourceText& source = file.stages[0].instructions[0].source;
  EXPECT_EQ(source.original, "run apt-get update &&     apt-get -y install ssh vim");
  EXPECT_EQ(source.keyword, "run");
  EXPECT_EQ(source.location.file, "Dockerfile");
  EXPECT_EQ(source.location.first_line, 3);
  EXPECT_EQ(source.location.last_line, 4);
}

struct ErrorCase {
  std::string_view text;
  std::string_view message;
  std::string_view hint;
};

TEST(Parse, SaysWhatIsWrongWhereAndWhatToDo) {
  const std::vector<ErrorCase> cases = {
      {"", "Dockerfile has no instructions", "FROM"},
      {"# nothing\n", "Dockerfile has no instructions", "FROM"},
      {"ARG x\n", "Dockerfile has no stage to build: FROM is missing", "FROM"},
      {"RUN x\n", "Dockerfile:1: no build stage", "FROM"},
      {"FROM a\nFRUN x\n", "Dockerfile:2: unknown instruction: FRUN\n  2 | FRUN x\n    | ^~~~",
       "did you mean RUN?"},
      {"\n\nFORM a\n", "Dockerfile:3: unknown instruction: FORM", "did you mean FROM?"},
      {"FROM a\nzzzzzzzz x\n", "Dockerfile:2: unknown instruction: zzzzzzzz", ""},
      {"FROM a\nCOPY --form=x a b\n", "Dockerfile:2: unknown flag: --form", "did you mean --from?"},
      {"FROM a\nCMD --x y\n", "unknown flag: --x", "no flags"},
      {"FROM a\nCOPY --from x y z\n", "--from lacks its value", "--from=VALUE"},
      {"FROM a\nCOPY --link=maybe x y\n", "--link is either true or false, not \"maybe\"", ""},
      {"FROM a\nCOPY --link= x y\n", "--link lacks its value", ""},
      {"FROM a\nCOPY --from=x --from=y a b\n", "--from is given twice", ""},
      {"FROM a\nCOPY --from=$x a b\n", "--from cannot hold variables", "name a stage"},
      {"FROM a\nCOPY x\n", "COPY requires at least two arguments", ""},
      {"FROM a\nADD\n", "ADD requires at least two arguments", ""},
      {"FROM a\nCOPY [\"x\"]\n", "COPY requires at least two arguments", ""},
      {"FROM a\nENV\n", "ENV requires at least one argument", ""},
      {"FROM a\nENV x\n", "ENV must have two arguments", "ENV name=value"},
      {"FROM a\nENV x=1 y\n", "ENV has no \"=\" in \"y\"", "quote"},
      {"FROM a\nENV =1\n", "ENV has a name that is blank", ""},
      {"FROM a\nLABEL\n", "LABEL requires at least one argument", ""},
      {"FROM a\nARG\n", "ARG requires at least one argument", ""},
      {"FROM a\nARG =x\n", "ARG has a name that is blank", ""},
      {"FROM a\nWORKDIR\n", "WORKDIR requires exactly one argument", ""},
      {"FROM a\nUSER\n", "USER requires exactly one argument", ""},
      {"FROM a\nSTOPSIGNAL\n", "STOPSIGNAL requires exactly one argument", ""},
      {"FROM a\nMAINTAINER\n", "MAINTAINER requires exactly one argument", ""},
      {"FROM a\nEXPOSE\n", "EXPOSE requires at least one argument", ""},
      {"FROM a\nVOLUME []\n", "VOLUME requires at least one argument", ""},
      {"FROM a\nVOLUME [\" \"]\n", "VOLUME cannot be an empty path", ""},
      {"FROM a\nSHELL\n", "SHELL requires at least one argument", ""},
      {"FROM a\nSHELL []\n", "SHELL requires at least one argument", ""},
      {"FROM a\nSHELL bash -c\n", "SHELL requires its arguments as a JSON array", "double quotes"},
      {"FROM a\nCMD [\"a\", 1]\n", "may hold nothing but strings", "double quotes"},
      {"FROM a\nRUN [[\"a\"]]\n", "may hold nothing but strings", ""},
      {"FROM a\nHEALTHCHECK\n", "HEALTHCHECK requires at least one argument", ""},
      {"FROM a\nHEALTHCHECK CMD\n", "a command is missing after HEALTHCHECK CMD", ""},
      {"FROM a\nHEALTHCHECK CMD []\n", "a command is missing after HEALTHCHECK CMD", ""},
      {"FROM a\nHEALTHCHECK NONE x\n", "HEALTHCHECK NONE takes no arguments", ""},
      {"FROM a\nHEALTHCHECK TCP 80\n", "unknown type \"TCP\"", "HEALTHCHECK CMD"},
      {"FROM a\nHEALTHCHECK --interval=x CMD y\n", "\"x\" is no duration", "30s"},
      {"FROM a\nHEALTHCHECK --interval=1us CMD y\n", "--interval cannot be less than 1ms", ""},
      {"FROM a\nHEALTHCHECK --retries=-1 CMD y\n", "--retries cannot be negative", ""},
      {"FROM a\nHEALTHCHECK --retries=x CMD y\n", "--retries is no number", ""},
      {"FROM a\nONBUILD\n", "ONBUILD requires at least one argument", ""},
      {"FROM a\nONBUILD ONBUILD RUN x\n", "ONBUILD ONBUILD is not allowed", ""},
      {"FROM a\nONBUILD FROM x\n", "FROM is not allowed as an ONBUILD trigger", ""},
      {"FROM a\nONBUILD maintainer x\n", "MAINTAINER is not allowed as an ONBUILD trigger", ""},
      {"FROM a\nONBUILD FOO x\n", "unknown instruction: FOO", ""},
      {"FROM a\nRUN --network=bridge x\n", "invalid network mode \"bridge\"",
       "default, none or host"},
      {"FROM a\nRUN --security=none x\n", "invalid security mode \"none\"", "sandbox"},
      {"FROM a\nRUN --mount=type=bind,from=$x y\n", "cannot hold variables", ""},
      {"FROM a\nRUN --mount=a\\\"b x\n", "a quote stands inside", ""},
      {"FROM\n", "FROM requires either one or three arguments", "FROM IMAGE AS NAME"},
      {"FROM a b\n", "FROM requires either one or three arguments", ""},
      {"FROM a to b\n", "FROM requires either one or three arguments", ""},
      {"FROM a AS 1b\n", "invalid name for a build stage: \"1b\"", "begins with a letter"},
      {"FROM a AS b/c\n", "invalid name for a build stage", ""},
      {"FROM --from=x a\n", "unknown flag: --from", ""},
      {"\\\n", "a continuation line continues nothing", ""},
      {"# check=nonsense\nFROM a\n", "invalid check option \"nonsense\"", "check=skip"},
  };
  for (const auto& [text, message, hint] : cases) {
    try {
      (void)parse(text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string_view(error.what()).find(message), std::string_view::npos)
          << text << ": " << error.what();
      EXPECT_NE(error.hint().find(hint), std::string::npos) << text << ": " << error.hint();
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << text;
    }
  }
}

template <typename Body>
Body read(std::string_view text) {
  return std::get<Body>(parse_instruction(text).body);
}

TEST(Parse, TellsExecFormFromShellForm) {
  const std::vector<std::pair<std::string_view, CommandLine>> cases = {
      {"echo a  b", {true, "echo a  b", {}}},
      {"[\"a\", \"b c\"]", {false, "", {"a", "b c"}}},
      {"  [ \"a\" ]  ", {false, "", {"a"}}},
      {"[]", {false, "", {}}},
      {"[\"\\u00e9\\n\\\\\"]", {false, "", {"\u00e9\n\\"}}},
      {"[ -f x ]", {true, "[ -f x ]", {}}},
      {"['a', 'b']", {true, "['a', 'b']", {}}},
      {"[\"a\", \"b\"", {true, "[\"a\", \"b\"", {}}},
      {"[\"a\"] && b", {true, "[\"a\"] && b", {}}},
      {"[\"a\",]", {true, "[\"a\",]", {}}},
      {"\"a\"", {true, "\"a\"", {}}},
      {"", {true, "", {}}},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(read<Cmd>("CMD " + std::string(text)).command, expected) << text;
    EXPECT_EQ(read<RunBody>("RUN " + std::string(text)).command, expected) << text;
    EXPECT_EQ(read<Entrypoint>("ENTRYPOINT " + std::string(text)).command, expected) << text;
  }
}

TEST(Parse, SplitsKeysAndValues) {
  const std::vector<std::pair<std::string_view, std::vector<KeyValue>>> cases = {
      {"a=1", {{"a", "1"}}},
      {"a=1 b=2", {{"a", "1"}, {"b", "2"}}},
      {"a=", {{"a", ""}}},
      {"a==", {{"a", "="}}},
      {"a=\"b c\" d='e f'", {{"a", "\"b c\""}, {"d", "'e f'"}}},
      {"a=b\\ c d=e", {{"a", "b\\ c"}, {"d", "e"}}},
      {"a=\"b\\\"c d\" e=f", {{"a", "\"b\\\"c d\""}, {"e", "f"}}},
      {"a='b\\' c=d", {{"a", "'b\\'"}, {"c", "d"}}},
      {"a=b\\", {{"a", "b"}}},
      {"a b c", {{"a", "b c", true}}},
      {"a   b=c ", {{"a", "b=c", true}}},
      {"a \"b c\"", {{"a", "\"b c\"", true}}},
      {"a=\u00e4 \u00f6=b", {{"a", "\u00e4"}, {"\u00f6", "b"}}},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(read<Env>("ENV " + std::string(text)).variables, expected) << text;
    EXPECT_EQ(read<Label>("LABEL " + std::string(text)).labels, expected) << text;
  }
}

TEST(Parse, ReadsFlags) {
  const Copy copy = read<Copy>(
      "COPY --from=base --chown=\"a b\" --chmod=u=rwX,go=rX --link --parents=false "
      "--exclude=*.md --exclude=!x.md -- --odd /dest");
  EXPECT_EQ(copy.from, "base");
  EXPECT_EQ(copy.owner, "a b");
  EXPECT_EQ(copy.mode, "u=rwX,go=rX");
  EXPECT_TRUE(copy.link);
  EXPECT_FALSE(copy.parents);
  EXPECT_EQ(copy.excludes, (Strings{"*.md", "!x.md"}));
  EXPECT_EQ(copy.sources.paths, (Strings{"--odd"}));
  EXPECT_EQ(copy.sources.destination, "/dest");

  const Add add = read<Add>("ADD --checksum=sha256:00 --keep-git-dir --unpack=FALSE a b");
  EXPECT_EQ(add.checksum, "sha256:00");
  EXPECT_EQ(add.keep_git_directory, true);
  EXPECT_EQ(add.unpack, false);
  EXPECT_EQ(read<Add>("ADD a b").unpack, std::nullopt);
}

TEST(Parse, ReadsTheFlagsOfRun) {
  const RunBody run = read<RunBody>(
      "RUN --mount=type=bind,from=base,target=/x --mount=target=$y --network=none "
      "--security=insecure --device=vendor.com/gpu=all,required -- make");
  ASSERT_EQ(run.mounts.size(), 2U);
  EXPECT_EQ(run.mounts[0].from, "base");
  EXPECT_EQ(run.mounts[0].text, "type=bind,from=base,target=/x");
  EXPECT_EQ(run.mounts[1].from, "");
  EXPECT_EQ(run.network, RunNetwork::kNone);
  EXPECT_EQ(run.security, RunSecurity::kInsecure);
  EXPECT_EQ(run.devices, (std::vector<Device>{{"vendor.com/gpu=all", true}}));
  EXPECT_EQ(run.command.text, "make");
}

TEST(Parse, ReadsTheOtherInstructions) {
  EXPECT_EQ(read<Copy>("COPY [\"a b\", \"c\", \"/d e/\"]").sources.paths, (Strings{"a b", "c"}));
  EXPECT_EQ(read<Workdir>("WORKDIR /a b").path, "/a b");
  EXPECT_EQ(read<User>("USER a:b").user, "a:b");
  EXPECT_EQ(read<Maintainer>("MAINTAINER A B <a@b>").name, "A B <a@b>");
  EXPECT_EQ(read<StopSignal>("STOPSIGNAL SIGKILL").signal, "SIGKILL");
  EXPECT_EQ(read<Expose>("EXPOSE 443 80/udp $P").ports, (Strings{"$P", "443", "80/udp"}));
  EXPECT_EQ(read<Volume>("VOLUME /a\t/b").paths, (Strings{"/a", "/b"}));
  EXPECT_EQ(read<Volume>("VOLUME [\"/a b\"]").paths, (Strings{"/a b"}));
  EXPECT_EQ(read<Shell>("SHELL [\"/bin/bash\", \"-c\"]").arguments, (Strings{"/bin/bash", "-c"}));
  EXPECT_EQ(read<OnBuild>("onbuild  RUN x").expression, "RUN x");
  EXPECT_EQ(std::get<RunBody>(read<OnBuild>("ONBUILD RUN x").trigger->body).command.text, "x");
}

TEST(Parse, ReadsArgsWithTheirComments) {
  const Dockerfile file = parse("# A is the first\n# B\nARG A B=\"x y\" C=\nFROM a\n");
  EXPECT_EQ(std::get<Arg>(file.arguments[0].body).declarations,
            (std::vector<ArgDeclaration>{
                {"A", std::nullopt, "is the first"}, {"B", "\"x y\"", ""}, {"C", "", ""}}));
}

TEST(Parse, ReadsHealthChecks) {
  const HealthCheck check = read<HealthCheck>(
      "HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1.5s --start-interval=2s "
      "--retries=3 CMD curl -f http://x");
  EXPECT_EQ(check.test, (Strings{"CMD-SHELL", "curl -f http://x"}));
  EXPECT_EQ(check.interval, std::chrono::seconds(90));
  EXPECT_EQ(check.timeout, std::chrono::milliseconds(500));
  EXPECT_EQ(check.start_period, std::chrono::milliseconds(1500));
  EXPECT_EQ(check.start_interval, std::chrono::seconds(2));
  EXPECT_EQ(check.retries, 3);
  EXPECT_EQ(read<HealthCheck>("HEALTHCHECK cmd [\"a\", \"b\"]").test, (Strings{"CMD", "a", "b"}));
  EXPECT_EQ(read<HealthCheck>("HEALTHCHECK none").test, (Strings{"NONE"}));
}

TEST(Parse, BoundsTheNumberOfInstructions) {
  std::string text = "FROM a\n";
  for (std::size_t i = 0; i < kMaxInstructions; ++i) text += "USER a\n";
  try {
    (void)parse(text);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kResourceExhausted);
  }
}

TEST(ParseInstruction, TakesExactlyOneInstructionThatIsNoFrom) {
  EXPECT_EQ(read<RunBody>("\n# c\nRUN a \\\n b\n").command.text, "a  b");
  for (const std::string_view text : {"", "# c", "FROM a", "RUN a\nRUN b"}) {
    EXPECT_THROW((void)parse_instruction(text), Error) << text;
  }
}

TEST(ParseChange, TakesOnlyWhatChangesTheConfiguration) {
  for (const std::string_view text :
       {"CMD a", "ENTRYPOINT [\"a\"]", "ENV a=b", "EXPOSE 80", "LABEL a=b", "ONBUILD RUN x",
        "USER a", "VOLUME /a", "WORKDIR /a", "HEALTHCHECK NONE", "SHELL [\"a\"]", "STOPSIGNAL 9"}) {
    EXPECT_NO_THROW((void)parse_change(text)) << text;
  }
  for (const std::string_view text : {"RUN a", "COPY a b", "ADD a b", "ARG a", "FROM a", ""}) {
    EXPECT_THROW((void)parse_change(text), Error) << text;
  }
}

}  // namespace
}  // namespace estiba::dockerfile
