#include "sql/statement.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "sql/sqlite_engine.h"

namespace estiba::sql {
namespace {

// Statements at rest cost a few kilobytes each; a program has fewer than this many texts, and one
// that builds texts as it goes must not fill the memory with them.
constexpr std::size_t kMaxIdleStatements = 256;

// SQLITE_TRANSIENT: the value is copied before the call returns. SQLite spells it as a cast of -1.
// NOLINTNEXTLINE(performance-no-int-to-ptr)
const auto kCopied = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});

std::vector<int> number_parameters(sqlite3_stmt* statement) {
  std::vector<int> numbers(static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const int by_name = sqlite3_bind_parameter_index(statement, fmt::format("${}", i + 1).c_str());
    numbers[i] = by_name != 0 ? by_name : static_cast<int>(i) + 1;
  }
  return numbers;
}

std::string bytes_of(const void* data, int size) {
  return size == 0 ? ""
                   : std::string(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

void require_type(const PreparedStatement& prepared, int column, int wanted) {
  sqlite3_stmt* statement = prepared.handle.get();
  if (sqlite3_column_type(statement, column) == wanted) return;
  throw Error(ErrorCode::kInternal,
              fmt::format("column {} of \"{}\" is read as a type that it does not have", column,
                          sqlite3_sql(statement)));
}

}  // namespace

PreparedStatement::PreparedStatement(std::shared_ptr<Connection::State> state,
                                     StatementHandle statement)
    : connection(std::move(state)),
      handle(std::move(statement)),
      parameter_numbers(number_parameters(handle.get())) {}

PreparedStatement::~PreparedStatement() {
  sqlite3_reset(handle.get());
  sqlite3_clear_bindings(handle.get());
  if (connection->idle_count >= kMaxIdleStatements) {
    connection->idle.clear();
    connection->idle_count = 0;
  }
  connection->idle[sqlite3_sql(handle.get())].push_back(std::move(handle));
  ++connection->idle_count;
}

void PreparedStatement::fail(int code) const {
  throw_sqlite(connection->database.get(), code,
               fmt::format("run \"{}\"", sqlite3_sql(handle.get())));
}

Statement::Statement(std::unique_ptr<PreparedStatement> prepared)
    : prepared_(std::move(prepared)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

bool Statement::step() {
  const int code = sqlite3_step(prepared_->handle.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) prepared_->fail(code);
  // Ends the read that the statement holds open; stepping on would start it anew.
  sqlite3_reset(prepared_->handle.get());
  return false;
}

std::int64_t Statement::run() {
  sqlite3* database = prepared_->connection->database.get();
  const std::int64_t before = sqlite3_total_changes64(database);
  while (step()) {
  }
  return sqlite3_total_changes64(database) == before ? 0 : sqlite3_changes64(database);
}

int Statement::column_count() const {
  return sqlite3_column_count(prepared_->handle.get());
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(prepared_->handle.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  require_type(*prepared_, column, SQLITE_INTEGER);
  return sqlite3_column_int64(prepared_->handle.get(), column);
}

double Statement::real(int column) const {
  require_type(*prepared_, column, SQLITE_FLOAT);
  return sqlite3_column_double(prepared_->handle.get(), column);
}

std::string Statement::text(int column) const {
  require_type(*prepared_, column, SQLITE_TEXT);
  sqlite3_stmt* statement = prepared_->handle.get();
  const unsigned char* data = sqlite3_column_text(statement, column);
  return bytes_of(data, sqlite3_column_bytes(statement, column));
}

std::string Statement::blob(int column) const {
  require_type(*prepared_, column, SQLITE_BLOB);
  sqlite3_stmt* statement = prepared_->handle.get();
  const void* data = sqlite3_column_blob(statement, column);
  return bytes_of(data, sqlite3_column_bytes(statement, column));
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Statement::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

void Statement::begin_binding(std::size_t count) {
  sqlite3_reset(prepared_->handle.get());
  if (count == prepared_->parameter_numbers.size()) return;
  throw Error(ErrorCode::kInternal,
              fmt::format("\"{}\" takes {} values, not {}", sqlite3_sql(prepared_->handle.get()),
                          prepared_->parameter_numbers.size(), count));
}

void Statement::bind_integer(int index, std::int64_t value) {
  const int code = sqlite3_bind_int64(prepared_->handle.get(), number_of(index), value);
  if (code != SQLITE_OK) prepared_->fail(code);
}

void Statement::bind_real(int index, double value) {
  const int code = sqlite3_bind_double(prepared_->handle.get(), number_of(index), value);
  if (code != SQLITE_OK) prepared_->fail(code);
}

void Statement::bind_text(int index, std::string_view value) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* data = value.empty() ? "" : value.data();
  const int code = sqlite3_bind_text64(prepared_->handle.get(), number_of(index), data,
                                       value.size(), kCopied, SQLITE_UTF8);
  if (code != SQLITE_OK) prepared_->fail(code);
}

void Statement::bind_blob(int index, std::string_view bytes) {
  const char* data = bytes.empty() ? "" : bytes.data();
  const int code =
      sqlite3_bind_blob64(prepared_->handle.get(), number_of(index), data, bytes.size(), kCopied);
  if (code != SQLITE_OK) prepared_->fail(code);
}

void Statement::bind_null(int index) {
  const int code = sqlite3_bind_null(prepared_->handle.get(), number_of(index));
  if (code != SQLITE_OK) prepared_->fail(code);
}

int Statement::number_of(int index) const {
  return prepared_->parameter_numbers[static_cast<std::size_t>(index) - 1];
}

}  // namespace estiba::sql
