#include "sql/connection.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "base/fd.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::sql {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() : path_(scratch_.file("test.db")), connection_(Connection::open_sqlite(path_)) {
    connection_.execute_script(
        "CREATE TABLE repository(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
        "  stars INTEGER CHECK (stars >= 0), weight REAL, secret BLOB);"
        "CREATE TABLE tag(name TEXT, repository INTEGER NOT NULL REFERENCES repository(id))");
  }

  std::int64_t count(Connection& connection) {
    Statement statement = connection.query("SELECT count(*) FROM repository");
    EXPECT_TRUE(statement.step());
    return statement.integer(0);
  }

  TestDirectory scratch_;
  std::string path_;
  Connection connection_;
};

TEST_F(ConnectionTest, EveryTypeComesBackAsItWasBound) {
  const std::string bytes("\x00\xff\x00", 3);
  const std::string text("a\0b", 3);
  connection_.execute("INSERT INTO repository VALUES (?, ?, ?, ?, ?)", 7, text,
                      std::int64_t{1} << 40, 0.5, Blob{bytes});
  Statement row = connection_.query("SELECT * FROM repository WHERE id = ?", 7);
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.column_count(), 5);
  EXPECT_EQ(row.integer(0), 7);
  EXPECT_EQ(row.text(1), text);
  EXPECT_EQ(row.integer(2), std::int64_t{1} << 40);
  EXPECT_EQ(row.real(3), 0.5);
  EXPECT_EQ(row.blob(4), bytes);
  EXPECT_FALSE(row.step());
}

TEST_F(ConnectionTest, AbsenceIsNullAndEmptyIsNot) {
  connection_.execute("INSERT INTO repository(name, stars, secret) VALUES (?, ?, ?)",
                      std::string_view(), std::optional<int>(), Blob{{}});
  connection_.execute("INSERT INTO repository(name, stars) VALUES (?, ?)",
                      std::optional<std::string>("b"), std::nullopt);
  Statement row = connection_.query("SELECT name, stars, secret FROM repository ORDER BY name");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0), "");
  EXPECT_TRUE(row.is_null(1));
  EXPECT_EQ(row.optional_integer(1), std::nullopt);
  EXPECT_EQ(row.optional_text(0), "");
  EXPECT_EQ(row.blob(2), "");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0), "b");
  EXPECT_TRUE(row.is_null(2));
}

TEST_F(ConnectionTest, AWrongTypeIsAnErrorNotAZero) {
  connection_.execute("INSERT INTO repository(name) VALUES ('a')");
  Statement row = connection_.query("SELECT name, stars FROM repository");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(error_code_of([&] { (void)row.integer(0); }), ErrorCode::kInternal);
  EXPECT_EQ(error_code_of([&] { (void)row.integer(1); }), ErrorCode::kInternal);
  EXPECT_EQ(error_code_of([&] { (void)row.text(1); }), ErrorCode::kInternal);
  EXPECT_EQ(error_code_of([&] { (void)row.blob(0); }), ErrorCode::kInternal);
}

TEST_F(ConnectionTest, NumberedParametersMayStandInAnyOrder) {
  Statement row = connection_.query("SELECT $2, $1, $2", "first", "second");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0), "second");
  EXPECT_EQ(row.text(1), "first");
  EXPECT_EQ(row.text(2), "second");
}

TEST_F(ConnectionTest, RowsAreIteratedAndReturnedByInserts) {
  for (const char* name : {"c", "a", "b"}) {
    Statement row = connection_.query("INSERT INTO repository(name) VALUES (?) RETURNING id", name);
    ASSERT_TRUE(row.step());
    EXPECT_GT(row.integer(0), 0);
    EXPECT_FALSE(row.step());
  }
  std::string names;
  for (const Statement& row : connection_.query("SELECT name FROM repository ORDER BY name")) {
    names += row.text(0);
  }
  EXPECT_EQ(names, "abc");
}

