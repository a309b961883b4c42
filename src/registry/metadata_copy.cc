#include "registry/metadata_copy.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "sql/copy_rows.h"

namespace estiba::registry {
namespace {

std::vector<std::string> first_column(sql::Statement rows) {
  std::vector<std::string> found;
  for (const sql::Statement& row : rows) found.push_back(row.text(0));
  return found;
}

bool is_copied(const std::string& table) {
  return !table.starts_with("search_") && table != "collection_holds" && table != "schema_version";
}

std::vector<std::string> tables_of(sql::Connection& connection) {
  auto tables = first_column(
      connection.engine() == sql::Engine::kSqlite
          ? connection.query("SELECT name FROM sqlite_master WHERE type = 'table' "
                             "AND name NOT LIKE 'sqlite_%' ORDER BY name")
          : connection.query("SELECT CAST(tablename AS TEXT) FROM pg_tables "
                             "WHERE schemaname = current_schema() ORDER BY tablename"));
  tables.erase(std::remove_if(tables.begin(), tables.end(),
                              [](const std::string& table) { return !is_copied(table); }),
               tables.end());
  return tables;
}

std::vector<std::string> parents_of(sql::Connection& connection, const std::string& table) {
  return first_column(
      connection.engine() == sql::Engine::kSqlite
          ? connection.query("SELECT \"table\" FROM pragma_foreign_key_list($1)", table)
          : connection.query(
                "SELECT CAST(p.relname AS TEXT) FROM pg_constraint c "
                "JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class p ON p.oid = c.confrelid "
                "WHERE c.contype = 'f' AND t.relname = $1",
                table));
}

std::vector<std::string> columns_of(sql::Connection& connection, const std::string& table) {
  return first_column(
      connection.engine() == sql::Engine::kSqlite
          ? connection.query("SELECT name FROM pragma_table_info($1)", table)
          : connection.query("SELECT CAST(column_name AS TEXT) FROM information_schema.columns "
                             "WHERE table_schema = current_schema() AND table_name = $1",
                             table));
}

// What a table refers to comes before it.
std::vector<std::string> in_order_of_references(sql::Connection& connection) {
  std::vector<std::string> waiting = tables_of(connection);
  std::vector<std::string> ordered;
  std::set<std::string> done;
  while (!waiting.empty()) {
    const auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const std::string& table) {
      const auto parents = parents_of(connection, table);
      return std::all_of(parents.begin(), parents.end(), [&](const std::string& parent) {
        return parent == table || done.contains(parent);
      });
    });
    const auto next = ready == waiting.end() ? waiting.begin() : ready;
    done.insert(*next);
    ordered.push_back(*next);
    waiting.erase(next);
  }
  return ordered;
}

void copy_table(sql::Connection& from, sql::Connection& to, const std::string& table) {
  std::vector<std::string> columns = columns_of(to, table);
  std::vector<std::string> parameters;
  for (std::size_t i = 1; i <= columns.size(); ++i) parameters.push_back("$" + std::to_string(i));
  const std::string names = join(columns, ", ");
  sql::Statement select = from.prepare("SELECT " + names + " FROM " + table);
  sql::Statement insert = to.prepare("INSERT INTO " + table + " (" + names + ") VALUES (" +
                                     join(parameters, ", ") + ")");
  sql::copy_rows(select, insert);
}

// PostgreSQL's identities count by themselves and have not seen what was copied.
void move_identities_on(sql::Connection& connection) {
  if (connection.engine() != sql::Engine::kPostgresql) return;
  for (const std::string& table : first_column(
           connection.query("SELECT CAST(table_name AS TEXT) FROM information_schema.columns "
                            "WHERE table_schema = current_schema() AND column_name = 'id' "
                            "AND is_identity = 'YES'"))) {
    sql::Statement moved =
        connection.query("SELECT setval(pg_get_serial_sequence('" + table +
                         "', 'id'), coalesce(max(id), 0) + 1, false) FROM " + table);
    (void)moved.run();
  }
}

}  // namespace

void copy_metadata(sql::Connection& from, sql::Connection& to) {
  sql::Transaction reading(from, sql::TransactionMode::kDeferred);
  sql::Transaction writing(to);
  for (const std::string& table : in_order_of_references(to)) copy_table(from, to, table);
  move_identities_on(to);
  writing.commit();
}

}  // namespace estiba::registry
