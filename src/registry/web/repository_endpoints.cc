// Repositories: made, found, changed, deleted and brought back.
#include <array>

#include "base/error.h"
#include "oci/reference.h"
#include "registry/events.h"
#include "registry/web/api.h"
#include "registry/web/repository_json.h"
#include "sql/connection.h"

namespace estiba::registry::web {
namespace {

Visibility read_visibility(const std::string& text) {
  if (text == "public") return Visibility::kPublic;
  if (text == "private") return Visibility::kPrivate;
  throw Problem(400, "invalid", "visibility must be public or private",
                {{"visibility", "must be public or private"}});
}

std::int64_t account_id(const ApiCall& call) {
  return call.principal().account ? call.principal().account->id : 0;
}

int is_admin(const ApiCall& call) {
  return call.principal().account && call.principal().account->is_admin ? 1 : 0;
}

// What the caller has a role in, besides what is public.
std::string mine_sql(const std::string& account) {
  return "(r.owner_id = " + account +
         " OR r.id IN (SELECT p.repository_id FROM permissions p WHERE " +
         grantee_sql("p.account_id", account) +
         ") OR r.owner_id IN (SELECT n.namespace_id FROM namespace_permissions n WHERE " +
         grantee_sql("n.account_id", account) + "))";
}

http::Response list_repositories(ApiCall& call) {
  const PageRequest page = read_page(call);
  const bool mine = call.query("mine") == "true";
  const auto reader = call.web.metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT " + repository_columns() + " FROM repositories r " +
          "LEFT JOIN accounts a ON a.id = r.owner_id WHERE r.name > $1 AND " +
          visible_sql(call.principal(), "$2", "$3") + " AND ($4 = 0 OR " + mine_sql("$3") +
          ") AND ($5 = '' OR a.name = $5) AND ($6 = '' OR " +
          (reader->engine() == sql::Engine::kSqlite ? "instr(r.name, $6)" : "strpos(r.name, $6)") +
          " > 0) ORDER BY r.name LIMIT $7",
      page.cursor, is_admin(call), account_id(call), mine ? 1 : 0, call.query("owner"),
      call.query("q"), page.limit + 1);
  std::vector<Json> found;
  for (const sql::Statement& row : rows) found.push_back(read_repository(call, row));
  return answer_json(page_of(
      found, page, [](const Json& repository) { return repository; },
      [](const Json& repository) { return repository["name"]; }));
}

void check_may_create(const ApiCall& call, const std::string& name) {
  if (!is_valid_repository_path(name)) {
    throw Problem(400, "invalid", "\"" + name + "\" is no repository name",
                  {{"name",
                    "use lower-case letters, digits and single '.', '_', '-' between them; parts "
                    "are separated by '/'"}});
  }
  const RepositoryView view = call.services.repositories.view(name, call.principal());
  if (view.proxied) throw Problem(409, "conflict", "the name belongs to an upstream registry");
  if (view.exists() && allowed(call.principal(), Action::kPull, view)) {
    throw Problem(409, "exists", "the repository \"" + name + "\" exists already",
                  {{"name", "is taken"}});
  }
  // One that the caller may not see refuses as a name does that is not theirs.
  if (view.exists() || !allowed(call.principal(), Action::kPush, view)) {
    throw Problem(
        403, "forbidden", "you may not make repositories there",
        {{"name", "begin with your name or that of an organisation where you may write"}});
  }
}

void check_description(const std::optional<std::string>& description) {
  if (!description || description->size() <= kMaxDescriptionBytes) return;
  throw Problem(413, "too-large", "the description is too long", {{"description", "is too long"}});
}

http::Response create_repository(ApiCall& call) {
  Body body(call);
  const std::string name = body.text("name");
  const Visibility visibility =
      read_visibility(body.optional_text("visibility").value_or("private"));
  const auto description = body.optional_text("description");
  body.done();
  call.target = name;
  check_description(description);
  check_may_create(call, name);
  call.services.repositories.create(name, call.principal(), visibility);
  if (description) call.services.repositories.set_description(name, *description);
  return answer_json(repository_json(call, name), 201);
}

http::Response get_repository(ApiCall& call) {
  const RepositoryView view = call.repository(Action::kPull);
  return answer_json(repository_json(call, view.name));
}

http::Response change_repository(ApiCall& call) {
  Body body(call);
  const auto visibility = body.optional_text("visibility");
  const auto description = body.optional_text("description");
  body.done();
  const RepositoryView view = call.repository(Action::kManage);
  check_description(description);
  check_unchanged(call, repository_json(call, view.name));
  if (visibility) {
    call.services.repositories.set_visibility(view.name, read_visibility(*visibility));
    call.detail = "visibility " + *visibility;
  }
  if (description) call.services.repositories.set_description(view.name, *description);
  return answer_json(repository_json(call, view.name));
}

http::Response delete_repository(ApiCall& call) {
  const RepositoryView view = call.repository(Action::kDelete);
  ChangeEvents events(call.services.webhooks, call.services.live, call.origin(view));
  call.services.rules.remove(
      view.name, [&](sql::Connection& connection) { events.deleted(connection, "", ""); });
  return answer_nothing();
}

// Deleted repositories keep their permissions, so who may restore one is asked as ever.
constexpr std::string_view kDeletedColumns =
    "SELECT r.id, r.deleted_name, r.deleted_at, r.owner_id, "
    "(SELECT max(CASE p.role WHEN 'admin' THEN 1 ELSE 0 END) FROM permissions p "
    "WHERE p.repository_id = r.id AND ";

std::string deleted_sql() {
  return std::string(kDeletedColumns) + grantee_sql("p.account_id", "$1") +
         "), (SELECT max(CASE n.role WHEN 'admin' THEN 1 ELSE 0 END) FROM namespace_permissions n "
         "WHERE n.namespace_id = r.owner_id AND " +
         grantee_sql("n.account_id", "$1") +
         ") FROM repositories r WHERE r.deleted_at IS NOT NULL ";
}

bool may_restore(const ApiCall& call, const sql::Statement& row) {
  RepositoryView view;
  view.name = row.text(1);
  view.id = row.integer(0);
  view.owner_id = row.optional_integer(3);
  if (row.optional_integer(4).value_or(0) + row.optional_integer(5).value_or(0) > 0) {
    view.role = Role::kAdmin;
  }
  return allowed(call.principal(), Action::kDelete, view);
}

http::Response list_deleted(ApiCall& call) {
  const PageRequest page = read_page(call);
  struct Deleted {
    std::int64_t id;
    std::string name;
    std::int64_t at;
  };
  std::vector<Deleted> found;
  const auto reader = call.web.metadata.reader();
  sql::Statement rows =
      reader->query(deleted_sql() + "AND ($2 = 0 OR r.id < $2) ORDER BY r.id DESC",
                    account_id(call), page.number());
  for (const sql::Statement& row : rows) {
    if (may_restore(call, row)) found.push_back({row.integer(0), row.text(1), row.integer(2)});
    if (found.size() > page.limit) break;
  }
  const std::int64_t window = call.web.options.collection.undelete_window.count();
  return answer_json(page_of(
      found, page,
      [&](const Deleted& deleted) -> Json {
        return {{"name", deleted.name},
                {"deleted_at", seconds_text(deleted.at)},
                {"purged_after", seconds_text(deleted.at + window)}};
      },
      [](const Deleted& deleted) { return std::to_string(deleted.id); }));
}

http::Response restore_repository(ApiCall& call) {
  const std::string name = call.part("repository");
  {
    const auto reader = call.web.metadata.reader();
    sql::Statement row =
        reader->query(deleted_sql() +
                          "AND r.deleted_name = $2 ORDER BY r.deleted_at DESC, r.id "
                          "DESC LIMIT 1",
                      account_id(call), name);
    if (!row.step() || !may_restore(call, row)) refuse_unseen();
  }
  call.services.rules.restore(name);
  return answer_json(repository_json(call, name));
}

http::Response list_recent_pushes(ApiCall& call) {
  const PageRequest page = read_page(call);
  const auto reader = call.web.metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT t.id, r.name, t.name, t.digest, t.started_at, t.started_by FROM tags t "
      "JOIN repositories r ON r.id = t.repository_id WHERE t.ended_at IS NULL AND ($1 = 0 OR "
      "t.id < $1) AND " +
          visible_sql(call.principal(), "$2", "$3") + " AND ($4 = 0 OR " + mine_sql("$3") +
          ") ORDER BY t.id DESC LIMIT $5",
      page.number(), is_admin(call), account_id(call), call.query("mine") == "true" ? 1 : 0,
      page.limit + 1);
  std::vector<std::pair<std::int64_t, Json>> found;
  for (const sql::Statement& row : rows) {
    found.emplace_back(row.integer(0), Json{{"repository", row.text(1)},
                                            {"tag", row.text(2)},
                                            {"digest", row.text(3)},
                                            {"pushed_at", seconds_text(row.integer(4))},
                                            {"pushed_by", row.text(5)}});
  }
  return answer_json(page_of(
      found, page, [](const auto& push) { return push.second; },
      [](const auto& push) { return std::to_string(push.first); }));
}