TEST_F(ConnectionTest, CountsTheRowsChanged) {
  connection_.execute("INSERT INTO repository(name) VALUES ('a'), ('b')");
  EXPECT_EQ(connection_.execute("UPDATE repository SET stars = 1"), 2);
  EXPECT_EQ(connection_.execute("UPDATE repository SET stars = 2 WHERE name = 'x'"), 0);
  EXPECT_EQ(connection_.execute("DELETE FROM repository WHERE name = 'a'"), 1);
  EXPECT_EQ(connection_.execute("SELECT 1"), 0);
}

TEST_F(ConnectionTest, AStatementServesAgainAndInsideItself) {
  connection_.execute("INSERT INTO repository(name) VALUES ('a'), ('b')");
  const char* text = "SELECT name FROM repository WHERE name >= ? ORDER BY name";
  std::string seen;
  for (const Statement& outer : connection_.query(text, "a")) {
    for (const Statement& inner : connection_.query(text, "b")) {
      seen += outer.text(0) + inner.text(0);
    }
  }
  EXPECT_EQ(seen, "abbb");
  Statement statement = connection_.prepare(text);
  EXPECT_TRUE(statement.bind("b").step());
  EXPECT_FALSE(statement.step());
  EXPECT_FALSE(statement.bind("c").step());
}

TEST_F(ConnectionTest, ManyTextsDoNotFillTheMemory) {
  for (int i = 0; i < 2000; ++i) {
    Statement row = connection_.query("SELECT " + std::to_string(i));
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.integer(0), i);
  }
}

TEST_F(ConnectionTest, AStatementOnLoanOutlivesNothing) {
  std::optional<Connection> other = Connection::open_sqlite(scratch_.file("other.db"));
  std::optional<Statement> statement = other->query("SELECT 1");
  Connection moved = std::move(*other);
  other.reset();
  EXPECT_TRUE(statement->step());
  statement.reset();
  EXPECT_EQ(moved.execute("SELECT 1"), 0);
}

TEST_F(ConnectionTest, ErrorsSayWhatTheyMean) {
  connection_.execute("INSERT INTO repository(id, name) VALUES (1, 'a')");
  const auto code = [&](const char* text) {
    return error_code_of([&] { connection_.execute(text); });
  };
  EXPECT_EQ(code("INSERT INTO repository(name) VALUES ('a')"), ErrorCode::kAlreadyExists);
  EXPECT_EQ(code("INSERT INTO repository(id, name) VALUES (1, 'b')"), ErrorCode::kAlreadyExists);
  EXPECT_EQ(code("INSERT INTO repository(name, stars) VALUES ('b', -1)"), ErrorCode::kConflict);
  EXPECT_EQ(code("INSERT INTO repository(name) VALUES (NULL)"), ErrorCode::kConflict);
  EXPECT_EQ(code("INSERT INTO tag VALUES ('latest', 99)"), ErrorCode::kConflict);
  EXPECT_EQ(code("SELEKT 1"), ErrorCode::kInternal);
  EXPECT_EQ(code("SELECT 1; SELECT 2"), ErrorCode::kInternal);
  EXPECT_EQ(error_code_of([&] { connection_.execute("SELECT ?", 1, 2); }), ErrorCode::kInternal);
  EXPECT_EQ(error_code_of([&] { connection_.execute("SELECT ?"); }), ErrorCode::kInternal);
}

TEST_F(ConnectionTest, TransactionsRollBackUnlessCommitted) {
  {
    const Transaction transaction(connection_);
    connection_.execute("INSERT INTO repository(name) VALUES ('lost')");
    EXPECT_TRUE(connection_.in_transaction());
  }
  EXPECT_FALSE(connection_.in_transaction());
  {
    Transaction transaction(connection_);
    connection_.execute("INSERT INTO repository(name) VALUES ('kept')");
    transaction.commit();
  }
  Connection other = Connection::open_sqlite(path_);
  EXPECT_EQ(count(other), 1);
}

