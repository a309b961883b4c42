// Users, as administrators of the registry see and change them.
#include <array>

#include "base/error.h"
#include "registry/profiles.h"
#include "registry/web/account_json.h"
#include "registry/web/api.h"
#include "sql/connection.h"

namespace estiba::registry::web {
namespace {

// A page of the users whose name, display name or address has the text; or one by name.
std::vector<Json> find_users(ApiCall& call, const std::string& name, const PageRequest& page) {
  const auto reader = call.web.metadata.reader();
  const std::string find = reader->engine() == sql::Engine::kSqlite ? "instr" : "strpos";
  sql::Statement rows = reader->query(
      "SELECT a.name, a.display_name, a.email, a.is_admin, a.disabled, a.totp_confirmed, "
      "a.created_at, (SELECT max(s.used_at) FROM sessions s WHERE s.account_id = a.id), "
      "(SELECT max(t.used_at) FROM tokens t WHERE t.account_id = a.id), "
      "(SELECT count(*) FROM repositories r WHERE r.owner_id = a.id AND r.deleted_at IS NULL), "
      "(SELECT CAST(coalesce(sum(b.size_bytes), 0) AS BIGINT) FROM blobs b WHERE b.digest IN "
      "(SELECT l.digest FROM repository_blobs l JOIN repositories r ON r.id = l.repository_id "
      "WHERE r.owner_id = a.id)) FROM accounts a WHERE a.kind = 'user' AND ($1 = '' OR a.name = "
      "$1) "
      "AND a.name > $2 AND ($3 = '' OR " +
          find + "(a.name, $3) > 0 OR " + find + "(a.display_name, $3) > 0 OR " + find +
          "(a.email, $3) > 0) ORDER BY a.name LIMIT $4",
      name, page.cursor, call.query("q"), page.limit + 1);
  std::vector<Json> users;
  for (const sql::Statement& row : rows) {
    const auto used = std::max(row.optional_integer(7), row.optional_integer(8));
    users.push_back({{"name", row.text(0)},
                     {"display_name", row.text(1)},
                     {"email", row.text(2)},
                     {"is_admin", row.boolean(3)},
                     {"disabled", row.boolean(4)},
                     {"second_factor", row.boolean(5)},
                     {"created_at", seconds_text(row.integer(6))},
                     {"used_at", seconds_json(used)},
                     {"repositories", row.integer(9)},
                     {"size_bytes", row.integer(10)}});
  }
  return users;
}

Json user_json(ApiCall& call, const std::string& name) {
  auto found = find_users(call, name, {"", 1});
  if (found.empty()) refuse_unseen();
  return std::move(found.front());
}

http::Response list_users(ApiCall& call) {
  const PageRequest page = read_page(call);
  return answer_json(page_of(
      find_users(call, "", page), page, [](const Json& user) { return user; },
      [](const Json& user) { return user["name"]; }));
}

http::Response create_user(ApiCall& call) {
  Body body(call);
  NewAccount account;
  account.name = body.text("username");
  account.password = body.text("password");
  account.email = body.optional_text("email").value_or("");
  account.is_admin = body.optional_boolean("is_admin").value_or(false);
  body.done();
  call.target = account.name;
  call.detail = account.is_admin ? "administrator" : "";
  check_new_password(*account.password);
  blaming("email", [&] { check_profile({{}, account.email, {}}); });
  blaming("username", [&] { (void)call.web.accounts.add(account); });
  return answer_json(user_json(call, account.name), 201);
}

std::string describe_change(const AccountChange& change) {
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  if (change.is_admin) add(*change.is_admin ? "administrator" : "no administrator");
  if (change.disabled) add(*change.disabled ? "disabled" : "enabled");
  if (change.password) add("password");
  if (change.email) add("email");
  return text;
}

http::Response change_user(ApiCall& call) {
  Body body(call);
  const AccountChange change{body.optional_text("password"), body.optional_boolean("is_admin"),
                             body.optional_boolean("disabled"), body.optional_text("email")};
  body.done();
  const std::string& name = call.part("username");
  check_unchanged(call, user_json(call, name));
  if (change.password) check_new_password(*change.password);
  blaming("email", [&] { check_profile({{}, change.email, {}}); });
  call.detail = describe_change(change);
  call.web.accounts.change(name, change);
  return answer_json(user_json(call, name));
}

http::Response delete_user(ApiCall& call) {
  const std::string& name = call.part("username");
  (void)user_json(call, name);  // neither an organisation nor a robot
  call.web.accounts.remove(name);
  return answer_nothing();
}

constexpr std::array<ApiRoute, 4> kUserRoutes = {{
    {"GET", "/admin/users", "listUsers", Audience::kAdministrator, list_users},
    {"POST", "/admin/users", "createUser", Audience::kAdministrator, create_user},
    {"PATCH", "/admin/users/{username}", "changeUser", Audience::kAdministrator, change_user},
    {"DELETE", "/admin/users/{username}", "deleteUser", Audience::kAdministrator, delete_user},
}};

}  // namespace

std::span<const ApiRoute> user_routes() {
  return kUserRoutes;
}

}  // namespace estiba::registry::web
