#include "registry/grants.h"

#include "base/error.h"
#include "registry/accounts.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

struct GrantTable {
  std::string name;
  std::string column;
};

GrantTable table_of(GrantKind kind) {
  switch (kind) {
    case GrantKind::kRepository:
      return {"permissions", "repository_id"};
    case GrantKind::kNamespace:
      return {"namespace_permissions", "namespace_id"};
    case GrantKind::kDefault:
      break;
  }
  return {"default_permissions", "namespace_id"};
}

Grant find_grantee(sql::Connection& connection, const std::string& name) {
  sql::Statement row = connection.query(
      "SELECT id, kind FROM accounts WHERE name = $1 AND kind IN ('user', 'team', 'robot')", name);
  if (!row.step()) {
    throw Error(ErrorCode::kNotFound, "there is no user, team or robot \"" + name + "\"",
                "teams are written organisation:team, robots namespace+robot");
  }
  return {row.integer(0), name, parse_account_kind(row.text(1)), Role::kRead};
}

}  // namespace

std::vector<Grant> Grants::list(GrantKind kind, std::int64_t on, std::int64_t after,
                                std::size_t count) {
  const GrantTable table = table_of(kind);
  const auto reader = metadata_.reader();
  sql::Statement rows =
      reader->query("SELECT a.id, a.name, a.kind, p.role FROM " + table.name +
                        " p JOIN accounts a ON a.id = p.account_id WHERE p." + table.column +
                        " = $1 AND a.id > $2 ORDER BY a.id LIMIT $3",
                    on, after, count);
  std::vector<Grant> grants;
  for (const sql::Statement& row : rows) {
    grants.push_back({row.integer(0), row.text(1), parse_account_kind(row.text(2)),
                      parse_role(row.text(3)).value_or(Role::kRead)});
  }
  return grants;
}

Grant Grants::set(GrantKind kind, std::int64_t on, const std::string& grantee, Role role) {
  const GrantTable table = table_of(kind);
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  Grant grant = find_grantee(*writer, grantee);
  grant.role = role;
  writer->execute("INSERT INTO " + table.name + " (" + table.column +
                      ", account_id, role) VALUES ($1, $2, $3) ON CONFLICT (" + table.column +
                      ", account_id) DO UPDATE SET role = excluded.role",
                  on, grant.account_id, role_name(role));
  transaction.commit();
  return grant;
}

bool Grants::remove(GrantKind kind, std::int64_t on, const std::string& grantee) {
  const GrantTable table = table_of(kind);
  return metadata_.writer()->execute("DELETE FROM " + table.name + " WHERE " + table.column +
                                         " = $1 AND account_id = "
                                         "(SELECT id FROM accounts WHERE name = $2)",
                                     on, grantee) > 0;
}

}  // namespace estiba::registry
