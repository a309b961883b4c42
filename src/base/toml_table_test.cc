#include "base/toml_table.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "base/fd.h"
#include "base/testing/test_directory.h"

namespace estiba {
namespace {

void read_toml(const std::string& text, const std::function<void(TomlTable&)>& read) {
  const testing::TestDirectory directory;
  const std::string file = directory.file("x.toml");
  write_file_atomically(file, text);
  TomlTable::read_file(file, read);
}

std::string complaint_of(const std::string& text, const std::function<void(TomlTable&)>& read) {
  try {
    read_toml(text, read);
  } catch (const Error& error) {
    const std::string what = error.what();
    return what.substr(what.rfind("x.toml"));
  }
  return "none";
}

TEST(TomlTable, ReadsValuesOfEachKind) {
  read_toml("a = 'x'\nb = true\nc = 7\nd = '90s'\ne = '1k'\nf = 10\ng = ['p', 'q']\nh = 'one'\n",
            [](TomlTable& table) {
              EXPECT_EQ(table.text("a"), "x");
              EXPECT_EQ(table.boolean("b"), true);
              EXPECT_EQ(table.integer("c", 0, 9), 7);
              EXPECT_EQ(table.duration("d"), std::chrono::seconds(90));
              EXPECT_EQ(table.size("e"), 1024u);
              EXPECT_EQ(table.size("f"), 10u);
              EXPECT_EQ(table.texts("g"), (std::vector<std::string>{"p", "q"}));
              EXPECT_EQ(table.texts("h"), std::vector<std::string>{"one"});
              EXPECT_FALSE(table.text("absent").has_value());
            });
}

TEST(TomlTable, ReadsTablesOfEachForm) {
  std::map<std::string, std::int64_t> found;
  read_toml("[one]\nn = 1\n[[many]]\nn = 2\n[[many]]\nn = 3\n[by.ana]\nn = 4\n[by.'b/c']\nn = 5\n",
            [&](TomlTable& file) {
              const auto take = [&](const std::string& name, TomlTable& table) {
                found[name + std::to_string(found.size())] = *table.integer("n", 0, 9);
              };
              file.table("one", [&](TomlTable& table) { take("one", table); });
              file.each("many", [&](TomlTable& table) { take("many", table); });
              file.named("by", take);
            });
  EXPECT_EQ(found, (std::map<std::string, std::int64_t>{
                       {"one0", 1}, {"many1", 2}, {"many2", 3}, {"ana3", 4}, {"b/c4", 5}}));
}

TEST(TomlTable, NamesTheLineOfWhatIsWrong) {
  const auto text = [](TomlTable& table) { (void)table.text("a"); };
  EXPECT_EQ(complaint_of("a = 1\n", text), "x.toml:1: a must be a text");
  EXPECT_EQ(complaint_of("a = 'x'\nb = 1\n", text), "x.toml:2: unknown key \"b\"");
  EXPECT_EQ(complaint_of("\n\na = \n", text).substr(0, 9), "x.toml:3:");
  EXPECT_EQ(complaint_of("a = 'x'\n", text), "none");
  const auto time = [](TomlTable& table) { (void)table.duration("a"); };
  for (const char* bad : {"a = '5'\n", "a = '-5s'\n", "a = '5 s'\n", "a = 's'\n", "a = 5\n"}) {
    EXPECT_NE(complaint_of(bad, time), "none") << bad;
  }
}

TEST(TomlTable, RefusesUnknownKeysInInnerTables) {
  const auto inner = [](TomlTable& file) {
    file.table("t", [](TomlTable& table) { (void)table.text("a"); });
  };
  EXPECT_EQ(complaint_of("[t]\na = 'x'\nz = 1\n", inner), "x.toml:3: unknown key \"z\"");
  EXPECT_EQ(complaint_of("t = 1\n", inner), "x.toml:1: t must be a table: [t]");
}

}  // namespace
}  // namespace estiba
