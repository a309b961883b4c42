#include "registry/read_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/testing/test_directory.h"

namespace estiba::registry {
namespace {

class ReadCacheTest : public ::testing::Test {
 protected:
  ReadCacheTest() {
    metadata_.writer()->execute_script("CREATE TABLE t(n INTEGER); INSERT INTO t VALUES (1)");
  }

  std::int64_t get(const std::string& key, bool may_keep = true) {
    return cache_.get(
        key,
        [&] {
          ++reads_;
          const auto reader = metadata_.reader();
          sql::Statement row = reader->query("SELECT n FROM t");
          EXPECT_TRUE(row.step());
          return row.integer(0);
        },
        [&](std::int64_t) { return may_keep; });
  }

  estiba::testing::TestDirectory scratch_;
  sql::ConnectionPool metadata_{scratch_.file("cached.db"), sql::SqliteOptions{}, 1};
  ReadCache<std::int64_t> cache_{metadata_, 3};
  int reads_ = 0;
};

TEST_F(ReadCacheTest, ReadsOnceWhileNothingIsCommitted) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get("a"), 1);
  EXPECT_EQ(reads_, 1);
}

TEST_F(ReadCacheTest, SeesEveryCommitAtOnce) {
  for (int n = 2; n < 50; ++n) {
    metadata_.writer()->execute("UPDATE t SET n = $1", n);
    EXPECT_EQ(get("a"), n);
  }
}

TEST_F(ReadCacheTest, SeesWhatAnotherConnectionCommits) {
  sql::Connection other = sql::Connection::open_sqlite(scratch_.file("cached.db"));
  for (int n = 2; n < 50; ++n) {
    other.execute("UPDATE t SET n = $1", n);
    EXPECT_EQ(get("a"), n);
  }
}

TEST_F(ReadCacheTest, NeverAnswersOlderThanWhatWasCommittedBefore) {
  std::atomic<std::int64_t> committed = 1;
  std::jthread writer([&] {
    for (int n = 2; n < 400; ++n) {
      metadata_.writer()->execute("UPDATE t SET n = $1", n);
      committed = n;
    }
  });
  while (committed < 399) {
    const std::int64_t least = committed;
    EXPECT_GE(get("a"), least);
  }
}

TEST_F(ReadCacheTest, KeepsOnlyWhatItMay) {
  EXPECT_EQ(get("large", false), 1);
  EXPECT_EQ(get("large", false), 1);
  EXPECT_EQ(reads_, 2);
}

TEST_F(ReadCacheTest, StaysBounded) {
  for (const char* key : {"a", "b", "c", "d", "a"}) EXPECT_EQ(get(key), 1);
  EXPECT_EQ(reads_, 5);
}

}  // namespace
}  // namespace estiba::registry