constexpr std::array<ApiRoute, 8> kRepositoryRoutes = {{
    {"GET", "/repositories", "listRepositories", Audience::kOptional, list_repositories},
    {"POST", "/repositories", "createRepository", Audience::kAccount, create_repository},
    {"GET", "/recent-pushes", "listRecentPushes", Audience::kOptional, list_recent_pushes},
    {"GET", "/deleted-repositories", "listDeletedRepositories", Audience::kAccount, list_deleted},
    {"POST", "/deleted-repositories/{repository}/restore", "restoreRepository", Audience::kAccount,
     restore_repository},
    {"GET", "/repositories/{repository}", "getRepository", Audience::kOptional, get_repository},
    {"PATCH", "/repositories/{repository}", "changeRepository", Audience::kAccount,
     change_repository},
    {"DELETE", "/repositories/{repository}", "deleteRepository", Audience::kAccount,
     delete_repository},
}};

}  // namespace

std::string repository_columns() {
  return "r.name, a.name, r.visibility, r.description, r.created_at, "
         "(SELECT max(t.started_at) FROM tags t WHERE t.repository_id = r.id), "
         "(SELECT count(*) FROM tags t WHERE t.repository_id = r.id AND t.ended_at IS NULL), "
         "(SELECT CAST(coalesce(sum(b.size_bytes), 0) AS BIGINT) FROM repository_blobs l "
         "JOIN blobs b ON b.digest = l.digest WHERE l.repository_id = r.id), "
         "(SELECT CAST(coalesce(sum(p.pulls), 0) AS BIGINT) FROM pull_counts p "
         "WHERE p.repository_id = r.id)";
}

