// Roles: on repositories, on namespaces, and those that new repositories begin with.
#include <array>

#include "registry/grants.h"
#include "registry/web/api.h"
#include "sql/connection.h"

namespace estiba::registry::web {
namespace {

Json grant_json(const Grant& grant) {
  return {{"grantee", grant.grantee},
          {"kind", std::string(account_kind_name(grant.kind))},
          {"role", std::string(role_name(grant.role))}};
}

http::Response answer_grants(ApiCall& call, GrantKind kind, std::int64_t on) {
  const PageRequest page = read_page(call);
  const auto grants = call.web.grants.list(kind, on, page.number(), page.limit + 1);
  return answer_json(page_of(grants, page, grant_json,
                             [](const Grant& grant) { return std::to_string(grant.account_id); }));
}

Role read_role(ApiCall& call) {
  Body body(call);
  const Role role = body.role("role");
  body.done();
  call.detail = role_name(role);
  return role;
}

http::Response set_grant(ApiCall& call, GrantKind kind, std::int64_t on, Role role) {
  return answer_json(grant_json(call.web.grants.set(kind, on, call.part("grantee"), role)));
}

http::Response remove_grant(ApiCall& call, GrantKind kind, std::int64_t on) {
  if (!call.web.grants.remove(kind, on, call.part("grantee"))) refuse_unseen();
  return answer_nothing();
}

std::int64_t managed_repository(const ApiCall& call) {
  return *call.repository(Action::kManage).id;
}

std::int64_t managed_space(const ApiCall& call) {
  return *call.space(call.part("namespace"), NamespaceAction::kManage).id;
}

http::Response list_permissions(ApiCall& call) {
  return answer_grants(call, GrantKind::kRepository, managed_repository(call));
}

http::Response set_permission(ApiCall& call) {
  const Role role = read_role(call);
  return set_grant(call, GrantKind::kRepository, managed_repository(call), role);
}

http::Response remove_permission(ApiCall& call) {
  return remove_grant(call, GrantKind::kRepository, managed_repository(call));
}

http::Response list_namespace_permissions(ApiCall& call) {
  return answer_grants(call, GrantKind::kNamespace, managed_space(call));
}

http::Response set_namespace_permission(ApiCall& call) {
  const Role role = read_role(call);
  return set_grant(call, GrantKind::kNamespace, managed_space(call), role);
}

http::Response remove_namespace_permission(ApiCall& call) {
  return remove_grant(call, GrantKind::kNamespace, managed_space(call));
}

http::Response list_default_permissions(ApiCall& call) {
  return answer_grants(call, GrantKind::kDefault, managed_space(call));
}

http::Response set_default_permission(ApiCall& call) {
  const Role role = read_role(call);
  return set_grant(call, GrantKind::kDefault, managed_space(call), role);
}

http::Response remove_default_permission(ApiCall& call) {
  return remove_grant(call, GrantKind::kDefault, managed_space(call));
}

// Whoever may give roles has to find those who may get them; an account that asks for a beginning
// of two letters learns no more than from a collision at sign-up.
http::Response find_accounts(ApiCall& call) {
  if (!acts_for_account(call.principal())) {
    throw Problem(403, "forbidden", "this token does not reach the account itself");
  }
  const PageRequest page = read_page(call);
  const std::string begin = call.query("q");
  if (begin.size() < 2) throw Problem(400, "invalid", "q must have two characters at least");
  std::vector<Json> found;
  const auto reader = call.web.metadata.reader();
  sql::Statement rows = reader->query(
      "SELECT name, kind, display_name FROM accounts WHERE name > $1 AND "
      "substr(name, 1, length($2)) = $2 AND disabled = 0 ORDER BY name LIMIT $3",
      page.cursor, begin, page.limit + 1);
  for (const sql::Statement& row : rows) {
    found.push_back({{"name", row.text(0)}, {"kind", row.text(1)}, {"display_name", row.text(2)}});
  }
  return answer_json(page_of(
      found, page, [](const Json& one) { return one; },
      [](const Json& one) { return one["name"]; }));
}

constexpr std::string_view kPermission = "/repositories/{repository}/permissions/{grantee}";
constexpr std::string_view kSpacePermission = "/namespaces/{namespace}/permissions/{grantee}";
constexpr std::string_view kDefaultPermission =
    "/namespaces/{namespace}/default-permissions/{grantee}";

constexpr std::array<ApiRoute, 10> kGrantRoutes = {{
    {"GET", "/accounts", "findAccounts", Audience::kAccount, find_accounts},
    {"GET", "/repositories/{repository}/permissions", "listPermissions", Audience::kAccount,
     list_permissions},
    {"PUT", kPermission, "setPermission", Audience::kAccount, set_permission},
    {"DELETE", kPermission, "removePermission", Audience::kAccount, remove_permission},
    {"GET", "/namespaces/{namespace}/permissions", "listNamespacePermissions", Audience::kAccount,
     list_namespace_permissions},
    {"PUT", kSpacePermission, "setNamespacePermission", Audience::kAccount,
     set_namespace_permission},
    {"DELETE", kSpacePermission, "removeNamespacePermission", Audience::kAccount,
     remove_namespace_permission},
    {"GET", "/namespaces/{namespace}/default-permissions", "listDefaultPermissions",
     Audience::kAccount, list_default_permissions},
    {"PUT", kDefaultPermission, "setDefaultPermission", Audience::kAccount, set_default_permission},
    {"DELETE", kDefaultPermission, "removeDefaultPermission", Audience::kAccount,
     remove_default_permission},
}};

}  // namespace

std::span<const ApiRoute> grant_routes() {
  return kGrantRoutes;
}

}  // namespace estiba::registry::web
