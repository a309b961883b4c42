#include "registry/repositories.h"

#include "base/error.h"
#include "base/time.h"
#include "oci/reference.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO repositories (name, owner_id, visibility, created_at) VALUES ($1, $2, $3, $4)";

void fill_view(const sql::Statement& row, RepositoryView& view) {
  view.id = row.integer(0);
  view.owner_id = row.optional_integer(1);
  if (!view.proxied) view.visibility = parse_visibility_name(row.text(2));
}

// The strongest of the roles that the rows of `query` have.
std::optional<Role> strongest(sql::Statement rows) {
  std::optional<Role> role;
  for (const sql::Statement& row : rows) {
    const auto found = parse_role(row.text(0));
    if (found && (!role || static_cast<int>(*found) > static_cast<int>(*role))) role = found;
  }
  return role;
}

std::optional<Role> namespace_role(sql::Connection& connection, std::int64_t space,
                                   std::int64_t account) {
  return strongest(
      connection.query("SELECT n.role FROM namespace_permissions n "
                       "WHERE n.namespace_id = $1 AND " +
                           grantee_sql("n.account_id", "$2"),
                       space, account));
}

std::optional<Role> repository_role(sql::Connection& connection, std::int64_t repository,
                                    std::int64_t account) {
  return strongest(connection.query(
      "SELECT p.role FROM permissions p WHERE p.repository_id = $1 AND " +
          grantee_sql("p.account_id", "$2") +
          " UNION ALL SELECT n.role FROM namespace_permissions n "
          "JOIN repositories r ON r.owner_id = n.namespace_id WHERE r.id = $1 AND " +
          grantee_sql("n.account_id", "$2"),
      repository, account));
}

// The organisation that a repository of this name belongs to.
std::optional<std::int64_t> organisation_of(sql::Connection& connection, const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return std::nullopt;
  sql::Statement row = connection.query(
      "SELECT id FROM accounts WHERE name = $1 AND kind = 'organisation'", name.substr(0, slash));
  if (!row.step()) return std::nullopt;
  return row.integer(0);
}

std::optional<std::int64_t> owner_id(sql::Connection& connection, const std::string& name,
                                     const Principal& owner) {
  if (const auto organisation = organisation_of(connection, name)) return organisation;
  if (!owner.account) return std::nullopt;
  return owner.account->id;
}

void copy_default_permissions(sql::Connection& connection, const std::string& name) {
  connection.execute(
      "INSERT INTO permissions (repository_id, account_id, role) SELECT r.id, d.account_id, d.role "
      "FROM repositories r JOIN default_permissions d ON d.namespace_id = r.owner_id "
      "WHERE r.name = $1",
      name);
}

// A pattern of names as LIKE has it. Patterns are of the characters of names: check_pattern.
std::string like_text(const std::string& pattern) {
  std::string text;
  for (const char c : pattern) {
    if (c == '_' || c == '%' || c == '\\') text += '\\';
    text += c == '*' ? '%' : c == '?' ? '_' : c;
    if (c == '\'') text += c;
  }
  return text;
}

std::string limit_sql(const TokenLimit& limit) {
  if (limit.repositories.empty()) return "1 = 1";
  std::string condition;
  for (const std::string& pattern : limit.repositories) {
    condition += (condition.empty() ? "(" : " OR ");
    condition += "r.name LIKE '" + like_text(pattern) + "' ESCAPE '\\'";
  }
  return condition + ")";
}

void check_name(const std::string& name) {
  if (is_valid_repository_path(name)) return;
  throw Error(ErrorCode::kInvalidArgument, "\"" + name + "\" is no repository name",
              "use lower-case letters, digits and single '.', '_', '-' between them; parts are "
              "separated by '/'");
}

}  // namespace

std::string grantee_sql(const std::string& column, const std::string& account) {
  return "(" + column + " = " + account + " OR " + column +
         " IN (SELECT team_id FROM team_members WHERE account_id = " + account + "))";
}

std::string visible_sql(const Principal& principal, const std::string& admin,
                        const std::string& account) {
  return "r.deleted_at IS NULL AND (r.visibility = 'public' OR (" +
         (principal.limit ? limit_sql(*principal.limit) : "1 = 1") + " AND (" + admin +
         " = 1 OR r.owner_id = " + account +
         " OR r.id IN (SELECT p.repository_id FROM permissions p WHERE " +
         grantee_sql("p.account_id", account) +
         ") OR r.owner_id IN (SELECT n.namespace_id FROM namespace_permissions n WHERE " +
         grantee_sql("n.account_id", account) + "))))";
}

std::string_view visibility_name(Visibility visibility) {
  return visibility == Visibility::kPublic ? "public" : "private";
}

Visibility parse_visibility_name(const std::string& text) {
  return text == "public" ? Visibility::kPublic : Visibility::kPrivate;
}

std::optional<Role> parse_role_name(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return *text == "admin" ? Role::kAdmin : *text == "write" ? Role::kWrite : Role::kRead;
}

