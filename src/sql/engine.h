// What stands behind Connection and Statement: SQLite or PostgreSQL. Included by this module's .cc
// files only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "sql/connection.h"

namespace estiba::sql {

// Views are valid until the statement moves on.
using Value = std::variant<std::monostate, std::int64_t, double, std::string_view, Blob>;

class EngineStatement {
 public:
  virtual ~EngineStatement() = default;
  [[nodiscard]] virtual std::size_t parameter_count() const = 0;
  // Starts over; the bound values go.
  virtual void reset() = 0;
  // The n-th value, from 1; copied.
  virtual void bind(int index, const Value& value) = 0;
  [[nodiscard]] virtual bool step() = 0;
  // Steps to the end; the number of rows changed.
  virtual std::int64_t run() = 0;
  [[nodiscard]] virtual int column_count() const = 0;
  [[nodiscard]] virtual Value column(int column) const = 0;
};

class EngineConnection {
 public:
  virtual ~EngineConnection() = default;
  [[nodiscard]] virtual Engine engine() const = 0;
  [[nodiscard]] virtual std::unique_ptr<EngineStatement> prepare(const std::string& text) = 0;
  virtual void execute_script(const std::string& script) = 0;
  [[nodiscard]] virtual bool in_transaction() const = 0;
  virtual void begin(TransactionMode mode) = 0;
  virtual void commit() = 0;
  virtual void rollback() = 0;
  [[nodiscard]] virtual int schema_version() = 0;
  virtual void set_schema_version(int version) = 0;  // within a transaction
};

[[nodiscard]] std::unique_ptr<EngineConnection> open_sqlite_engine(const std::string& path,
                                                                   const SqliteOptions& options);
[[nodiscard]] std::unique_ptr<EngineConnection> open_postgresql_engine(
    const std::string& url, const SqliteOptions& options);

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

struct Connection::State {
  // Declared before the statements: they must be finalized before it is closed.
  std::unique_ptr<EngineConnection> engine;
  // Statements at rest, by text; several of one text when it was used inside itself.
  std::unordered_map<std::string, std::vector<std::unique_ptr<EngineStatement>>, TextHash,
                     std::equal_to<>>
      idle;
  std::size_t idle_count = 0;
};

struct PreparedStatement {
  PreparedStatement(std::shared_ptr<Connection::State> state, std::string statement_text,
                    std::unique_ptr<EngineStatement> prepared)
      : connection(std::move(state)),
        text(std::move(statement_text)),
        statement(std::move(prepared)) {}
  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;
  ~PreparedStatement();  // back into the cache

  std::shared_ptr<Connection::State> connection;
  std::string text;
  std::unique_ptr<EngineStatement> statement;
};

}  // namespace estiba::sql
