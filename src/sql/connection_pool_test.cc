#include "sql/connection_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::sql {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;

class ConnectionPoolTest : public ::testing::Test {
 protected:
  ConnectionPoolTest() : pool_(scratch_.file("pool.db"), {.durability = Durability::kNormal}, 2) {
    pool_.writer()->execute_script(
        "CREATE TABLE counter(n INTEGER); INSERT INTO counter VALUES (0)");
  }

  std::int64_t value() {
    const ConnectionPool::Borrowed reader = pool_.reader();
    Statement statement = reader->query("SELECT n FROM counter");
    EXPECT_TRUE(statement.step());
    return statement.integer(0);
  }

  TestDirectory scratch_;
  ConnectionPool pool_;
};

TEST_F(ConnectionPoolTest, ReadersCannotWriteAndSeeWhatTheWriterCommitted) {
  EXPECT_EQ(error_code_of([&] { pool_.reader()->execute("UPDATE counter SET n = 5"); }),
            ErrorCode::kPermissionDenied);
  pool_.writer()->execute("UPDATE counter SET n = 5");
  EXPECT_EQ(value(), 5);
}

TEST_F(ConnectionPoolTest, ManyThreadsShareFewConnections) {
  std::atomic<bool> wrong = false;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 25; ++round) {
          {
            const ConnectionPool::Borrowed writer = pool_.writer();
            Transaction transaction(*writer);
            writer->execute("UPDATE counter SET n = n + 1");
            transaction.commit();
          }
          if (value() < round + 1) wrong = true;
        }
      });
    }
  }
  EXPECT_FALSE(wrong);
  EXPECT_EQ(value(), 8 * 25);
}

TEST_F(ConnectionPoolTest, WhoFindsNoneFreeWaits) {
  std::atomic<bool> got = false;
  std::jthread waiting;
  {
    const ConnectionPool::Borrowed first = pool_.reader();
    const ConnectionPool::Borrowed second = pool_.reader();
    waiting = std::jthread([&] {
      const ConnectionPool::Borrowed third = pool_.reader();
      got = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(got);
    EXPECT_NO_THROW(pool_.writer()->execute("UPDATE counter SET n = 1"));
  }
  waiting.join();
  EXPECT_TRUE(got);
}

}  // namespace
}  // namespace estiba::sql
