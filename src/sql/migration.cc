#include "sql/migration.h"

#include <fmt/format.h>

#include "base/error.h"
#include "sql/connection.h"
#include "sql/postgresql_dialect.h"

namespace estiba::sql {
namespace {

void refuse_newer(int version, int newest) {
  if (version <= newest) return;
  throw Error(ErrorCode::kUnsupported,
              fmt::format("the database has schema version {}, this program knows up to {}",
                          version, newest),
              "a newer estiba wrote it: use that one");
}

std::string script_for(Engine engine, const Migration& migration) {
  if (engine == Engine::kSqlite) return std::string(migration.sql);
  return migration.postgresql.empty() ? to_postgresql(migration.sql)
                                      : std::string(migration.postgresql);
}

}  // namespace

int schema_version(Connection& connection) {
  return connection.schema_version();
}

void migrate(Connection& connection, std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    if (migrations[i].version != static_cast<int>(i) + 1) {
      throw Error(ErrorCode::kInternal, "the migrations of a schema have a gap");
    }
  }
  const int newest = static_cast<int>(migrations.size());
  // Nearly always there is nothing to do, which is found out without a lock.
  const int seen = schema_version(connection);
  refuse_newer(seen, newest);
  if (seen == newest) return;

  Transaction transaction(connection, TransactionMode::kImmediate);
  // Again, now that nobody else can change it.
  const int current = schema_version(connection);
  refuse_newer(current, newest);
  for (const Migration& migration : migrations.subspan(static_cast<std::size_t>(current))) {
    with_context(
        [&] { return fmt::format("bringing the database to version {}", migration.version); },
        [&] { connection.execute_script(script_for(connection.engine(), migration)); });
  }
  connection.set_schema_version(newest);
  transaction.commit();
}

}  // namespace estiba::sql
