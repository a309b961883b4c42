// Signing in and out, and making an account.
#include <array>

#include "base/error.h"
#include "registry/invitations.h"
#include "registry/profiles.h"
#include "registry/second_factor.h"
#include "registry/web/account_json.h"
#include "registry/web/api.h"
#include "registry/web/session_cookie.h"

namespace estiba::registry::web {
namespace {

Json no_session_json() {
  return {
      {"signed_in", false}, {"account", nullptr}, {"csrf_token", nullptr}, {"expires_at", nullptr}};
}

Json session_json(ApiCall& call, const SignedIn& session, const std::string& secret) {
  return {{"signed_in", true},
          {"account", account_json(read_profile(call.web.metadata, session.account.id))},
          {"csrf_token", csrf_token(secret)},
          {"expires_at", time_json(session.expires_at)}};
}

http::Response get_session(ApiCall& call) {
  if (!call.session) return answer_json(no_session_json());
  return answer_json(session_json(call, *call.session, session_secret(call.request)));
}

void check_second_factor(ApiCall& call, const Login& login,
                         const std::optional<std::string>& code) {
  if (!login.second_factor) return;
  if (!code || code->empty()) {
    throw Problem(401, "second-factor-required", "the code of your authenticator is needed, too");
  }
  if (!is_right_code(call, login.account, *code)) {
    throw Problem(401, "second-factor-required", "the code is wrong");
  }
}

http::Response sign_in(ApiCall& call) {
  Body body(call);
  const BasicCredentials credentials{body.text("username"), body.text("password"),
                                     device_secret(call.request)};
  const auto code = body.optional_text("code");
  body.done();
  call.target = credentials.name;
  const Login login = call.services.authentication.check_page_password(credentials, call.request);
  if (login.account.kind != AccountKind::kUser)
    throw Problem(401, "unauthenticated", "robots use tokens");
  check_second_factor(call, login, code);
  return begin_page_session(call, login.account, 200);
}

http::Response sign_out(ApiCall& call) {
  (void)call.web.sessions.end(call.account().id, call.session->id);
  http::Response response = answer_nothing();
  set_session_cookie(call.request, secure_cookies(call), "", response);
  return response;
}

NewAccount read_new_account(Body& body) {
  NewAccount asked;
  asked.name = body.text("username");
  asked.password = body.text("password");
  asked.email = body.optional_text("email").value_or("");
  return asked;
}

void check_new_account(const NewAccount& asked) {
  check_new_password(*asked.password);
  check_profile({{}, asked.email, {}});
}

[[noreturn]] void refuse_invitation(ApiCall& call, const std::string& kind, const char* message) {
  call.services.authentication.note_failure(kind, call.request);
  throw Problem(403, "forbidden", message, {{"invitation", message}});
}

http::Response set_up(ApiCall& call) {
  Body body(call);
  const std::string token = body.text("token");
  NewAccount asked = read_new_account(body);
  body.done();
  call.target = asked.name;
  asked.is_admin = true;
  check_new_account(asked);
  call.services.authentication.refuse_guessing("setup", call.request);
  if (!needs_setup(call.web.metadata)) {
    throw Problem(409, "conflict", "the registry is set up already");
  }
  constexpr const char* kRefusal = "the link is not the one that the registry printed last";
  if (!find_invitation(call.web.metadata, InvitationKind::kSetup, token)) {
    refuse_invitation(call, "setup", kRefusal);
  }
  const auto use_up = [&](sql::Connection& writer, NewAccount&) {
    if (!take_invitation(writer, InvitationKind::kSetup, token)) {
      throw Problem(403, "forbidden", kRefusal);
    }
  };
  return begin_page_session(call, call.web.accounts.add(std::move(asked), use_up), 201);
}

// Names that are taken tell who has an account: only who could make one may learn it, and not of
// many names at once.
void check_name_is_free(ApiCall& call, const std::string& name) {
  call.services.authentication.refuse_guessing("sign-up", call.request);
  if (is_valid_account_name(name) && !call.web.accounts.find(name)) return;
  call.services.authentication.note_failure("sign-up", call.request);
  throw Problem(409, "exists", "the name is taken or cannot be",
                {{"username", "is taken or cannot be"}});
}

http::Response sign_up(ApiCall& call) {
  Body body(call);
  NewAccount asked = read_new_account(body);
  const std::string secret = body.optional_text("invitation").value_or("");
  body.done();
  call.target = asked.name;
  check_new_account(asked);
  const SignUp mode = call.web.options.sign_up;
  if (mode == SignUp::kClosed) throw Problem(403, "forbidden", "sign-up is closed");
  // The first account is the administrator's, by the link that the registry has printed.
  if (needs_setup(call.web.metadata)) {
    throw Problem(409, "conflict", "the registry is not set up yet");
  }
  const bool by_invitation = mode == SignUp::kInvitation;
  constexpr const char* kRefusal = "the invitation is unknown, used or too old";
  if (by_invitation) {
    call.services.authentication.refuse_guessing("invitation", call.request);
    if (!find_invitation(call.web.metadata, InvitationKind::kSignUp, secret)) {
      refuse_invitation(call, "invitation", kRefusal);
    }
  }
  check_name_is_free(call, asked.name);
  const auto use_up = [&](sql::Connection& writer, NewAccount& account) {
    if (!by_invitation) return;
    const auto invitation = take_invitation(writer, InvitationKind::kSignUp, secret);
    if (!invitation) throw Problem(403, "forbidden", kRefusal, {{"invitation", kRefusal}});
    if (account.email.empty()) account.email = invitation->email;
  };
  return begin_page_session(call, call.web.accounts.add(std::move(asked), use_up), 201);
}

constexpr std::array<ApiRoute, 5> kSessionRoutes = {{
    {"POST", "/setup", "setUp", Audience::kAnybody, set_up},
    {"GET", "/session", "getSession", Audience::kOptional, get_session},
    {"POST", "/session", "signIn", Audience::kAnybody, sign_in},
    {"DELETE", "/session", "signOut", Audience::kSession, sign_out},
    {"POST", "/sign-up", "signUp", Audience::kAnybody, sign_up},
}};

}  // namespace

bool is_right_code(ApiCall& call, const Account& account, const std::string& code) {
  Authentication& authentication = call.services.authentication;
  authentication.refuse_code_guessing(account.name, call.request);
  if (verify_second_factor(call.web.metadata, account.id, code)) return true;
  authentication.note_wrong_code(account.name, call.request);
  return false;
}

bool secure_cookies(const ApiCall& call) {
  return call.web.options.public_url.starts_with("https://");
}

std::string start_page_session(ApiCall& call, const Account& account, http::Response& response) {
  // A new secret at every sign-in: one that somebody planted before is worth nothing.
  if (const auto old =
          call.web.sessions.find(session_secret(call.request), peer_host(call.request))) {
    (void)call.web.sessions.end(old->account.id, old->id);
  }
  std::string secret = call.web.sessions.begin(
      account.id, peer_host(call.request), std::string(call.request.headers().get("user-agent")));
  call.actor = account.name;
  response.headers.set("Cache-Control", "no-store");
  set_session_cookie(call.request, secure_cookies(call), secret, response);
  const Authentication& authentication = call.services.authentication;
  if (!authentication.knows_device(account.name, device_secret(call.request))) {
    set_device_cookie(call.request, secure_cookies(call), authentication.device_token(account.name),
                      response);
  }
  return secret;
}

http::Response begin_page_session(ApiCall& call, const Account& account, int status) {
  http::Response cookie;
  const std::string secret = start_page_session(call, account, cookie);
  http::Response response = answer_json(
      session_json(call, *call.web.sessions.find(secret, peer_host(call.request)), secret), status);
  for (const auto& [name, value] : cookie.headers) response.headers.add(name, value);
  return response;
}

void check_new_password(const std::string& password) {
  if (password.size() >= kMinPasswordBytes && password.size() <= kMaxPasswordBytes) return;
  throw Problem(400, "invalid",
                "a password has at least " + std::to_string(kMinPasswordBytes) + " characters",
                {{"password", "is too short or too long"}});
}

std::span<const ApiRoute> session_routes() {
  return kSessionRoutes;
}

}  // namespace estiba::registry::web
