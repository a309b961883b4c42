// Answers of the database, kept until anything is committed to it: what is pulled by many is looked
// up once.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

#include "sql/connection_pool.h"

namespace estiba::registry {

// Thread-safe. Borrows the database. Of engines that do not tell when something changed
// (PostgreSQL) nothing is kept. `Value` is copied out.
template <typename Value>
class ReadCache {
 public:
  ReadCache(sql::ConnectionPool& metadata, std::size_t max_entries)
      : metadata_(metadata), max_entries_(max_entries) {}

  // What `read` says, or said when the database was as it is now. `may_keep` tells of a value
  // whether it is small enough.
  template <typename Read, typename MayKeep>
  [[nodiscard]] Value get(const std::string& key, Read&& read, MayKeep&& may_keep) {
    // Before the reading: a value may be newer than its stamp, and is then never used again.
    const auto stamp = metadata_.change_stamp();
    if (!stamp) return read();
    {
      const std::lock_guard lock(mutex_);
      if (stamp_ == *stamp) {
        const auto found = values_.find(key);
        if (found != values_.end()) return found->second;
      }
    }
    Value value = read();
    if (!may_keep(value)) return value;
    const std::lock_guard lock(mutex_);
    if (stamp_ != *stamp || values_.size() >= max_entries_) values_.clear();
    stamp_ = *stamp;
    values_.insert_or_assign(key, value);
    return value;
  }

 private:
  sql::ConnectionPool& metadata_;
  const std::size_t max_entries_;
  std::mutex mutex_;
  sql::ChangeStamp stamp_{};  // of all values
  std::unordered_map<std::string, Value> values_;
};

}  // namespace estiba::registry
