// Signing in elsewhere: the way there and back, and the identities of an account.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "http/target.h"
#include "registry/api_error.h"
#include "registry/secret.h"
#include "registry/sign_in/sign_in_providers.h"
#include "registry/web/account_json.h"
#include "registry/web/api.h"
#include "registry/web/session_cookie.h"

namespace estiba::registry::web {
namespace {

const ProviderSettings& provider_part(const ApiCall& call) {
  const ProviderSettings* provider = call.web.providers.find(call.part("provider"));
  if (provider == nullptr) refuse_unseen();
  return *provider;
}

// A path of the pages and nothing that a browser would take for another site's.
std::string safe_return(const std::string& path) {
  const bool own = path.starts_with('/') && !path.starts_with("//") &&
                   path.size() <= kMaxReturnPathBytes && !path.starts_with("/api/") &&
                   std::all_of(path.begin(), path.end(),
                               [](unsigned char c) { return c > ' ' && c < 0x7f && c != '\\'; });
  return own ? path : "/";
}

http::Response redirect_to(const std::string& location) {
  http::Response response = empty_response(302);
  response.headers.set("Location", location);
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
  return response;
}

// Back to the page, which has a sentence for each reason; ours is for the log.
http::Response turn_away(ApiCall& call, const std::string& reason, const Error& error) {
  call.web.logger.warning("sign-in at " + call.part("provider") + ": " + error.what());
  call.detail = reason;
  call.audit_status = 403;
  http::Query query;
  query.add("error", reason);
  return redirect_to("/sign-in?" + query.to_string());
}

// Runs a step of a sign-in; what goes wrong at the provider becomes a page's sentence.
template <typename Step>
http::Response at_provider(ApiCall& call, Step&& step) {
  try {
    return step();
  } catch (const NotAdmitted& error) {
    return turn_away(call, error.reason(), error);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnavailable) return turn_away(call, "unavailable", error);
    if (error.code() == ErrorCode::kUnauthenticated) return turn_away(call, "refused", error);
    if (error.code() == ErrorCode::kPermissionDenied) return turn_away(call, "not-allowed", error);
    throw;
  }
}

// Of who connects an identity: the page that has asked for it must be the one that comes back.
std::string connecting_binding(const std::string& session) {
  return "connect:" + session;
}

http::Response start_external_sign_in(ApiCall& call) {
  const ProviderSettings& provider = provider_part(call);
  const std::string return_to = safe_return(call.query("return_to"));
  std::string binding = sign_in_secret(call.request);  // another window's, perhaps
  if (binding.empty()) binding = make_secret("");
  return at_provider(call, [&] {
    http::Response response = redirect_to(call.web.providers.begin(provider, binding, return_to));
    set_sign_in_cookie(call.request, secure_cookies(call), binding, response);
    return response;
  });
}

http::Response connect_returned(ApiCall& call, const ExternalPerson& person,
                                const PendingSignIn& pending) {
  call.web.providers.identities().connect(call.account().id, person);
  return redirect_to(pending.return_to);
}

http::Response admit_returned(ApiCall& call, const ProviderSettings& provider,
                              const ExternalPerson& person, const PendingSignIn& pending) {
  const Account account = call.web.providers.identities().admit(person, provider);
  http::Response response = redirect_to(pending.return_to);
  set_sign_in_cookie(call.request, secure_cookies(call), "", response);
  (void)start_page_session(call, account, response);
  return response;
}

http::Response finish_external_sign_in(ApiCall& call) {
  const ProviderSettings& provider = provider_part(call);
  const SignInAnswer answer{call.query("state"), call.query("code"), call.query("iss"),
                            call.query("error")};
  call.target = provider.name;
  call.audit_status = 200;
  return at_provider(call, [&] {
    SignInProviders& providers = call.web.providers;
    auto pending = providers.returned(provider, answer.state, sign_in_secret(call.request));
    const bool connecting = !pending && call.session;
    if (connecting) {
      pending = providers.returned(provider, answer.state,
                                   connecting_binding(session_secret(call.request)));
    }
    if (!pending) throw NotAdmitted("expired", "this browser has begun no such sign-in");
    const ExternalPerson person = providers.identify(provider, *pending, answer);
    return connecting ? connect_returned(call, person, *pending)
                      : admit_returned(call, provider, person, *pending);
  });
}

http::Response list_identities(ApiCall& call) {
  const auto sources = call.web.providers.identities().sources(call.account().id);
  Json items = Json::array();
  for (const ProviderSettings& provider : call.web.providers.settings()) {
    const bool connected = std::find(sources.begin(), sources.end(), provider.url) != sources.end();
    items.push_back(
        {{"provider", provider.name}, {"title", provider.title}, {"connected", connected}});
  }
  return answer_json({{"items", std::move(items)}});
}

http::Response connect_identity(ApiCall& call) {
  Body body(call);
  const std::string password = body.text("password");
  const std::string return_to = safe_return(body.optional_text("return_to").value_or(""));
  body.done();
  const ProviderSettings& provider = provider_part(call);
  check_own_password(call, password);
  return answer_json(
      {{"url", call.web.providers.begin(provider, connecting_binding(session_secret(call.request)),
                                        return_to)}});
}

http::Response disconnect_identity(ApiCall& call) {
  const ProviderSettings& provider = provider_part(call);
  if (!call.web.providers.identities().disconnect(call.account().id, provider.url)) {
    refuse_unseen();
  }
  return answer_nothing();
}

constexpr std::array<ApiRoute, 5> kExternalRoutes = {{
    {"GET", "/session/external/{provider}", "startExternalSignIn", Audience::kAnybody,
     start_external_sign_in},
    {"GET", "/session/external/{provider}/callback", "finishExternalSignIn", Audience::kOptional,
     finish_external_sign_in},
    {"GET", "/account/identities", "listIdentities", Audience::kSession, list_identities},
    {"POST", "/account/identities/{provider}", "connectIdentity", Audience::kSession,
     connect_identity},
    {"DELETE", "/account/identities/{provider}", "disconnectIdentity", Audience::kSession,
     disconnect_identity},
}};

}  // namespace

std::span<const ApiRoute> external_routes() {
  return kExternalRoutes;
}

}  // namespace estiba::registry::web
