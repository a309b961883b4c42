#include "sql/change_watch.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/testing/test_directory.h"
#include "sql/connection.h"

namespace estiba::sql {
namespace {

class ChangeWatchTest : public ::testing::Test {
 protected:
  ChangeWatchTest()
      : path_(scratch_.file("watched.db")), connection_(Connection::open_sqlite(path_)) {
    connection_.execute_script("CREATE TABLE t(n INTEGER); INSERT INTO t VALUES (1)");
    watch_ = std::make_unique<ChangeWatch>(path_);
  }

  estiba::testing::TestDirectory scratch_;
  std::string path_;
  Connection connection_;
  std::unique_ptr<ChangeWatch> watch_;
};

TEST_F(ChangeWatchTest, ReadingAndRollingBackChangeNothing) {
  const auto before = watch_->stamp();
  ASSERT_TRUE(before);
  {
    Statement rows = connection_.query("SELECT n FROM t");
    EXPECT_TRUE(rows.step());
  }
  {
    Transaction transaction(connection_);
    connection_.execute("UPDATE t SET n = 2");
  }
  EXPECT_EQ(watch_->stamp(), before);
}

TEST_F(ChangeWatchTest, EveryCommitShows) {
  auto last = watch_->stamp();
  for (int i = 0; i < 100; ++i) {
    connection_.execute("UPDATE t SET n = $1", i);
    const auto next = watch_->stamp();
    ASSERT_TRUE(next);
    EXPECT_NE(next, last);
    last = next;
  }
}

TEST_F(ChangeWatchTest, ACommitAfterTheLogBeganAnewShows) {
  const auto before = watch_->stamp();
  connection_.execute_script("PRAGMA wal_checkpoint(TRUNCATE)");
  connection_.execute("UPDATE t SET n = 1");
  EXPECT_NE(watch_->stamp(), before);
}

TEST_F(ChangeWatchTest, AnotherProcessShows) {
  const auto before = watch_->stamp();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // exec: a connection must not be carried through a fork.
    ::execlp("python3", "python3", "-c",
             "import sqlite3, sys\n"
             "with sqlite3.connect(sys.argv[1], timeout=30) as d: d.execute('UPDATE t SET n = 7')",
             path_.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_NE(watch_->stamp(), before);
}

}  // namespace
}  // namespace estiba::sql
