// estiba.db as the parts of the store share it: one connection, one thread at a time.
//
// Transactions are short: nothing that waits (for a child, a network, a disk's sync, another lock)
// happens inside. A write transaction is also what orders processes against each other: files of
// layers and blobs that rows speak of appear and disappear only inside one (see
// docs/formats/store.md).
#pragma once

#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

#include "base/time.h"
#include "fs/lock.h"
#include "oci/digest.h"
#include "sql/connection.h"

namespace estiba::store {

class Database {
 public:
  // Opens the database; makes its tables when they are missing.
  explicit Database(const std::string& path);

  // Runs `body(sql::Connection&)` over one consistent state. Not recursive: a body that calls
  // read() or write() of the same database waits for ever.
  template <typename Body>
  auto read(Body&& body) {
    return transact(sql::TransactionMode::kDeferred, std::forward<Body>(body));
  }
  // Runs `body` as the only writer of all processes; nothing of it happens when it throws. Loss of
  // power may take it back, together with all that followed.
  template <typename Body>
  auto write(Body&& body) {
    return transact(sql::TransactionMode::kImmediate, std::forward<Body>(body));
  }
  // The same, but on return it survives loss of power, and so does all that was written before.
  template <typename Body>
  auto write_durably(Body&& body) {
    const std::lock_guard lock(mutex_);
    const FullSync full_sync(connection_);
    return run(sql::TransactionMode::kImmediate, std::forward<Body>(body));
  }

  // Names the time since the machine started: what was not synced counts only within it.
  [[nodiscard]] const std::string& boot_id() const { return process_.boot_id; }
  [[nodiscard]] const fs::ProcessIdentity& process() const { return process_; }

 private:
  class FullSync {
   public:
    explicit FullSync(sql::Connection& connection);
    ~FullSync();
    FullSync(const FullSync&) = delete;
    FullSync& operator=(const FullSync&) = delete;

   private:
    sql::Connection& connection_;
  };

  template <typename Body>
  auto transact(sql::TransactionMode mode, Body&& body) {
    const std::lock_guard lock(mutex_);
    return run(mode, std::forward<Body>(body));
  }

  template <typename Body>
  auto run(sql::TransactionMode mode, Body&& body) {
    sql::Transaction transaction(connection_, mode);
    if constexpr (std::is_void_v<std::invoke_result_t<Body, sql::Connection&>>) {
      std::forward<Body>(body)(connection_);
      transaction.commit();
    } else {
      auto result = std::forward<Body>(body)(connection_);
      transaction.commit();
      return result;
    }
  }

  std::mutex mutex_;
  sql::Connection connection_;
  fs::ProcessIdentity process_;
};

// How times stand in the tables.
[[nodiscard]] std::int64_t to_column(Timestamp time);
[[nodiscard]] Timestamp time_from_column(std::int64_t value);

}  // namespace estiba::store
