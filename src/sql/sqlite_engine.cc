#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "sql/engine.h"
#include "sql/sqlite_error.h"

namespace estiba::sql {
namespace {

using Clock = std::chrono::steady_clock;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
// Where nobody was promised durable commits, the last to close leaves a log of this length to the
// next to open instead of syncing it into the database: short processes would spend much of their
// time on that.
constexpr off_t kShortLogBytes = 256 * 1024;

using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// SQLITE_TRANSIENT: the value is copied before the call returns. SQLite spells it as a cast of -1.
// NOLINTNEXTLINE(performance-no-int-to-ptr)
const auto kCopied = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});

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

// Of the parameter that is bound n-th (from 1), SQLite's number: "$2" is the second value even
// where it is written before "$1".
std::vector<int> number_parameters(sqlite3_stmt* statement) {
  std::vector<int> numbers(static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const int by_name = sqlite3_bind_parameter_index(statement, fmt::format("${}", i + 1).c_str());
    numbers[i] = by_name != 0 ? by_name : static_cast<int>(i) + 1;
  }
  return numbers;
}

class SqliteStatement final : public EngineStatement {
 public:
  SqliteStatement(sqlite3* database, StatementHandle handle)
      : database_(database),
        handle_(std::move(handle)),
        parameter_numbers_(number_parameters(handle_.get())) {}

  [[nodiscard]] std::size_t parameter_count() const override { return parameter_numbers_.size(); }

  void reset() override {
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
  }

  void bind(int index, const Value& value) override {
    const int number = parameter_numbers_[static_cast<std::size_t>(index) - 1];
    const int code = bind_number(number, value);
    if (code != SQLITE_OK) fail(code);
  }

  [[nodiscard]] bool step() override {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail(code);
    // Ends the read that the statement holds open; stepping on would start it anew.
    sqlite3_reset(handle_.get());
    return false;
  }

  std::int64_t run() override {
    const std::int64_t before = sqlite3_total_changes64(database_);
    while (step()) {
    }
    return sqlite3_total_changes64(database_) == before ? 0 : sqlite3_changes64(database_);
  }

  [[nodiscard]] int column_count() const override { return sqlite3_column_count(handle_.get()); }

  [[nodiscard]] Value column(int column) const override {
    sqlite3_stmt* row = handle_.get();
    switch (sqlite3_column_type(row, column)) {
      case SQLITE_INTEGER:
        return sqlite3_column_int64(row, column);
      case SQLITE_FLOAT:
        return sqlite3_column_double(row, column);
      case SQLITE_TEXT: {
        const void* text = sqlite3_column_text(row, column);
        return bytes_of(text, sqlite3_column_bytes(row, column));
      }
      case SQLITE_BLOB: {
        const void* bytes = sqlite3_column_blob(row, column);
        return Blob{bytes_of(bytes, sqlite3_column_bytes(row, column))};
      }
      default:
        return std::monostate();
    }
  }

 private:
  static std::string_view bytes_of(const void* data, int size) {
    return size == 0
               ? std::string_view("")
               : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
  }

  int bind_number(int number, const Value& value) {
    sqlite3_stmt* statement = handle_.get();
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      return sqlite3_bind_int64(statement, number, *integer);
    }
    if (const auto* real = std::get_if<double>(&value)) {
      return sqlite3_bind_double(statement, number, *real);
    }
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      // An empty view may have no address, which SQLite would take for NULL.
      return sqlite3_bind_text64(statement, number, text->empty() ? "" : text->data(), text->size(),
                                 kCopied, SQLITE_UTF8);
    }
    if (const auto* blob = std::get_if<Blob>(&value)) {
      const std::string_view bytes = blob->bytes;
      return sqlite3_bind_blob64(statement, number, bytes.empty() ? "" : bytes.data(), bytes.size(),
                                 kCopied);
    }
    return sqlite3_bind_null(statement, number);
  }

  [[noreturn]] void fail(int code) const {
    throw_sqlite(database_, code, fmt::format("run \"{}\"", sqlite3_sql(handle_.get())));
  }

  sqlite3* database_;
  StatementHandle handle_;
  std::vector<int> parameter_numbers_;
};

class SqliteConnection final : public EngineConnection {
 public:
  // `log_path` is that of a log which is left when it is short; else empty.
  SqliteConnection(DatabaseHandle database, std::string log_path)
      : database_(std::move(database)), log_path_(std::move(log_path)) {}

  ~SqliteConnection() override {
    struct stat log = {};
    if (log_path_.empty() || ::stat(log_path_.c_str(), &log) != 0) return;
    if (log.st_size > kShortLogBytes) return;
    sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  [[nodiscard]] Engine engine() const override { return Engine::kSqlite; }

  [[nodiscard]] std::unique_ptr<EngineStatement> prepare(const std::string& text) override {
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), text.data(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, &rest);
    if (code != SQLITE_OK) throw_sqlite(database_.get(), code, "prepare \"" + text + "\"");
    StatementHandle handle(statement);
    if (!handle || rest != text.data() + text.size()) {
      throw Error(ErrorCode::kInternal, "\"" + text + "\" is not one statement");
    }
    return std::make_unique<SqliteStatement>(database_.get(), std::move(handle));
  }

  void execute_script(const std::string& script) override {
    run_script(database_.get(), script, "run a script");
  }
  [[nodiscard]] bool in_transaction() const override {
    return sqlite3_get_autocommit(database_.get()) == 0;
  }
  void begin(TransactionMode mode) override {
    if (mode == TransactionMode::kImmediate) {
      run(begin_immediate_, "BEGIN IMMEDIATE");
    } else {
      run(begin_deferred_, "BEGIN DEFERRED");
    }
  }
  void commit() override { run(commit_, "COMMIT"); }
  void rollback() override { run(rollback_, "ROLLBACK"); }

  [[nodiscard]] int schema_version() override {
    const auto statement = prepare("PRAGMA user_version");
    return statement->step() ? static_cast<int>(std::get<std::int64_t>(statement->column(0))) : 0;
  }
  void set_schema_version(int version) override {
    execute_script(fmt::format("PRAGMA user_version = {}", version));
  }

 private:
  using Kept = std::unique_ptr<EngineStatement>;
  void run(Kept& statement, const char* text) {
    if (!statement) statement = prepare(text);
    try {
      statement->run();
    } catch (const Error&) {
      // What failed half way would hold on to the state of the database that it saw.
      statement->reset();
      throw;
    }
  }

  DatabaseHandle database_;
  std::string log_path_;
  Kept begin_immediate_;
  Kept begin_deferred_;
  Kept commit_;
  Kept rollback_;
};

}  // namespace

std::unique_ptr<EngineConnection> open_sqlite_engine(const std::string& path,
                                                     const SqliteOptions& options) {
  // SQLite would create it with the umask's mode; what we keep there is the owner's business.
  if (!options.read_only) open_file(path, O_RDWR | O_CREAT, 0600).reset();
  sqlite3* opened = nullptr;
  // One thread at a time is our contract, so SQLite need not lock the connection itself.
  const int code =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  DatabaseHandle database(opened);
  if (code != SQLITE_OK) throw_sqlite(opened, code, "open the database " + path);
  configure(opened, path, options);
  return std::make_unique<SqliteConnection>(
      std::move(database),
      options.durability == Durability::kNormal ? path + "-wal" : std::string());
}

}  // namespace estiba::sql
