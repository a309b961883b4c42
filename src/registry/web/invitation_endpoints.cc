// Invitations to sign up.
#include "registry/invitations.h"

#include <array>

#include "registry/web/api.h"

namespace estiba::registry::web {
namespace {

Json invitation_json(const Invitation& invitation) {
  return {{"id", invitation.id},
          {"email", invitation.email},
          {"created_by", invitation.created_by},
          {"created_at", time_json(invitation.created_at)},
          {"expires_at", time_json(invitation.expires_at)}};
}

http::Response answer_invitations(ApiCall& call) {
  const PageRequest page = read_page(call);
  const auto found = list_invitations(call.web.metadata, page.number(), page.limit + 1);
  return answer_json(page_of(found, page, invitation_json, [](const Invitation& invitation) {
    return std::to_string(invitation.id);
  }));
}

http::Response create_invitation(ApiCall& call) {
  Body body(call);
  InvitationRequest request;
  request.email = body.optional_text("email").value_or("");
  request.expires_at = body.optional_time("expires_at");
  body.done();
  request.created_by = call.account().name;
  const MadeInvitation made = make_invitation(call.web.metadata, request);
  call.target = std::to_string(made.invitation.id);
  call.detail = made.invitation.email;
  // After "#" browsers keep it to themselves: no log and no Referer has it.
  const std::string base = call.services.authentication.base_url(call.request);
  return answer_json({{"invitation", invitation_json(made.invitation)},
                      {"secret", made.secret},
                      {"url", base + "/sign-up#" + made.secret}},
                     201);
}

http::Response withdraw_invitation(ApiCall& call) {
  if (!revoke_invitation(call.web.metadata, call.id_part())) refuse_unseen();
  return answer_nothing();
}

constexpr std::array<ApiRoute, 3> kInvitationRoutes = {{
    {"GET", "/admin/invitations", "listInvitations", Audience::kAdministrator, answer_invitations},
    {"POST", "/admin/invitations", "createInvitation", Audience::kAdministrator, create_invitation},
    {"DELETE", "/admin/invitations/{id}", "revokeInvitation", Audience::kAdministrator,
     withdraw_invitation},
}};

}  // namespace

std::span<const ApiRoute> invitation_routes() {
  return kInvitationRoutes;
}

}  // namespace estiba::registry::web
