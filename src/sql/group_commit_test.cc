#include "sql/group_commit.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "base/error.h"
#include "base/testing/test_directory.h"
#include "sql/connection.h"

namespace estiba::sql {
namespace {

class GroupCommitTest : public ::testing::Test {
 protected:
  GroupCommitTest() {
    pool_ = std::make_unique<ConnectionPool>(folder_.file("db"), SqliteOptions{}, 1);
    pool_->writer()->execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)");
  }

  std::int64_t count() {
    const auto reader = pool_->reader();
    Statement row = reader->query("SELECT count(*) FROM numbers");
    EXPECT_TRUE(row.step());
    return row.integer(0);
  }

  testing::TestDirectory folder_;
  std::unique_ptr<ConnectionPool> pool_;
};

void insert(Connection& connection, int number) {
  connection.execute("INSERT INTO numbers (n) VALUES ($1)", number);
}

TEST_F(GroupCommitTest, WhatReturnsIsThere) {
  GroupCommit commits(*pool_);
  commits.run([](Connection& connection) { insert(connection, 1); });
  EXPECT_EQ(count(), 1);
}

TEST_F(GroupCommitTest, WhatThrowsIsNotThere) {
  GroupCommit commits(*pool_);
  EXPECT_THROW(commits.run([](Connection& connection) {
    insert(connection, 1);
    throw Error(ErrorCode::kConflict, "no");
  }),
               Error);
  EXPECT_EQ(count(), 0);
  commits.run([](Connection& connection) { insert(connection, 1); });
  EXPECT_EQ(count(), 1);
}

TEST_F(GroupCommitTest, AGroupKeepsTheGoodPartsAndRollsBackTheBadOnes) {
  GroupCommit commits(*pool_);
  constexpr int kThreads = 12;
  std::latch others_wait(1);
  std::atomic<int> failed = 0;
  {
    std::vector<std::jthread> threads;
    // The first one holds the group open until all others have come.
    threads.emplace_back([&] {
      commits.run([&](Connection& connection) {
        others_wait.wait();
        insert(connection, 1000);
      });
    });
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        try {
          commits.run([&](Connection& connection) {
            insert(connection, i);
            if (i % 3 == 0) throw Error(ErrorCode::kConflict, "no");
          });
        } catch (const Error&) {
          ++failed;
        }
      });
    }
    others_wait.count_down();
  }
  EXPECT_EQ(failed, kThreads / 3);
  EXPECT_EQ(count(), 1 + kThreads - kThreads / 3);
}

TEST_F(GroupCommitTest, ARefusedCommitIsToldToAll) {
  pool_->writer()->execute("CREATE TABLE parents (n INTEGER PRIMARY KEY)");
  pool_->writer()->execute(
      "CREATE TABLE children (n INTEGER REFERENCES parents (n) DEFERRABLE INITIALLY DEFERRED)");
  GroupCommit commits(*pool_);
  EXPECT_THROW(commits.run([](Connection& connection) {
    connection.execute("INSERT INTO children (n) VALUES (7)");
  }),
               Error);
  commits.run([](Connection& connection) { insert(connection, 1); });
  EXPECT_EQ(count(), 1);
}

}  // namespace
}  // namespace estiba::sql
