#include "registry/metadata.h"

#include "base/fd.h"
#include "registry/limits.h"
#include "registry/schema.h"
#include "sql/connection.h"
#include "sql/migration.h"

namespace estiba::registry {

std::unique_ptr<sql::ConnectionPool> open_metadata(const std::string& data_directory,
                                                   const std::string& database) {
  make_directories(data_directory, 0700);
  const std::string path = database.empty() ? data_directory + "/registry.db" : database;
  const sql::SqliteOptions options{.durability = sql::Durability::kFull};
  {
    sql::Connection connection = sql::Connection::open(path, options);
    sql::migrate(connection, schema_migrations());
  }
  return std::make_unique<sql::ConnectionPool>(path, options, kMetadataReaders);
}

}  // namespace estiba::registry
