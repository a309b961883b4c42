// Counts pulls in memory and writes the sums now and then: no pull waits for a row.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "sql/connection_pool.h"

namespace estiba::registry {

// Thread-safe. Borrows the database. A killed server forgets what it has not written.
class PullCounter {
 public:
  explicit PullCounter(sql::ConnectionPool& metadata) : metadata_(metadata) {}

  // `tag` is empty when it was pulled by digest.
  void count(std::int64_t repository, const std::string& tag, const std::string& digest);
  // Called from time to time and at the end.
  void write();

 private:
  struct Count {
    std::int64_t pulls = 0;
    std::int64_t last_at = 0;
  };
  using Counts = std::map<std::tuple<std::int64_t, std::string, std::string, std::int64_t>, Count>;

  sql::ConnectionPool& metadata_;
  std::mutex mutex_;
  Counts counts_;
};

}  // namespace estiba::registry
