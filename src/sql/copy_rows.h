// Rows from one database into another, whatever their engines.
#pragma once

#include <cstdint>

#include "sql/statement.h"

namespace estiba::sql {

// Runs `insert` once for each row of `select`, with the row's columns as its parameters. Returns
// the number of rows.
std::int64_t copy_rows(Statement& select, Statement& insert);

}  // namespace estiba::sql
