#include "store/database.h"

#include "base/error.h"
#include "store/schema.h"

namespace estiba::store {
namespace {

sql::Connection open_database(const std::string& path) {
  sql::SqliteOptions options;
  options.durability = sql::Durability::kNormal;
  sql::Connection connection = sql::Connection::open_sqlite(path, options);
  sql::migrate(connection, schema_migrations());
  return connection;
}

}  // namespace

Database::Database(const std::string& path)
    : connection_(open_database(path)), process_(fs::ProcessIdentity::current()) {}

Database::FullSync::FullSync(sql::Connection& connection) : connection_(connection) {
  connection_.execute_script("PRAGMA synchronous = FULL");
}

Database::FullSync::~FullSync() {
  try {
    connection_.execute_script("PRAGMA synchronous = NORMAL");
  } catch (const Error&) {
    // Stays at FULL: slower, not wrong.
  }
}

std::int64_t to_column(Timestamp time) {
  return time.time_since_epoch().count();
}

Timestamp time_from_column(std::int64_t value) {
  return Timestamp(std::chrono::nanoseconds(value));
}

}  // namespace estiba::store
