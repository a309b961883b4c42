// The metadata's schema and its versions.
#pragma once

#include <span>

#include "sql/migration.h"

namespace estiba::registry {

[[nodiscard]] std::span<const sql::Migration> schema_migrations();

}  // namespace estiba::registry
