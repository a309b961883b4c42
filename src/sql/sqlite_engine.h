// What stands behind Connection and Statement. Included by this module's .cc files only.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sql/connection.h"

namespace estiba::sql {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// Throws what `code` means (see connection.h), with SQLite's own words and "cannot <doing>".
[[noreturn]] void throw_sqlite(sqlite3* database, int code, std::string_view doing);

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

struct Connection::State {
  // Statements at rest, by text; several of one text when it was used inside itself. Declared after
  // the database: they must be finalized before it is closed.
  std::unique_ptr<sqlite3, CloseDatabase> database;
  std::unordered_map<std::string, std::vector<StatementHandle>, TextHash, std::equal_to<>> idle;
  std::size_t idle_count = 0;
};

struct PreparedStatement {
  PreparedStatement(std::shared_ptr<Connection::State> state, StatementHandle statement);
  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;
  ~PreparedStatement();  // back into the cache

  [[noreturn]] void fail(int code) const;

  std::shared_ptr<Connection::State> connection;
  StatementHandle handle;
  // Of the parameter that is bound n-th (from 1), SQLite's number: "$2" is the second value even
  // where it is written before "$1".
  std::vector<int> parameter_numbers;
};

}  // namespace estiba::sql
