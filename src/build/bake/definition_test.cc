#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "build/bake/bake.h"
#include "build/bake/evaluator.h"
#include "build/bake/interpolate.h"
#include "build/bake/limits.h"

namespace estiba::build::bake {
namespace {

const Environment kEnvironment = [](const std::string& name) -> std::optional<std::string> {
  if (name == "SET") return "given";
  if (name == "EMPTY") return "";
  if (name == "NUMBER") return "7";
  return std::nullopt;
};

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// The value of X, as the one argument of a target.
std::string value_of(const std::string& expression, const std::string& before = "") {
  const Text text{"f.hcl",
                  before + "\nX = " + expression + "\ntarget \"t\" { args = { X = \"${X}\" } }"};
  const Definition definition = read_definition({text}, kEnvironment);
  return definition.targets.at("t").map("args").at("X");
}

TEST(BakeExpressions, MeanWhatHclSays) {
  const std::pair<const char*, const char*> cases[] = {
      {"1 + 2 * 3", "7"},
      {"(1 + 2) * 3", "9"},
      {"7 % 4 - 1", "2"},
      {"1 / 4", "0.25"},
      {"-2 < 1 && !false", "true"},
      {"1 == 1 ? \"a\" : \"b\"", "a"},
      {"\"a${1 + 1}b\"", "a2b"},
      {"\"a$${x}\\n\\u00e9\"", "a${x}\n\u00e9"},
      {"[\"a\", \"b\"][1]", "b"},
      {"{a = \"1\", \"b\" : 2}.b", "2"},
      {"join(\",\", [for x in [1, 2, 3] : x * 2 if x != 2])", "2,6"},
      {"join(\",\", keys({for k, v in {a = 1} : upper(k) => v}))", "A"},
      {"join(\",\", [{n = 1}, {n = 2}][*].n)", "1,2"},
      {"upper(lower(\"aB\"))", "AB"},
      {"replace(\"a-b-c\", \"-\", \"_\")", "a_b_c"},
      {"regex_replace(\"v1.2 x\", \"[^a-z0-9]+\", \"-\")", "v1-2-x"},
      {"regex_replace(\"ab12\", \"([a-z]+)(\\\\d+)\", \"$2$${1}\")", "12ab"},
      {"regex_replace(\"abc\", \"x*\", \"-\")", "-a-b-c-"},
      {"format(\"%s-%03d-%v-%%-%q\", \"a\", 7, true, \"b\")", "a-007-true-%-\"b\""},
      {"trimspace(\"  a \")", "a"},
      {"length(split(\",\", \"a,b,c\"))", "3"},
      {"contains([\"a\"], \"a\")", "true"},
      {"merge({a = 1}, {a = 2, b = 3}).a", "2"},
      {"coalesce(null, \"b\")", "b"},
      {"notequal(\"a\", \"b\")", "true"},
      {"and(equal(1, 1), not(or(false, false)))", "true"},
      {"<<-END\n    a\n      b${1}\n  END\n", "a\n  b1\n"},
      {"[ # comment\n 1, // other\n 2, /* third */\n][0]", "1"},
  };
  for (const auto& [expression, value] : cases) {
    EXPECT_EQ(value_of(expression), value) << expression;
  }
}

TEST(BakeVariables, TakeTheEnvironmentInTheirOwnKind) {
  EXPECT_EQ(value_of("SET", "variable \"SET\" { default = \"x\" }"), "given");
  EXPECT_EQ(value_of("NUMBER + 1", "variable \"NUMBER\" { default = 1 }"), "8");
  EXPECT_EQ(value_of("UNSET", "variable \"UNSET\" { default = \"x\" }"), "x");
  EXPECT_EQ(value_of("f(2, 3, 4)",
                     "function \"f\" {\n params = [a]\n variadic_params = rest\n"
                     " result = a * length(rest)\n}"),
            "4");
}

TEST(BakeErrors, SayWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"1 +", "a value expected, not the end of the line"},
      {"\"a", "the string does not end"},
      {"NOPE", "there is no variable \"NOPE\""},
      {"nope(1)", "there is no function \"nope\""},
      {"[1][2]", "there is no element 2"},
      {"1 / 0", "division by zero"},
      {"\"%{if true}\"", "are not supported"},
      {"{a 1}", "after a key"},
      {"X", "refers to itself"},
      {"<<END\na\n", "the heredoc does not end"},
  };
  for (const auto& [expression, message] : cases) {
    const std::string told = message_of([&] { value_of(expression); });
    EXPECT_NE(told.find(message), std::string::npos) << expression << ": " << told;
    EXPECT_TRUE(told.starts_with("f.hcl:")) << told;
    EXPECT_NE(told.find('^'), std::string::npos) << told;
  }
}

TEST(BakeErrors, BoundDepthAndWork) {
  EXPECT_NE(message_of([] { value_of(std::string(5000, '[')); }), "");
  EXPECT_NE(message_of([] { value_of(std::string(5000, '!') + "true"); }), "");
  std::string doubling = "A0 = \"0123456789\"\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "A" + std::to_string(i - 1);
    doubling += "A" + std::to_string(i) + " = \"${" + before + "}${" + before + "}\"\n";
  }
  EXPECT_NE(message_of([&] { value_of("A39", doubling); }).find("too large"), std::string::npos);
}

TEST(BakeCompose, InterpolatesAsComposeDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"a$SET-b", "agiven-b"},      {"${SET}", "given"}, {"$$SET", "$SET"},
      {"${NO:-x${SET}}", "xgiven"}, {"${EMPTY-x}", ""},  {"${EMPTY:-x}", "x"},
      {"${SET:+y}", "y"},           {"${NO+y}", ""},
  };
  for (const auto& [text, value] : cases) {
    std::size_t work = 1000;
    EXPECT_EQ(interpolate(text, kEnvironment, work), value) << text;
  }
  std::size_t work = 1000;
  EXPECT_NE(
      message_of([&] { (void)interpolate("${NO:?tell me}", kEnvironment, work); }).find("tell me"),
      std::string::npos);
  EXPECT_NE(message_of([&] { (void)interpolate("${SET", kEnvironment, work); }), "");
}

TEST(BakeCompose, SaysWhereAServiceIsWrong) {
  const Text text{"compose.yaml", "services:\n  a:\n    build:\n      argz: {X: 1}\n"};
  const std::string told = message_of([&] { (void)read_definition({text}, kEnvironment); });
  EXPECT_TRUE(told.starts_with("compose.yaml:4: ")) << told;
}

TEST(BakeTargets, InheritInOrder) {
  const Text text{"f.hcl",
                  "target \"a\" { args = { X = \"a\", Y = \"a\" } }\n"
                  "target \"b\" { args = { X = \"b\" } }\n"
                  "target \"c\" {\n inherits = [\"a\", \"b\"]\n args = { Z = \"c\" }\n}\n"};
  const Definition definition = read_definition({text}, kEnvironment);
  const Resolved resolved = resolve(definition, {.names = {"c"}, .overrides = {}});
  const std::map<std::string, std::string> expected{{"X", "b"}, {"Y", "a"}, {"Z", "c"}};
  EXPECT_EQ(resolved.targets.at("c").map("args"), expected);
}

}  // namespace
}  // namespace estiba::build::bake
