#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "dockerfile/expand.h"
#include "dockerfile/parser.h"

namespace estiba::dockerfile {
namespace {

using RunBody = Run;  // in a test, Run is a function of its own

using Strings = std::vector<std::string>;
using Variables = std::map<std::string, std::string, std::less<>>;

Lookup in(const Variables& variables) {
  return [&variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

const Variables kVariables = {{"A", "1"},
                              {"USERNAME", "app"},
                              {"DIR", "/srv/my app"},
                              {"PORTS", "80 443/tcp"},
                              {"T", "tmpfs"}};

template <typename Body>
Body expanded(std::string_view text, const ExpandOptions& options = {}) {
  return std::get<Body>(expand(parse_instruction(text), in(kVariables), options).body);
}

TEST(Expand, ResolvesTheWordsOfInstructionsThatHaveVariables) {
  EXPECT_EQ(expanded<Workdir>("WORKDIR $DIR/x").path, "/srv/my app/x");
  EXPECT_EQ(expanded<User>("USER \"$USERNAME\":$A").user, "app:1");
  EXPECT_EQ(expanded<StopSignal>("STOPSIGNAL $A").signal, "1");
  EXPECT_EQ(expanded<Volume>("VOLUME $DIR /x").paths, (Strings{"/srv/my app", "/x"}));
  EXPECT_EQ(expanded<Volume>("VOLUME [\"$DIR\"]").paths, (Strings{"/srv/my app"}));
  EXPECT_EQ(expanded<Expose>("EXPOSE $PORTS 22").ports, (Strings{"80", "443/tcp", "22"}));
  EXPECT_EQ(expanded<Env>("ENV a=$A b='$A' c$A=\"x y\"").variables,
            (std::vector<KeyValue>{{"a", "1"}, {"b", "$A"}, {"c1", "x y"}}));
  EXPECT_EQ(expanded<Env>("ENV a  \"x\" $A").variables,
            (std::vector<KeyValue>{{"a", "x 1", true}}));
  EXPECT_EQ(expanded<Label>("LABEL \"a b\"=$A").labels, (std::vector<KeyValue>{{"a b", "1"}}));
}

TEST(Expand, ResolvesPathsAndFlagsOfCopyAndAdd) {
  const Copy copy =
      expanded<Copy>("COPY --chown=$USERNAME --chmod=0$A --exclude=$A $A b \"$DIR\"/");
  EXPECT_EQ(copy.owner, "app");
  EXPECT_EQ(copy.mode, "01");
  EXPECT_EQ(copy.excludes, (Strings{"$A"}));
  EXPECT_EQ(copy.sources.paths, (Strings{"1", "b"}));
  EXPECT_EQ(copy.sources.destination, "/srv/my app/");
  const Add add = expanded<Add>("ADD --checksum=sha256:$A --chown=$USERNAME http://x/$A /$A");
  EXPECT_EQ(add.checksum, "sha256:1");
  EXPECT_EQ(add.owner, "app");
  EXPECT_EQ(add.sources.paths, (Strings{"http://x/1"}));
  EXPECT_EQ(add.sources.destination, "/1");
}

TEST(Expand, ResolvesHeredocsOfCopyUnlessTheirWordIsQuoted) {
  const Copy copy = expanded<Copy>("COPY <<a <<'b' /x/\n\"$A\" '$A' \\$A $NONE\\\\\na\n$A\nb\n");
  ASSERT_EQ(copy.sources.files.size(), 2U);
  EXPECT_EQ(copy.sources.files[0].content, "\"1\" '1' $A \\\n");
  EXPECT_EQ(copy.sources.files[1].content, "$A\n");
}

TEST(Expand, LeavesCommandsToTheirShell) {
  EXPECT_EQ(expanded<RunBody>("RUN echo $A \"x").command.text, "echo $A \"x");
  EXPECT_EQ(expanded<RunBody>("RUN <<E\n$A\nE").heredocs[0].content, "$A\n");
  EXPECT_EQ(expanded<Cmd>("CMD [\"$A\"]").command.arguments, (Strings{"$A"}));
  EXPECT_EQ(expanded<Entrypoint>("ENTRYPOINT $A").command.text, "$A");
  EXPECT_EQ(expanded<Shell>("SHELL [\"$A\"]").arguments, (Strings{"$A"}));
  EXPECT_EQ(expanded<HealthCheck>("HEALTHCHECK CMD $A").test, (Strings{"CMD-SHELL", "$A"}));
  EXPECT_EQ(expanded<OnBuild>("ONBUILD ENV x=$A").expression, "ENV x=$A");
  EXPECT_EQ(expanded<Maintainer>("MAINTAINER $A").name, "$A");
}

TEST(Expand, ResolvesTheMountsOfRun) {
  const RunBody run = expanded<RunBody>("RUN --mount=type=$T,target=/x$A,size=${A}k true");
  ASSERT_EQ(run.mounts.size(), 1U);
  EXPECT_EQ(run.mounts[0].type, MountType::kTmpfs);
  EXPECT_EQ(run.mounts[0].target, "/x1");
  EXPECT_EQ(run.mounts[0].size_limit_bytes, 1024U);
}

TEST(Expand, GivesArgsTheValueFromOutsideBeforeTheirDefault) {
  const Variables given = {{"B", "given"}};
  const Variables global = {{"C", "global"}, {"D", "unused"}};
  const ExpandOptions options{.given_argument = in(given), .global_argument = in(global)};
  const Arg arg = expanded<Arg>("ARG A B=$UNCLOSED${ C D=own E F=$B$D$A", options);
  const std::vector<std::optional<std::string>> expected = {
      std::nullopt, "given", "global", "own", std::nullopt, "givenown1"};
  ASSERT_EQ(arg.declarations.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(arg.declarations[i].value, expected[i]) << arg.declarations[i].name;
  }
}

TEST(Expand, LetsEnvSeeOnlyWhatWasBefore) {
  EXPECT_EQ(expanded<Env>("ENV A=2 B=$A").variables,
            (std::vector<KeyValue>{{"A", "2"}, {"B", "1"}}));
}

TEST(Expand, NamesFileLineAndInstructionInErrors) {
  const Dockerfile file =
      parse("FROM a\n\nWORKDIR ${X:?is needed}\n", {.file_name = "my/Dockerfile"});
  try {
    (void)expand(file.stages[0].instructions[0], in(kVariables));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "my/Dockerfile:3: X: is needed\n"
                 "  3 | WORKDIR ${X:?is needed}\n"
                 "    |                 ^~~~~~");
  }
}

TEST(Expand, RefusesVolumesThatVanish) {
  EXPECT_THROW((void)expanded<Volume>("VOLUME $NONE"), Error);
}

TEST(ExpandFrom, ResolvesImageAndPlatform) {
  const Dockerfile file = parse("FROM --platform=$P img:${V:-latest} AS x");
  const Variables arguments = {{"P", "linux/arm64"}};
  const From from = expand_from(file.stages[0].from, file.stages[0].source, in(arguments));
  EXPECT_EQ(from.image, "img:latest");
  EXPECT_EQ(from.platform, "linux/arm64");
  EXPECT_EQ(from.name, "x");
}

TEST(ExpandFrom, RefusesAnImageOrPlatformThatVanishes) {
  for (const std::string_view text : {"FROM $NONE", "FROM --platform=$NONE a"}) {
    const Dockerfile file = parse(text);
    EXPECT_THROW((void)expand_from(file.stages[0].from, file.stages[0].source, in(kVariables)),
                 Error)
        << text;
  }
}

}  // namespace
}  // namespace estiba::dockerfile
