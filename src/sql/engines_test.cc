// What both engines promise, told once and held to each.
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"
#include "sql/connection_pool.h"
#include "sql/copy_rows.h"
#include "sql/migration.h"
#include "sql/testing/postgresql_server.h"

namespace estiba::sql {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;

constexpr Migration kSchema[] = {
    {1,
     "CREATE TABLE repository (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
     "  stars INTEGER CHECK (stars >= 0), weight REAL, secret BLOB);"
     "CREATE TABLE tag (name TEXT, repository INTEGER NOT NULL REFERENCES repository (id));"},
    {2, "ALTER TABLE tag ADD COLUMN size INTEGER NOT NULL DEFAULT 7;"},
};

class EnginesTest : public ::testing::TestWithParam<Engine> {
 protected:
  static void TearDownTestSuite() { server_.reset(); }

  EnginesTest() : address_(new_address()), connection_(Connection::open(address_)) {
    migrate(connection_, kSchema);
  }

  std::string new_address() {
    if (GetParam() == Engine::kSqlite) return scratch_.file("test.db");
    if (!server_) server_ = std::make_unique<testing::PostgresqlServer>();
    return server_->new_database();
  }

  std::int64_t count() {
    Statement row = connection_.query("SELECT count(*) FROM repository");
    EXPECT_TRUE(row.step());
    return row.integer(0);
  }

  static std::unique_ptr<testing::PostgresqlServer> server_;
  TestDirectory scratch_;
  std::string address_;
  Connection connection_;
};

std::unique_ptr<testing::PostgresqlServer> EnginesTest::server_;

TEST_P(EnginesTest, EveryTypeComesBackAsItWasBound) {
  const std::string bytes("\x00\xff\\x", 4);
  connection_.execute(
      "INSERT INTO repository (id, name, stars, weight, secret) VALUES ($1, $2, $3, $4, $5)", 7,
      "näme\\'", std::int64_t{1} << 40, 0.1, Blob{bytes});
  Statement row = connection_.query("SELECT * FROM repository WHERE id = $1", 7);
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.column_count(), 5);
  EXPECT_EQ(row.integer(0), 7);
  EXPECT_EQ(row.text(1), "näme\\'");
  EXPECT_EQ(row.integer(2), std::int64_t{1} << 40);
  EXPECT_EQ(row.real(3), 0.1);
  EXPECT_EQ(row.blob(4), bytes);
  EXPECT_EQ(error_code_of([&] { (void)row.integer(1); }), ErrorCode::kInternal);
  EXPECT_FALSE(row.step());
}

TEST_P(EnginesTest, AbsenceIsNullAndEmptyIsNot) {
  connection_.execute("INSERT INTO repository (name, stars, secret) VALUES ($1, $2, $3)", "",
                      std::optional<int>(), Blob{{}});
  Statement row = connection_.query("SELECT name, stars, secret FROM repository");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0), "");
  EXPECT_EQ(row.optional_integer(1), std::nullopt);
  EXPECT_EQ(row.blob(2), "");
}

TEST_P(EnginesTest, TextIsOrderedByItsBytes) {
  for (const char* name : {"b", "a-b", "B", "a", "ab", "é"}) {
    connection_.execute("INSERT INTO repository (name) VALUES ($1)", name);
  }
  std::string names;
  Statement rows = connection_.query("SELECT name FROM repository ORDER BY name");
  for (const Statement& row : rows) names += row.text(0) + " ";
  EXPECT_EQ(names, "B a a-b ab b é ");
}

TEST_P(EnginesTest, RefusalsAreToldByKind) {
  connection_.execute("INSERT INTO repository (name) VALUES ('a')");
  const auto code_of = [&](const char* text) {
    return error_code_of([&] { connection_.execute(text); });
  };
  EXPECT_EQ(code_of("INSERT INTO repository (name) VALUES ('a')"), ErrorCode::kAlreadyExists);
  EXPECT_EQ(code_of("INSERT INTO repository (name, stars) VALUES ('b', -1)"), ErrorCode::kConflict);
  EXPECT_EQ(code_of("INSERT INTO tag (name, repository) VALUES ('b', 99)"), ErrorCode::kConflict);
  EXPECT_EQ(code_of("SELECT nonsense FROM repository"), ErrorCode::kInternal);
  EXPECT_EQ(count(), 1);
}

