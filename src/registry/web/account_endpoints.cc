// A person's own account: profile, password, second factor, tokens, sessions.
#include <array>

#include "base/error.h"
#include "registry/second_factor.h"
#include "registry/web/account_json.h"
#include "registry/web/api.h"
#include "registry/web/session_cookie.h"

namespace estiba::registry::web {
namespace {

void require_own(const ApiCall& call) {
  if (acts_for_account(call.principal())) return;
  throw Problem(403, "forbidden", "this token does not reach the account itself");
}

http::Response get_account(ApiCall& call) {
  require_own(call);
  return answer_json(account_json(read_profile(call.web.metadata, call.account().id)));
}

http::Response change_account(ApiCall& call) {
  require_own(call);
  Body body(call);
  const ProfileChange change{body.optional_text("display_name"), body.optional_text("email"),
                             body.optional_text("language")};
  body.done();
  check_unchanged(call, account_json(read_profile(call.web.metadata, call.account().id)));
  change_profile(call.web.metadata, call.account().id, change);
  return get_account(call);
}

http::Response change_password(ApiCall& call) {
  Body body(call);
  const std::string password = body.text("new_password");
  const auto current = body.optional_text("current_password");
  body.done();
  check_own_password(call, current.value_or(""));
  check_new_password(password);
  call.web.accounts.set_password(call.account().name, password);
  // All sessions ended with the old password: this page gets a new one.
  http::Response response = answer_nothing();
  (void)start_page_session(call, call.account(), response);
  return response;
}

http::Response begin_second_factor(ApiCall& call) {
  Body body(call);
  const std::string password = body.text("password");
  body.done();
  check_own_password(call, password);
  const std::string secret = start_second_factor(call.web.metadata, call.account().id);
  const std::string registry = registry_name(call);
  return answer_json(
      {{"secret", secret}, {"uri", second_factor_uri(registry, call.account().name, secret)}}, 201);
}

http::Response confirm_second_factor_setup(ApiCall& call) {
  Body body(call);
  const std::string code = body.text("code");
  body.done();
  Authentication& authentication = call.services.authentication;
  authentication.refuse_code_guessing(call.account().name, call.request);
  const auto codes = confirm_second_factor(call.web.metadata, call.account().id, code);
  if (codes.empty()) {
    authentication.note_wrong_code(call.account().name, call.request);
    throw Problem(400, "invalid", "the code is wrong", {{"code", "is wrong"}});
  }
  return answer_json({{"recovery_codes", codes}});
}

http::Response disable_second_factor(ApiCall& call) {
  Body body(call);
  const std::string password = body.text("password");
  const std::string code = body.text("code");
  body.done();
  check_own_password(call, password);
  if (!is_right_code(call, call.account(), code)) {
    throw Problem(403, "forbidden", "the code is wrong", {{"code", "is wrong"}});
  }
  remove_second_factor(call.web.metadata, call.account().id);
  return answer_nothing();
}

http::Response renew_codes(ApiCall& call) {
  Body body(call);
  const std::string password = body.text("password");
  body.done();
  check_own_password(call, password);
  return answer_json(
      {{"recovery_codes", renew_recovery_codes(call.web.metadata, call.account().id)}});
}

http::Response list_own_tokens(ApiCall& call) {
  require_own(call);
  return answer_tokens(call, call.account().id);
}

http::Response create_own_token(ApiCall& call) {
  Body body(call);
  const TokenRequest request = read_token_request(body, StoredTokenKind::kApplication);
  call.target = request.title;
  const auto made = call.web.tokens.make(call.account().id, request);
  return answer_json(new_token_json(call, call.account().name, made), 201);
}

http::Response revoke_own_token(ApiCall& call) {
  if (!call.web.tokens.revoke(call.account().id, call.id_part())) refuse_unseen();
  return answer_nothing();
}

http::Response create_encrypted_password(ApiCall& call) {
  Body body(call);
  const std::string password = body.text("password");
  const std::string title = body.optional_text("title").value_or("encrypted password");
  body.done();
  check_own_password(call, password);
  const auto made =
      call.web.tokens.make(call.account().id, {StoredTokenKind::kEncryptedPassword, title});
  return answer_json(new_token_json(call, call.account().name, made), 201);
}

http::Response list_sessions(ApiCall& call) {
  const PageRequest page = read_page(call);
  const auto sessions = call.web.sessions.list(call.account().id, page.number(), page.limit + 1);
  const auto describe = [&](const SessionRecord& session) -> Json {
    return {{"id", std::to_string(session.id)},
            {"current", session.id == call.session->id},
            {"created_at", time_json(session.created_at)},
            {"used_at", time_json(session.used_at)},
            {"expires_at", time_json(session.expires_at)},
            {"address", session.address},
            {"user_agent", session.user_agent}};
  };
  return answer_json(page_of(sessions, page, describe, [](const SessionRecord& session) {
    return std::to_string(session.id);
  }));
}

http::Response revoke_session(ApiCall& call) {
  if (!call.web.sessions.end(call.account().id, call.id_part())) refuse_unseen();
  return answer_nothing();
}

constexpr std::array<ApiRoute, 13> kAccountRoutes = {{
    {"GET", "/account", "getAccount", Audience::kAccount, get_account},
    {"PATCH", "/account", "changeAccount", Audience::kAccount, change_account},
    {"PUT", "/account/password", "changePassword", Audience::kSession, change_password},
    {"POST", "/account/second-factor", "beginSecondFactor", Audience::kSession,
     begin_second_factor},
    {"POST", "/account/second-factor/confirm", "confirmSecondFactor", Audience::kSession,
     confirm_second_factor_setup},
    {"POST", "/account/second-factor/disable", "disableSecondFactor", Audience::kSession,
     disable_second_factor},
    {"POST", "/account/recovery-codes", "renewRecoveryCodes", Audience::kSession, renew_codes},
    {"GET", "/account/tokens", "listTokens", Audience::kAccount, list_own_tokens},
    {"POST", "/account/tokens", "createToken", Audience::kSession, create_own_token},
    {"DELETE", "/account/tokens/{id}", "revokeToken", Audience::kSession, revoke_own_token},
    {"POST", "/account/encrypted-password", "createEncryptedPassword", Audience::kSession,
     create_encrypted_password},
    {"GET", "/account/sessions", "listSessions", Audience::kSession, list_sessions},
    {"DELETE", "/account/sessions/{id}", "revokeSession", Audience::kSession, revoke_session},
}};

}  // namespace

// Whoever finds an open page must not change what guards the account.
void check_own_password(ApiCall& call, const std::string& password) {
  if (!read_profile(call.web.metadata, call.account().id).has_password) {
    if (call.session->expires_at - kSessionLifetime + kFreshSession > now()) return;
    throw Problem(403, "forbidden", "you signed in a while ago; sign in again to do this");
  }
  try {
    (void)call.services.authentication.check_page_password(
        {call.account().name, password, device_secret(call.request)}, call.request);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnauthenticated) throw;
    throw Problem(403, "forbidden", "the password is wrong", {{"password", "is wrong"}});
  }
}

std::span<const ApiRoute> account_routes() {
  return kAccountRoutes;
}

}  // namespace estiba::registry::web
