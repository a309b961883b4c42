#include "registry/schema.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "base/testing/test_directory.h"
#include "sql/connection.h"
#include "sql/migration.h"
#include "sql/testing/postgresql_server.h"

namespace estiba::registry {
namespace {

std::int64_t number_of(sql::Connection& connection, std::string_view query) {
  sql::Statement row = connection.query(query);
  return row.step() ? row.integer(0) : -1;
}

// What a registry of the first version holds: an image with a moved tag, and a layer.
void fill_first_version(sql::Connection& connection) {
  connection.execute_script(R"sql(
    INSERT INTO accounts (id, name, password_hash, created_at) VALUES (1, 'ana', 'hash', 1000);
    INSERT INTO repositories (id, name, owner_id, visibility, created_at)
      VALUES (1, 'ana/demo', 1, 'public', 1000);
    INSERT INTO blobs (digest, storage_key, size_bytes, created_at)
      VALUES ('sha256:layer', 'aakey', 7, 1000);
    INSERT INTO repository_blobs (repository_id, digest, created_at)
      VALUES (1, 'sha256:layer', 1000);
    INSERT INTO manifests (repository_id, digest, media_type, bytes, created_at)
      VALUES (1, 'sha256:old', 'm', 'old bytes', 1000), (1, 'sha256:new', 'm', 'new bytes', 2000);
    INSERT INTO manifest_references (repository_id, manifest, target, kind)
      VALUES (1, 'sha256:new', 'sha256:layer', 'blob');
    INSERT INTO tags (repository_id, name, digest, started_at, started_by, ended_at, ended_by)
      VALUES (1, 'latest', 'sha256:old', 1000, 'ana', 2000, 'ana'),
             (1, 'latest', 'sha256:new', 2000, 'ana', NULL, NULL);
    INSERT INTO upload_sessions (id, repository_id, account_id, created_at, used_at)
      VALUES ('session', 1, 1, 1000, 1000);
  )sql");
}

void expect_all_kept(sql::Connection& connection) {
  EXPECT_EQ(sql::schema_version(connection), schema_migrations().back().version);
  EXPECT_EQ(number_of(connection, "SELECT count(*) FROM tags"), 2);
  EXPECT_EQ(number_of(connection,
                      "SELECT count(*) FROM tags t JOIN manifests m ON m.digest = t.digest "
                      "WHERE t.ended_at IS NULL AND m.digest = 'sha256:new'"),
            1);
  EXPECT_EQ(number_of(connection,
                      "SELECT count(*) FROM repositories WHERE name = 'ana/demo' AND owner_id = 1 "
                      "AND visibility = 'public' AND description = '' AND deleted_at IS NULL"),
            1);
  EXPECT_EQ(number_of(connection, "SELECT size_bytes FROM blobs WHERE damaged_at IS NULL"), 7);
  EXPECT_EQ(number_of(connection, "SELECT create_on_push FROM accounts"), 1);
  // What the first version left behind is looked at by the collector and by the search.
  EXPECT_EQ(number_of(connection,
                      "SELECT count(*) FROM collection_queue WHERE kind = 'manifest' "
                      "AND digest = 'sha256:old'"),
            1);
  EXPECT_EQ(number_of(connection, "SELECT count(*) FROM collection_queue WHERE kind = 'blob'"), 1);
  EXPECT_EQ(number_of(connection, "SELECT count(*) FROM search_changes"), 1);
}

class SchemaUpgrade : public ::testing::TestWithParam<sql::Engine> {
 protected:
  static void TearDownTestSuite() { server_.reset(); }
  sql::Connection open_new() {
    if (GetParam() == sql::Engine::kSqlite) {
      return sql::Connection::open_sqlite(scratch_.file(std::to_string(++databases_) + ".db"));
    }
    if (!server_) server_ = std::make_unique<sql::testing::PostgresqlServer>();
    return sql::Connection::open(server_->new_database());
  }
  const testing::TestDirectory scratch_;
  int databases_ = 0;
  static inline std::unique_ptr<sql::testing::PostgresqlServer> server_;
};

TEST_P(SchemaUpgrade, KeepsWhatTheFirstVersionHeld) {
  sql::Connection connection = open_new();
  sql::migrate(connection, schema_migrations().first(1));
  fill_first_version(connection);
  sql::migrate(connection, schema_migrations());
  expect_all_kept(connection);
}

TEST_P(SchemaUpgrade, OneVersionAfterTheOtherIsTheSame) {
  sql::Connection connection = open_new();
  sql::migrate(connection, schema_migrations().first(1));
  fill_first_version(connection);
  for (std::size_t count = 2; count <= schema_migrations().size(); ++count) {
    sql::migrate(connection, schema_migrations().first(count));
  }
  expect_all_kept(connection);
}

INSTANTIATE_TEST_SUITE_P(Engines, SchemaUpgrade,
                         ::testing::Values(sql::Engine::kSqlite, sql::Engine::kPostgresql),
                         [](const auto& instance) {
                           return instance.param == sql::Engine::kSqlite ? "Sqlite" : "Postgresql";
                         });

}  // namespace
}  // namespace estiba::registry
