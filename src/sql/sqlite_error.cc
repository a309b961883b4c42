#include "sql/sqlite_error.h"

#include <fmt/format.h>

#include <string>

#include "base/error.h"

namespace estiba::sql {
namespace {

ErrorCode code_of_constraint(int extended_code) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return ErrorCode::kAlreadyExists;
    default:
      return ErrorCode::kConflict;
  }
}

ErrorCode code_of(int extended_code) {
  switch (extended_code & 0xff) {
    case SQLITE_CONSTRAINT:
      return code_of_constraint(extended_code);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ErrorCode::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kDataLoss;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorCode::kPermissionDenied;
    case SQLITE_INTERRUPT:
      return ErrorCode::kCancelled;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return ErrorCode::kIo;
    default:
      return ErrorCode::kInternal;
  }
}

std::string hint_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnavailable:
      return "another process is writing; try again";
    case ErrorCode::kDataLoss:
      return "restore the database from a backup";
    default:
      return "";
  }
}

}  // namespace

void throw_sqlite(sqlite3* database, int code, std::string_view doing) {
  // Without a handle (out of memory) there is only the plain code.
  const int extended_code = database != nullptr ? sqlite3_extended_errcode(database) : code;
  const ErrorCode meaning = code_of((extended_code & 0xff) == (code & 0xff) ? extended_code : code);
  const char* words = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  throw Error(meaning, fmt::format("cannot {}: {}", doing, words), hint_of(meaning));
}

}  // namespace estiba::sql