TEST_F(ConnectionTest, RollsBackWithARowStillOpen) {
  connection_.execute("INSERT INTO repository(name) VALUES ('a'), ('b')");
  Statement open_row = connection_.query("SELECT name FROM repository");
  ASSERT_TRUE(open_row.step());
  {
    const Transaction transaction(connection_);
    connection_.execute("DELETE FROM repository");
  }
  EXPECT_EQ(count(connection_), 2);
}

TEST_F(ConnectionTest, AWriterThatWaitsTooLongIsTold) {
  Connection impatient =
      Connection::open_sqlite(path_, {.busy_timeout = std::chrono::milliseconds(20)});
  Transaction transaction(connection_);
  EXPECT_EQ(error_code_of([&] { const Transaction second(impatient); }), ErrorCode::kUnavailable);
  connection_.execute("INSERT INTO repository(name) VALUES ('a')");
  EXPECT_EQ(count(impatient), 0) << "readers see the last commit meanwhile";
  transaction.commit();
  EXPECT_EQ(count(impatient), 1);
}

TEST_F(ConnectionTest, AWriterWaitsForItsTurn) {
  std::optional<Transaction> transaction(std::in_place, connection_);
  std::jthread other([&] {
    Connection connection = Connection::open_sqlite(path_);
    Transaction waiting(connection);
    connection.execute("INSERT INTO repository(name) VALUES ('b')");
    waiting.commit();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  connection_.execute("INSERT INTO repository(name) VALUES ('a')");
  transaction->commit();
  other.join();
  EXPECT_EQ(count(connection_), 2);
}

TEST_F(ConnectionTest, ReadOnlyConnectionsCannotWrite) {
  Connection reader = Connection::open_sqlite(path_, {.read_only = true});
  EXPECT_EQ(error_code_of([&] { reader.execute("DELETE FROM repository"); }),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(count(reader), 0);
}

TEST_F(ConnectionTest, DurabilityIsAsAsked) {
  const auto synchronous = [&](Durability durability) {
    Connection connection = Connection::open_sqlite(path_, {.durability = durability});
    Statement statement = connection.query("PRAGMA synchronous");
    EXPECT_TRUE(statement.step());
    return statement.integer(0);
  };
  EXPECT_EQ(synchronous(Durability::kNormal), 1);
  EXPECT_EQ(synchronous(Durability::kFull), 2);
}

TEST_F(ConnectionTest, TheFileIsTheOwnersAlone) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status = {};
    ASSERT_EQ(::stat((path_ + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 07777, 0600u) << suffix;
  }
}

TEST(OpenSqlite, ADamagedFileIsDataLoss) {
  const TestDirectory scratch;
  write_file_atomically(scratch.file("bad.db"), std::string(8192, 'x'));
  EXPECT_EQ(error_code_of([&] { (void)Connection::open_sqlite(scratch.file("bad.db")); }),
            ErrorCode::kDataLoss);
  EXPECT_EQ(error_code_of([&] { (void)Connection::open_sqlite(scratch.file("no/such/x.db")); }),
            ErrorCode::kNotFound);
}

TEST(OpenSqlite, AFullDatabaseIsResourceExhaustedAndTheTransactionIsUndone) {
  const TestDirectory scratch;
  Connection connection = Connection::open_sqlite(scratch.file("small.db"));
  connection.execute_script("CREATE TABLE t(x); PRAGMA max_page_count = 8");
  const auto fill = [&] {
    Transaction transaction(connection);
    connection.execute("INSERT INTO t VALUES (zeroblob(100000))");
    transaction.commit();
  };
  EXPECT_EQ(error_code_of(fill), ErrorCode::kResourceExhausted);
  EXPECT_FALSE(connection.in_transaction());
  EXPECT_NO_THROW(connection.execute("INSERT INTO t VALUES (1)"));
}

}  // namespace
}  // namespace estiba::sql