Json read_repository(const ApiCall& call, const sql::Statement& row) {
  const RepositoryView view = call.services.repositories.view(row.text(0), call.principal());
  Json role = nullptr;
  for (const auto& [action, name] :
       {std::pair(Action::kManage, "admin"), std::pair(Action::kPush, "write")}) {
    if (role.is_null() && allowed(call.principal(), action, view)) role = name;
  }
  if (role.is_null() && view.role) role = "read";
  const auto owner = row.optional_text(1);
  return {{"name", row.text(0)},
          {"owner", owner ? Json(*owner) : Json(nullptr)},
          {"visibility", row.text(2)},
          {"description", row.text(3)},
          {"created_at", seconds_text(row.integer(4))},
          {"updated_at", seconds_json(row.optional_integer(5))},
          {"tags", row.integer(6)},
          {"size_bytes", row.integer(7)},
          {"pulls", row.integer(8)},
          {"role", role},
          {"proxied", view.proxied}};
}

Json repository_json(ApiCall& call, const std::string& name) {
  const auto reader = call.web.metadata.reader();
  sql::Statement row = reader->query("SELECT " + repository_columns() +
                                         " FROM repositories r LEFT JOIN accounts a "
                                         "ON a.id = r.owner_id WHERE r.name = $1",
                                     name);
  if (!row.step()) refuse_unseen();
  return read_repository(call, row);
}

std::span<const ApiRoute> repository_routes() {
  return kRepositoryRoutes;
}

}  // namespace estiba::registry::web
