// The few words of a schema that the engines spell differently.
#pragma once

#include <string>
#include <string_view>

namespace estiba::sql {

// A script of SQLite's for PostgreSQL: INTEGER PRIMARY KEY is an identity, INTEGER has 64 bits,
// BLOB is BYTEA, REAL has 64 bits, and TEXT compares by its bytes. Words in capitals only.
[[nodiscard]] std::string to_postgresql(std::string_view script);

}  // namespace estiba::sql