TEST_P(EnginesTest, AReaderCannotWrite) {
  Connection reader = Connection::open(address_, {.read_only = true});
  EXPECT_EQ(error_code_of([&] { reader.execute("DELETE FROM repository"); }),
            ErrorCode::kPermissionDenied);
}

TEST_P(EnginesTest, ChangesAreCountedAndReturned) {
  Statement made = connection_.query("INSERT INTO repository (name) VALUES ('a') RETURNING id");
  ASSERT_TRUE(made.step());
  const std::int64_t id = made.integer(0);
  (void)made.run();
  EXPECT_EQ(connection_.execute("UPDATE repository SET stars = 1 WHERE id = $1", id), 1);
  EXPECT_EQ(connection_.execute("UPDATE repository SET stars = 1 WHERE id = $1", id + 1), 0);
}

TEST_P(EnginesTest, WhatIsNotCommittedIsNotThere) {
  {
    Transaction transaction(connection_);
    connection_.execute("INSERT INTO repository (name) VALUES ('a')");
  }
  EXPECT_EQ(count(), 0);
  Transaction transaction(connection_);
  connection_.execute("INSERT INTO repository (name) VALUES ('a')");
  transaction.commit();
  EXPECT_EQ(count(), 1);
}

TEST_P(EnginesTest, WritersWhoLookAndThenChangeTakeTurns) {
  connection_.execute("INSERT INTO repository (name, stars) VALUES ('a', 0)");
  constexpr int kThreads = 4;
  constexpr int kTimes = 25;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        Connection mine = Connection::open(address_);
        for (int n = 0; n < kTimes; ++n) {
          Transaction transaction(mine);
          std::int64_t stars = 0;
          {
            Statement row = mine.query("SELECT stars FROM repository WHERE name = 'a'");
            if (row.step()) stars = row.integer(0);
          }
          mine.execute("UPDATE repository SET stars = $1 WHERE name = 'a'", stars + 1);
          transaction.commit();
        }
      });
    }
  }
  Statement row = connection_.query("SELECT stars FROM repository");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.integer(0), kThreads * kTimes);
}

TEST_P(EnginesTest, ANewerSchemaIsNotTouched) {
  EXPECT_EQ(schema_version(connection_), 2);
  migrate(connection_, kSchema);
  EXPECT_EQ(error_code_of([&] { migrate(connection_, std::span(kSchema).first(1)); }),
            ErrorCode::kUnsupported);
}

TEST_P(EnginesTest, RowsGoToTheOtherEngine) {
  const std::string bytes("\x01\x00", 2);
  connection_.execute("INSERT INTO repository (id, name, weight, secret) VALUES (3, 'a', 1.5, $1)",
                      Blob{bytes});
  Connection other = Connection::open(scratch_.file("other.db"));
  migrate(other, kSchema);
  Statement select = connection_.prepare("SELECT id, name, weight, secret FROM repository");
  Statement insert =
      other.prepare("INSERT INTO repository (id, name, weight, secret) VALUES ($1, $2, $3, $4)");
  EXPECT_EQ(copy_rows(select, insert), 1);
  Statement row = other.query("SELECT id, name, weight, secret FROM repository");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.integer(0), 3);
  EXPECT_EQ(row.text(1), "a");
  EXPECT_EQ(row.real(2), 1.5);
  EXPECT_EQ(row.blob(3), bytes);
}

INSTANTIATE_TEST_SUITE_P(All, EnginesTest, ::testing::Values(Engine::kSqlite, Engine::kPostgresql),
                         [](const auto& tested) {
                           return tested.param == Engine::kSqlite ? "Sqlite" : "Postgresql";
                         });

TEST(PostgresqlTest, ABrokenConnectionIsMadeAnew) {
  testing::PostgresqlServer server;
  const std::string address = server.new_database();
  Connection connection = Connection::open(address);
  connection.execute_script("CREATE TABLE numbers (n BIGINT)");
  connection.execute("INSERT INTO numbers VALUES ($1)", 1);
  Connection killer = Connection::open(address);
  Statement kill = killer.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  ASSERT_TRUE(kill.step());
  EXPECT_EQ(error_code_of([&] { connection.execute("INSERT INTO numbers VALUES ($1)", 2); }),
            ErrorCode::kUnavailable);
  EXPECT_EQ(connection.execute("INSERT INTO numbers VALUES ($1)", 3), 1);
}

}  // namespace
}  // namespace estiba::sql
