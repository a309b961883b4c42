// The tables of estiba.db.
#pragma once

#include <span>

#include "sql/migration.h"

namespace estiba::store {

// All versions, oldest first. A published version is never changed, only followed.
[[nodiscard]] std::span<const sql::Migration> schema_migrations();

}  // namespace estiba::store
