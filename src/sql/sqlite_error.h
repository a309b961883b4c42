// What SQLite's codes mean. Included by this module's .cc files only.
#pragma once

#include <sqlite3.h>

#include <string_view>

namespace estiba::sql {

// Throws what `code` means (see connection.h), with SQLite's own words and "cannot <doing>".
[[noreturn]] void throw_sqlite(sqlite3* database, int code, std::string_view doing);

}  // namespace estiba::sql
