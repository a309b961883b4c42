// The registry's database.
#pragma once

#include <memory>
#include <string>

#include "sql/connection_pool.h"

namespace estiba::registry {

// Opens the database, "postgresql://..." or when empty <data>/registry.db, making the directory and
// the schema when they are missing. Commits are durable. Several processes may have it open:
// `estiba admin` works beside `estiba serve`.
[[nodiscard]] std::unique_ptr<sql::ConnectionPool> open_metadata(const std::string& data_directory,
                                                                 const std::string& database = {});

}  // namespace estiba::registry
