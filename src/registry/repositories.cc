#include "registry/repositories.h"

#include "base/error.h"
#include "base/time.h"
#include "oci/reference.h"
#include "sql/connection.h"

namespace estiba::registry {
namespace {

void read_view(const sql::Statement& row, RepositoryView& view) {
  view.id = row.integer(0);
  view.owner_id = row.optional_integer(1);
  if (!view.proxied) view.visibility = parse_visibility_name(row.text(2));
  view.role = parse_role_name(row.optional_text(3));
}

constexpr std::string_view kInsert =
    "INSERT INTO repositories (name, owner_id, visibility, created_at) VALUES ($1, $2, $3, $4)";

std::optional<std::int64_t> owner_id(const Principal& owner) {
  if (!owner.account) return std::nullopt;
  return owner.account->id;
}

void check_name(const std::string& name) {
  if (is_valid_repository_path(name)) return;
  throw Error(ErrorCode::kInvalidArgument, "\"" + name + "\" is no repository name",
              "use lower-case letters, digits and single '.', '_', '-' between them; parts are "
              "separated by '/'");
}

}  // namespace

std::string visible_sql(const std::string& admin, const std::string& account) {
  return "r.deleted_at IS NULL AND (" + admin +
         " = 1 OR r.visibility = 'public' OR r.owner_id = " + account +
         " OR EXISTS (SELECT 1 FROM permissions p WHERE p.repository_id = r.id AND p.account_id "
         "= " +
         account + "))";
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
  const std::int64_t account = principal.account ? principal.account->id : 0;
  sql::Statement row = reader->query(
      "SELECT r.id, r.owner_id, r.visibility, p.role FROM repositories r "
      "LEFT JOIN permissions p ON p.repository_id = r.id AND p.account_id = $1 "
      "WHERE r.deleted_name = $2 ORDER BY r.deleted_at DESC, r.id DESC LIMIT 1",
      account, name);
  if (row.step()) read_view(row, view);
  return view;
}

RepositoryView Repositories::view(const std::string& name, const Principal& principal) {
  RepositoryView view;
  view.name = name;
  if (const auto visibility = proxied_ ? proxied_(name) : std::nullopt) {
    view.proxied = true;
    view.visibility = *visibility;
  }
  const auto reader = metadata_.reader();
  const std::int64_t account = principal.account ? principal.account->id : 0;
  sql::Statement row = reader->query(
      "SELECT r.id, r.owner_id, r.visibility, p.role FROM repositories r "
      "LEFT JOIN permissions p ON p.repository_id = r.id AND p.account_id = $1 "
      "WHERE r.name = $2 AND r.deleted_at IS NULL",
      account, name);
  if (row.step()) read_view(row, view);
  return view;
}

void Repositories::create(const std::string& name, const Principal& owner, Visibility visibility) {
  check_name(name);
  try {
    metadata_.writer()->execute(kInsert, name, owner_id(owner), visibility_name(visibility),
                                unix_seconds(now()));
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
  writer->execute(std::string(kInsert) + " ON CONFLICT (name) DO NOTHING", name, owner_id(owner),
                  visibility_name(visibility), unix_seconds(now()));
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
  sql::Statement rows = reader->query("SELECT r.name FROM repositories r WHERE r.name > $1 AND " +
                                          visible_sql("$2", "$3") + " ORDER BY r.name LIMIT $4",
                                      last, admin, account, static_cast<std::int64_t>(count));
  std::vector<std::string> names;
  for (const sql::Statement& row : rows) names.push_back(row.text(0));
  return names;
}

}  // namespace estiba::registry
