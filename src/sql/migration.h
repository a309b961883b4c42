// The versions of a schema.
#pragma once

#include <span>
#include <string_view>

namespace estiba::sql {

class Connection;

struct Migration {
  int version = 0;  // from 1 upwards, without gaps
  // A script; runs inside the migration's transaction. For PostgreSQL its types are translated
  // (postgresql_dialect.h) unless it has a script of its own.
  std::string_view sql;
  std::string_view postgresql{};
};

// Brings the database from the version it has to the last one, in one transaction that excludes
// other writers: any number of processes may open the same new database at once, one does the work,
// the others wait. A database from a newer program fails with kUnsupported and is not touched.
void migrate(Connection& connection, std::span<const Migration> migrations);
// 0 for a new database.
[[nodiscard]] int schema_version(Connection& connection);

}  // namespace estiba::sql
