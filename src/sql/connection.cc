#include "sql/connection.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "sql/sqlite_engine.h"

namespace estiba::sql {
namespace {

using Clock = std::chrono::steady_clock;

void run_script(sqlite3* database, const std::string& script, std::string_view doing) {
  const int code = sqlite3_exec(database, script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw_sqlite(database, code, doing);
}

// SQLite does not call its busy handler while it changes the journal mode, recovers a log or sees a
// deadlock coming, all of which happens when many processes open one new database at once.
void switch_to_wal(sqlite3* database, const std::string& path, Clock::time_point deadline) {
  for (;;) {
    const int code = sqlite3_exec(database, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    if ((code & 0xff) != SQLITE_BUSY || Clock::now() >= deadline) {
      throw_sqlite(database, code, "open the database " + path);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void configure(sqlite3* database, const std::string& path, const SqliteOptions& options) {
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, static_cast<int>(options.busy_timeout.count()));
  switch_to_wal(database, path, Clock::now() + options.busy_timeout);
  // trusted_schema: a damaged or planted schema must not call functions with side effects.
  const std::string pragmas = fmt::format(
      "PRAGMA synchronous = {}; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
      "PRAGMA query_only = {};",
      options.durability == Durability::kFull ? "FULL" : "NORMAL",
      options.read_only ? "ON" : "OFF");
  run_script(database, pragmas, "set up the database " + path);
}

}  // namespace

Connection Connection::open_sqlite(const std::string& path, const SqliteOptions& options) {
  // SQLite would create it with the umask's mode; what we keep there is the owner's business.
  if (!options.read_only) open_file(path, O_RDWR | O_CREAT, 0600).reset();
  auto state = std::make_shared<State>();
  sqlite3* database = nullptr;
  // One thread at a time is our contract, so SQLite need not lock the connection itself.
  const int code = sqlite3_open_v2(path.c_str(), &database,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  state->database.reset(database);
  if (code != SQLITE_OK) throw_sqlite(database, code, "open the database " + path);
  configure(database, path, options);
  return Connection(std::move(state));
}

Connection::Connection(std::shared_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Statement Connection::prepare(std::string_view text) {
  const auto found = state_->idle.find(text);
  if (found != state_->idle.end() && !found->second.empty()) {
    StatementHandle handle = std::move(found->second.back());
    found->second.pop_back();
    --state_->idle_count;
    return Statement(std::make_unique<PreparedStatement>(state_, std::move(handle)));
  }
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code =
      sqlite3_prepare_v3(state_->database.get(), text.data(), static_cast<int>(text.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, &rest);
  if (code != SQLITE_OK) {
    throw_sqlite(state_->database.get(), code, fmt::format("prepare \"{}\"", text));
  }
  StatementHandle handle(statement);
  if (!handle || rest != text.data() + text.size()) {
    throw Error(ErrorCode::kInternal, fmt::format("\"{}\" is not one statement", text));
  }
  return Statement(std::make_unique<PreparedStatement>(state_, std::move(handle)));
}

void Connection::execute_script(std::string_view script) {
  run_script(state_->database.get(), std::string(script), "run a script");
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(state_->database.get()) == 0;
}

Transaction::Transaction(Connection& connection, TransactionMode mode) : connection_(connection) {
  connection_.execute(mode == TransactionMode::kImmediate ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
}

Transaction::~Transaction() {
  // After some errors (disk full, I/O) SQLite has rolled back by itself.
  if (!open_ || !connection_.in_transaction()) return;
  try {
    connection_.execute("ROLLBACK");
  } catch (const Error&) {
    // The error that brought us here is on its way; closing the connection rolls back too.
  }
}

void Transaction::commit() {
  connection_.execute("COMMIT");
  open_ = false;
}

}  // namespace estiba::sql
