#include "sql/statement.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "sql/engine.h"

namespace estiba::sql {
namespace {

// Statements at rest cost a few kilobytes each; a program has fewer than this many texts, and one
// that builds texts as it goes must not fill the memory with them.
constexpr std::size_t kMaxIdleStatements = 256;

template <typename Wanted>
Wanted column_as(const PreparedStatement& prepared, int column) {
  const Value value = prepared.statement->column(column);
  if (const auto* wanted = std::get_if<Wanted>(&value)) return *wanted;
  throw Error(ErrorCode::kInternal,
              fmt::format("column {} of \"{}\" is read as a type that it does not have", column,
                          prepared.text));
}

}  // namespace

PreparedStatement::~PreparedStatement() {
  if (!statement) return;
  statement->reset();
  if (connection->idle_count >= kMaxIdleStatements) {
    connection->idle.clear();
    connection->idle_count = 0;
  }
  connection->idle[std::move(text)].push_back(std::move(statement));
  ++connection->idle_count;
}

Statement::Statement(std::unique_ptr<PreparedStatement> prepared)
    : prepared_(std::move(prepared)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

bool Statement::step() {
  return prepared_->statement->step();
}

std::int64_t Statement::run() {
  return prepared_->statement->run();
}

int Statement::column_count() const {
  return prepared_->statement->column_count();
}

bool Statement::is_null(int column) const {
  return std::holds_alternative<std::monostate>(prepared_->statement->column(column));
}

std::int64_t Statement::integer(int column) const {
  return column_as<std::int64_t>(*prepared_, column);
}

double Statement::real(int column) const {
  return column_as<double>(*prepared_, column);
}

std::string Statement::text(int column) const {
  return std::string(column_as<std::string_view>(*prepared_, column));
}

std::string Statement::blob(int column) const {
  return std::string(column_as<Blob>(*prepared_, column).bytes);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Statement::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

void Statement::begin_binding(std::size_t count) {
  prepared_->statement->reset();
  if (count == prepared_->statement->parameter_count()) return;
  throw Error(ErrorCode::kInternal, fmt::format("\"{}\" takes {} values, not {}", prepared_->text,
                                                prepared_->statement->parameter_count(), count));
}

void Statement::bind_integer(int index, std::int64_t value) {
  prepared_->statement->bind(index, value);
}

void Statement::bind_real(int index, double value) {
  prepared_->statement->bind(index, value);
}

void Statement::bind_text(int index, std::string_view value) {
  prepared_->statement->bind(index, value);
}

void Statement::bind_blob(int index, std::string_view bytes) {
  prepared_->statement->bind(index, Blob{bytes});
}

void Statement::bind_null(int index) {
  prepared_->statement->bind(index, std::monostate());
}

}  // namespace estiba::sql
