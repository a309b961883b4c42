// Organisations, their teams and members.
#include <array>

#include "base/error.h"
#include "registry/organisations.h"
#include "registry/profiles.h"
#include "registry/web/api.h"

namespace estiba::registry::web {
namespace {

Json role_json(const std::optional<Role>& role) {
  return role ? Json(std::string(role_name(*role))) : Json(nullptr);
}

template <typename Record>
std::string id_cursor(const Record& record) {
  return std::to_string(record.id);
}

Json organisation_json(ApiCall& call, const OrganisationRecord& organisation) {
  const NamespaceView view =
      call.services.repositories.namespace_view(organisation.name, call.principal());
  return {{"name", organisation.name},       {"display_name", organisation.display_name},
          {"email", organisation.email},     {"created_at", time_json(organisation.created_at)},
          {"role", role_json(view.role)},    {"repositories", organisation.repositories},
          {"members", organisation.members}, {"teams", organisation.teams}};
}

Json team_json(const TeamRecord& team) {
  return {{"name", team.name},
          {"description", team.description},
          {"members", team.members},
          {"role", role_json(team.role)},
          {"created_at", time_json(team.created_at)}};
}

Json member_json(const MemberRecord& member) {
  return {{"name", member.name}, {"display_name", member.display_name}, {"teams", member.teams}};
}

NamespaceView organisation_part(const ApiCall& call, NamespaceAction action) {
  NamespaceView view = call.space(call.part("organisation"), action);
  if (view.kind != AccountKind::kOrganisation) refuse_unseen();
  return view;
}

http::Response list_organisations(ApiCall& call) {
  const PageRequest page = read_page(call);
  const auto found = call.web.organisations.list(call.account().id, page.number(), page.limit + 1);
  return answer_json(page_of(
      found, page, [&](const OrganisationRecord& one) { return organisation_json(call, one); },
      id_cursor<OrganisationRecord>));
}

http::Response answer_organisation(ApiCall& call, std::int64_t id, int status) {
  return answer_json(organisation_json(call, call.web.organisations.find(id)), status);
}

http::Response create_organisation(ApiCall& call) {
  Body body(call);
  const std::string name = body.text("name");
  const ProfileChange profile{body.optional_text("display_name"), body.optional_text("email"), {}};
  body.done();
  call.target = name;
  call.web.organisations.add(name, call.account().id);
  const auto made = call.web.accounts.find(name);
  change_profile(call.web.metadata, made->id, profile);
  return answer_organisation(call, made->id, 201);
}

http::Response get_organisation(ApiCall& call) {
  return answer_organisation(call, *organisation_part(call, NamespaceAction::kSee).id, 200);
}

http::Response change_organisation(ApiCall& call) {
  Body body(call);
  const ProfileChange profile{body.optional_text("display_name"), body.optional_text("email"), {}};
  body.done();
  const NamespaceView view = organisation_part(call, NamespaceAction::kManage);
  change_profile(call.web.metadata, *view.id, profile);
  return answer_organisation(call, *view.id, 200);
}

http::Response delete_organisation(ApiCall& call) {
  call.web.organisations.remove(*organisation_part(call, NamespaceAction::kManage).id);
  return answer_nothing();
}

http::Response answer_members(ApiCall& call, std::int64_t organisation, std::int64_t team) {
  const PageRequest page = read_page(call);
  const auto found =
      call.web.organisations.members(organisation, team, page.number(), page.limit + 1);
  return answer_json(page_of(found, page, member_json, id_cursor<MemberRecord>));
}

http::Response list_members(ApiCall& call) {
  return answer_members(call, *organisation_part(call, NamespaceAction::kSee).id, 0);
}

http::Response remove_member(ApiCall& call) {
  const NamespaceView view = organisation_part(call, NamespaceAction::kManage);
  call.web.organisations.remove_member(*view.id, 0, call.part("account"));
  return answer_nothing();
}

http::Response list_teams(ApiCall& call) {
  const NamespaceView view = organisation_part(call, NamespaceAction::kSee);
  const PageRequest page = read_page(call);
  const auto found = call.web.organisations.teams(*view.id, page.number(), page.limit + 1);
  return answer_json(page_of(found, page, team_json, id_cursor<TeamRecord>));
}

http::Response create_team(ApiCall& call) {
  Body body(call);
  const NewTeam team{body.text("name"), body.optional_text("description").value_or(""),
                     body.optional_role("role")};
  body.done();
  const NamespaceView view = organisation_part(call, NamespaceAction::kManage);
  call.target = view.name + ":" + team.name;
  call.web.organisations.add_team(*view.id, team);
  const std::int64_t id = call.web.organisations.team_id(*view.id, team.name);
  return answer_json(team_json(call.web.organisations.teams(*view.id, id - 1, 1).front()), 201);
}

http::Response delete_team(ApiCall& call) {
  const NamespaceView view = organisation_part(call, NamespaceAction::kManage);
  call.web.organisations.remove_team(*view.id, call.part("team"));
  return answer_nothing();
}

http::Response list_team_members(ApiCall& call) {
  const NamespaceView view = organisation_part(call, NamespaceAction::kSee);
  return answer_members(call, *view.id,
                        call.web.organisations.team_id(*view.id, call.part("team")));
}

http::Response add_team_member(ApiCall& call) {
  const NamespaceView view = organisation_part(call, NamespaceAction::kManage);
  call.web.organisations.add_member(call.web.organisations.team_id(*view.id, call.part("team")),
                                    call.part("account"));
  return answer_nothing();
}

http::Response remove_team_member(ApiCall& call) {
  const NamespaceView view = organisation_part(call, NamespaceAction::kManage);
  call.web.organisations.remove_member(
      *view.id, call.web.organisations.team_id(*view.id, call.part("team")), call.part("account"));
  return answer_nothing();
}

constexpr std::string_view kOrganisation = "/organisations/{organisation}";
constexpr std::string_view kTeamMember =
    "/organisations/{organisation}/teams/{team}/members/{account}";

constexpr std::array<ApiRoute, 13> kOrganisationRoutes = {{
    {"GET", "/organisations", "listOrganisations", Audience::kAccount, list_organisations},
    {"POST", "/organisations", "createOrganisation", Audience::kSession, create_organisation},
    {"GET", kOrganisation, "getOrganisation", Audience::kAccount, get_organisation},
    {"PATCH", kOrganisation, "changeOrganisation", Audience::kAccount, change_organisation},
    {"DELETE", kOrganisation, "deleteOrganisation", Audience::kAccount, delete_organisation},
    {"GET", "/organisations/{organisation}/members", "listMembers", Audience::kAccount,
     list_members},
    {"DELETE", "/organisations/{organisation}/members/{account}", "removeMember",
     Audience::kAccount, remove_member},
    {"GET", "/organisations/{organisation}/teams", "listTeams", Audience::kAccount, list_teams},
    {"POST", "/organisations/{organisation}/teams", "createTeam", Audience::kAccount, create_team},
    {"DELETE", "/organisations/{organisation}/teams/{team}", "deleteTeam", Audience::kAccount,
     delete_team},
    {"GET", "/organisations/{organisation}/teams/{team}/members", "listTeamMembers",
     Audience::kAccount, list_team_members},
    {"PUT", kTeamMember, "addTeamMember", Audience::kAccount, add_team_member},
    {"DELETE", kTeamMember, "removeTeamMember", Audience::kAccount, remove_team_member},
}};

}  // namespace

std::span<const ApiRoute> organisation_routes() {
  return kOrganisationRoutes;
}

}  // namespace estiba::registry::web