RepositoryView Repositories::view_deleted(const std::string& name, const Principal& principal) {
  RepositoryView view;
  view.name = name;
  const auto reader = metadata_.reader();
  {
    sql::Statement row = reader->query(
        "SELECT id, owner_id, visibility FROM repositories WHERE deleted_name = $1 "
        "ORDER BY deleted_at DESC, id DESC LIMIT 1",
        name);
    if (!row.step()) return view;
    fill_view(row, view);
  }
  if (principal.account && view.owner_id != principal.account->id) {
    view.role = repository_role(*reader, *view.id, principal.account->id);
  }
  return view;
}

RepositoryView Repositories::view(const std::string& name, const Principal& principal) {
  const std::int64_t account = principal.account ? principal.account->id : 0;
  return views_.get(
      std::to_string(account) + " " + name, [&] { return read_view(name, account); },
      [](const RepositoryView&) { return true; });
}

RepositoryView Repositories::read_view(const std::string& name, std::int64_t account) {
  RepositoryView view;
  view.name = name;
  if (const auto visibility = proxied_ ? proxied_(name) : std::nullopt) {
    view.proxied = true;
    view.visibility = *visibility;
  }
  const auto reader = metadata_.reader();
  {
    sql::Statement row = reader->query(
        "SELECT id, owner_id, visibility FROM repositories WHERE name = $1 AND deleted_at IS NULL",
        name);
    if (row.step()) fill_view(row, view);
  }
  if (account == 0) return view;
  if (view.id && view.owner_id != account) view.role = repository_role(*reader, *view.id, account);
  if (!view.id) {
    view.organisation_id = organisation_of(*reader, name);
    if (view.organisation_id) {
      view.organisation_role = namespace_role(*reader, *view.organisation_id, account);
    }
  }
  return view;
}

NamespaceView Repositories::namespace_view(const std::string& name, const Principal& principal) {
  NamespaceView view;
  view.name = name;
  const auto reader = metadata_.reader();
  {
    sql::Statement row = reader->query(
        "SELECT id, kind FROM accounts WHERE name = $1 AND kind IN ('user', 'organisation')", name);
    if (!row.step()) return view;
    view.id = row.integer(0);
    view.kind = row.text(1) == "user" ? AccountKind::kUser : AccountKind::kOrganisation;
  }
  if (!principal.account) return view;
  view.role = namespace_role(*reader, *view.id, principal.account->id);
  sql::Statement member = reader->query(
      "SELECT 1 FROM team_members m JOIN accounts t ON t.id = m.team_id "
      "WHERE t.parent_id = $1 AND m.account_id = $2 LIMIT 1",
      *view.id, principal.account->id);
  view.is_member = member.step();
  return view;
}

void Repositories::create(const std::string& name, const Principal& owner, Visibility visibility) {
  check_name(name);
  try {
    const auto writer = metadata_.writer();
    sql::Transaction transaction(*writer);
    writer->execute(kInsert, name, owner_id(*writer, name, owner), visibility_name(visibility),
                    unix_seconds(now()));
    copy_default_permissions(*writer, name);
    transaction.commit();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kAlreadyExists) throw;
    throw Error(ErrorCode::kAlreadyExists, "the repository \"" + name + "\" exists already");
  }
}

std::int64_t Repositories::ensure(const std::string& name, const Principal& owner,
                                  Visibility visibility) {
  check_name(name);
  const auto writer = metadata_.writer();
  sql::Transaction transaction(*writer);
  const bool made = writer->execute(std::string(kInsert) + " ON CONFLICT (name) DO NOTHING", name,
                                    owner_id(*writer, name, owner), visibility_name(visibility),
                                    unix_seconds(now())) > 0;
  if (made) copy_default_permissions(*writer, name);
  std::int64_t id = 0;
  {
    sql::Statement row = writer->query("SELECT id FROM repositories WHERE name = $1", name);
    if (row.step()) id = row.integer(0);
  }
  transaction.commit();
  return id;
}

void Repositories::mark_proxied(std::int64_t repository) {
  metadata_.writer()->execute("UPDATE repositories SET is_proxied = 1 WHERE id = $1", repository);
}

void Repositories::set_description(const std::string& name, std::string_view description) {
  const auto changed = metadata_.writer()->execute(
      "UPDATE repositories SET description = $1 WHERE name = $2", description, name);
  if (changed == 0) {
    throw Error(ErrorCode::kNotFound, "there is no repository \"" + name + "\"");
  }
}

void Repositories::set_visibility(const std::string& name, Visibility visibility) {
  const auto changed = metadata_.writer()->execute(
      "UPDATE repositories SET visibility = $1 WHERE name = $2", visibility_name(visibility), name);
  if (changed == 0) {
    throw Error(ErrorCode::kNotFound, "there is no repository \"" + name + "\"");
  }
}

std::vector<std::string> Repositories::list(const Principal& principal, const std::string& last,
                                            std::size_t count) {
  const auto reader = metadata_.reader();
  const std::int64_t account = principal.account ? principal.account->id : 0;
  const int admin = principal.account && principal.account->is_admin ? 1 : 0;
  sql::Statement rows =
      reader->query("SELECT r.name FROM repositories r WHERE r.name > $1 AND " +
                        visible_sql(principal, "$2", "$3") + " ORDER BY r.name LIMIT $4",
                    last, admin, account, static_cast<std::int64_t>(count));
  std::vector<std::string> names;
  for (const sql::Statement& row : rows) names.push_back(row.text(0));
  return names;
}

}  // namespace estiba::registry
