// Real Dockerfiles of well-known projects, parsed as the reference front end parses them. The files
// are not ours to carry: they are read from ESTIBA_CONFORMANCE_DIR, or from ../shared/conformance
// beside the source tree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "dockerfile/expand.h"
#include "dockerfile/ignore.h"
#include "dockerfile/parser.h"

namespace estiba::dockerfile {
namespace {

using nlohmann::json;

std::filesystem::path conformance_folder() {
  const char* given = std::getenv("ESTIBA_CONFORMANCE_DIR");
  return given != nullptr ? std::filesystem::path(given)
                          : std::filesystem::path(ESTIBA_SOURCE_DIR) / "../shared/conformance";
}

std::filesystem::path realworld_folder() {
  return conformance_folder() / "realworld";
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  constexpr std::string_view kEnd = ".expected.json";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(realworld_folder(), error)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(kEnd)) names.push_back(name.substr(0, name.size() - kEnd.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The reference writes empty lists as null.
json list(const std::vector<std::string>& values) {
  return values.empty() ? json(nullptr) : json(values);
}

json normalised(json value) {
  if (value.is_array() && value.empty()) return nullptr;
  if (value.is_structured()) {
    for (auto& item : value) item = normalised(std::move(item));
  }
  return value;
}

json key_values(const std::vector<KeyValue>& pairs) {
  json result = json::array();
  for (const KeyValue& pair : pairs) {
    result.push_back({{"Key", pair.key}, {"Value", pair.value}, {"NoDelim", pair.legacy}});
  }
  return result;
}

json optional_bool(std::optional<bool> value) {
  return value ? json(*value) : json(nullptr);
}

// Instructions in the shape of the expected results.
struct Dump {
  json operator()(const Run& run) const {
    json result = command(run.command);
    for (const Heredoc& heredoc : run.heredocs) {
      result["Files"].push_back(
          {{"Name", heredoc.name}, {"Data", heredoc.content}, {"Chomp", heredoc.strip_tabs}});
    }
    json flags = json::array();
    if (!run.mounts.empty()) flags.push_back("mount");
    if (run.network != RunNetwork::kDefault) flags.push_back("network");
    if (run.security != RunSecurity::kSandbox) flags.push_back("security");
    result["FlagsUsed"] = flags;
    return result;
  }
  json operator()(const Copy& copy) const {
    json result = sources(copy.sources);
    result["From"] = copy.from;
    result["Chown"] = copy.owner;
    result["Chmod"] = copy.mode;
    result["Link"] = copy.link;
    result["Parents"] = copy.parents;
    result["ExcludePatterns"] = list(copy.excludes);
    return result;
  }
  json operator()(const Add& add) const {
    json result = sources(add.sources);
    result["Chown"] = add.owner;
    result["Chmod"] = add.mode;
    result["Link"] = add.link;
    result["ExcludePatterns"] = list(add.excludes);
    result["Checksum"] = add.checksum;
    result["KeepGitDir"] = optional_bool(add.keep_git_directory);
    result["Unpack"] = optional_bool(add.unpack);
    return result;
  }
  json operator()(const Arg& arg) const {
    json args = json::array();
    for (const ArgDeclaration& one : arg.declarations) {
      args.push_back({{"Key", one.name},
                      {"Value", one.value ? json(*one.value) : json(nullptr)},
                      {"Comment", one.comment}});
    }
    return {{"Args", args}};
  }
  json operator()(const HealthCheck& check) const {
    json health = {{"Test", check.test}};
    const auto set = [&health](const char* name, std::int64_t value) {
      if (value != 0) health[name] = value;
    };
    set("Interval", check.interval.count());
    set("Timeout", check.timeout.count());
    set("StartPeriod", check.start_period.count());
    set("StartInterval", check.start_interval.count());
    set("Retries", check.retries);
    return {{"Health", health}};
  }
  json operator()(const Cmd& cmd) const { return command(cmd.command); }
  json operator()(const Entrypoint& entrypoint) const { return command(entrypoint.command); }
  json operator()(const Env& env) const { return {{"Env", key_values(env.variables)}}; }
  json operator()(const Label& label) const { return {{"Labels", key_values(label.labels)}}; }
  json operator()(const Maintainer& one) const { return {{"Maintainer", one.name}}; }
  json operator()(const Workdir& one) const { return {{"Path", one.path}}; }
  json operator()(const Expose& one) const { return {{"Ports", list(one.ports)}}; }
  json operator()(const Volume& one) const { return {{"Volumes", list(one.paths)}}; }
  json operator()(const User& one) const { return {{"User", one.user}}; }
  json operator()(const Shell& one) const { return {{"Shell", list(one.arguments)}}; }
  json operator()(const StopSignal& one) const { return {{"Signal", one.signal}}; }
  json operator()(const OnBuild& one) const { return {{"Expression", one.expression}}; }

  static json command(const CommandLine& line) {
    json words = line.arguments;
    if (line.shell_form && !line.text.empty()) words = json::array({line.text});
    return {{"CmdLine", words}, {"PrependShell", line.shell_form}, {"Files", nullptr}};
  }
  static json sources(const FileSources& sources) {
    json contents = json::array();
    for (const InlineFile& file : sources.files) {
      contents.push_back({{"Path", file.name}, {"Data", file.content}, {"Expand", file.expand}});
    }
    return {{"DestPath", sources.destination},
            {"SourcePaths", list(sources.paths)},
            {"SourceContents", contents}};
  }
};

json dump(const Dockerfile& file) {
  json result = {{"meta", json::array()}, {"stages", json::array()}};
  for (const Instruction& one : file.arguments) {
    result["meta"].push_back(std::visit(Dump(), one.body));
  }
  for (const Stage& stage : file.stages) {
    json commands = json::array();
    for (const Instruction& one : stage.instructions) {
      commands.push_back(
          {{"Name", instruction_name(one.body)}, {"Cmd", std::visit(Dump(), one.body)}});
    }
    result["stages"].push_back({{"Name", stage.from.name},
                                {"Base", stage.from.image},
                                {"Platform", stage.from.platform},
                                {"Cmds", commands}});
  }
  return normalised(std::move(result));
}

class RealWorld : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] std::string read(std::string_view ending) const {
    return read_file(realworld_folder() / (GetParam() + std::string(ending)));
  }
};

TEST_P(RealWorld, IsParsedAsByTheReference) {
  const json expected = normalised(json::parse(read(".expected.json")));
  const json actual = dump(parse(read(".Dockerfile")));
  EXPECT_EQ(actual, expected) << json::diff(expected, actual).dump(2);
}

TEST_P(RealWorld, IsExpandedWithoutComplaint) {
  const Dockerfile file = parse(read(".Dockerfile"));
  const Lookup any = [](std::string_view) { return std::optional<std::string>("1"); };
  const ExpandOptions options{.escape = file.directives.escape};
  for (const Stage& stage : file.stages) {
    EXPECT_FALSE(expand_from(stage.from, stage.source, any, options).image.empty());
    for (const Instruction& one : stage.instructions) {
      EXPECT_EQ(expand(one, any, options).body.index(), one.body.index());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, RealWorld, testing::ValuesIn(case_names()), [](const auto& test) {
  std::string name = test.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
  return name;
});
// A tree without the folder has no cases.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealWorld);

// A file out of a build context; empty when it is not there.
std::string file_of_context(const std::filesystem::path& folder, const std::string& name) {
  return run_captured({.argv = {"tar", "-xOf", folder / "context.tar", "./" + name}})
      .standard_output;
}

TEST(BuildCases, AreReadAndExpandedUnlessTheyAreMeantToFail) {
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(conformance_folder() / "build", error)) {
    const json expected = json::parse(read_file(entry.path() / "expected.json"));
    const std::string name = expected.value("dockerfile", "Dockerfile");
    const json arguments = expected.value("buildArgs", json::object());
    const Lookup given = [&](std::string_view key) -> std::optional<std::string> {
      if (!arguments.contains(key)) return std::nullopt;
      return arguments.at(std::string(key)).get<std::string>();
    };
    try {
      (void)IgnoreRules::parse(file_of_context(entry.path(), ".dockerignore"));
      const Dockerfile file = parse(file_of_context(entry.path(), name));
      for (const Instruction& one : file.stages.back().instructions) {
        (void)expand(one, given, {.escape = file.directives.escape, .given_argument = given});
      }
    } catch (const Error& failure) {
      EXPECT_TRUE(expected.value("fails", false)) << entry.path() << ": " << failure.what();
    }
  }
}

}  // namespace
}  // namespace estiba::dockerfile
