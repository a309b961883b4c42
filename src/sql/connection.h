// One connection to a database: SQLite, or PostgreSQL where the address says so. Portable
// statements number their parameters ($1, $2, ...), use RETURNING rather than a last row id, ON
// CONFLICT rather than REPLACE, and cast what a context does not tell (CAST($1 AS BIGINT),
// CAST(sum(x) AS BIGINT)).
//
// Errors: kUnavailable (somebody else holds the lock for too long), kAlreadyExists (unique),
// kConflict (other constraints), kResourceExhausted (disk full), kDataLoss (damaged, or not a
// database), kPermissionDenied (read-only), kInternal (our statement is wrong).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "sql/statement.h"

namespace estiba::sql {

enum class Durability {
  kFull,    // a commit survives loss of power: for what we acknowledge to others
  kNormal,  // loss of power may take the last commits back, never half of one
};

enum class Engine { kSqlite, kPostgresql };
// "postgresql://..." or "postgres://..."; everything else is a file of SQLite's.
[[nodiscard]] bool is_postgresql_url(std::string_view address);

// For both engines: the timeout is how long to wait for others' locks.
struct SqliteOptions {
  Durability durability = Durability::kFull;
  std::chrono::milliseconds busy_timeout{15000};
  bool read_only = false;  // statements that would write fail with kPermissionDenied
};

// For one thread at a time.
class Connection {
 public:
  // A database by its address.
  [[nodiscard]] static Connection open(const std::string& address,
                                       const SqliteOptions& options = {});
  // Opens, or creates with mode 0600, in WAL mode with foreign keys enforced.
  [[nodiscard]] static Connection open_sqlite(const std::string& path,
                                              const SqliteOptions& options = {});
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Prepared once per text and kept for the next time.
  [[nodiscard]] Statement prepare(std::string_view text);
  // prepare() and bind() in one.
  template <typename... Values>
  [[nodiscard]] Statement query(std::string_view text, const Values&... values) {
    Statement statement = prepare(text);
    statement.bind(values...);
    return statement;
  }
  // Runs one statement to its end; returns the number of rows changed.
  template <typename... Values>
  std::int64_t execute(std::string_view text, const Values&... values) {
    return query(text, values...).run();
  }
  // Several statements without parameters, separated by semicolons.
  void execute_script(std::string_view script);
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] Engine engine() const;
  // See migration.h; the setter within a transaction.
  [[nodiscard]] int schema_version();
  void set_schema_version(int version);

  struct State;  // the engine's own

 private:
  friend class Transaction;
  explicit Connection(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // shared with the statements on loan, which give themselves back
};

enum class TransactionMode {
  kDeferred,   // reads one consistent state; fails with kUnavailable if it comes to write too late
  kImmediate,  // will write: waits for its turn at the start, so that nothing fails half way
};

// Rolls back unless committed. Transactions do not nest.
class Transaction {
 public:
  explicit Transaction(Connection& connection, TransactionMode mode = TransactionMode::kImmediate);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace estiba::sql
