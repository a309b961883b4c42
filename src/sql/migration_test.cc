#include "sql/migration.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"
#include "sql/connection.h"

namespace estiba::sql {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;

constexpr std::array kMigrations = std::to_array<Migration>({
    {.version = 1, .sql = "CREATE TABLE image(id TEXT PRIMARY KEY); CREATE TABLE log(entry)"},
    {.version = 2, .sql = "ALTER TABLE image ADD COLUMN size INTEGER; INSERT INTO log VALUES (2)"},
});

TEST(Migrate, BringsAnyVersionToTheLast) {
  const TestDirectory scratch;
  Connection connection = Connection::open_sqlite(scratch.file("a.db"));
  EXPECT_EQ(schema_version(connection), 0);
  migrate(connection, std::span(kMigrations).first(1));
  EXPECT_EQ(schema_version(connection), 1);
  connection.execute("INSERT INTO image VALUES ('kept')");
  migrate(connection, kMigrations);
  migrate(connection, kMigrations);
  EXPECT_EQ(schema_version(connection), 2);
  EXPECT_EQ(connection.execute("UPDATE image SET size = 1"), 1);
  EXPECT_EQ(connection.execute("DELETE FROM log"), 1) << "each migration ran once";
}

TEST(Migrate, AFailureLeavesTheOldVersionWhole) {
  const TestDirectory scratch;
  Connection connection = Connection::open_sqlite(scratch.file("a.db"));
  const auto broken = std::to_array<Migration>({
      {.version = 1, .sql = "CREATE TABLE image(id TEXT)"},
      {.version = 2, .sql = "CREATE TABLE more(x); INSERT INTO absent VALUES (1)"},
  });
  EXPECT_THROW(migrate(connection, broken), Error);
  EXPECT_EQ(schema_version(connection), 0);
  EXPECT_FALSE(connection.in_transaction());
  EXPECT_THROW(connection.execute("SELECT * FROM image"), Error);
}

TEST(Migrate, ADatabaseFromANewerProgramIsNotTouched) {
  const TestDirectory scratch;
  Connection connection = Connection::open_sqlite(scratch.file("a.db"));
  migrate(connection, kMigrations);
  EXPECT_EQ(error_code_of([&] { migrate(connection, std::span(kMigrations).first(1)); }),
            ErrorCode::kUnsupported);
}

TEST(Migrate, GapsAreOurOwnMistake) {
  const TestDirectory scratch;
  Connection connection = Connection::open_sqlite(scratch.file("a.db"));
  const auto gap = std::to_array<Migration>({{.version = 2, .sql = "SELECT 1"}});
  EXPECT_EQ(error_code_of([&] { migrate(connection, gap); }), ErrorCode::kInternal);
}

TEST(Migrate, ManyProcessesMayOpenTheSameNewDatabaseAtOnce) {
  const TestDirectory scratch;
  const std::string path = scratch.file("new.db");
  std::array<int, 2> gate = {};
  ASSERT_EQ(::pipe(gate.data()), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < 12; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(gate[1]);
      char byte = 0;
      // Ends when the parent closes the gate: all start together.
      [[maybe_unused]] const ssize_t count = ::read(gate[0], &byte, 1);
      int result = 1;
      try {
        Connection connection = Connection::open_sqlite(path);
        migrate(connection, kMigrations);
        connection.execute("INSERT INTO image VALUES (?, 1)", std::to_string(::getpid()));
        result = 0;
      } catch (const Error& error) {
        ADD_FAILURE() << error.what();
      }
      ::_exit(result);
    }
    children.push_back(child);
  }
  ::close(gate[0]);
  ::close(gate[1]);
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  Connection connection = Connection::open_sqlite(path);
  EXPECT_EQ(connection.execute("DELETE FROM image"), 12);
  EXPECT_EQ(connection.execute("DELETE FROM log"), 1);
}

}  // namespace
}  // namespace estiba::sql
