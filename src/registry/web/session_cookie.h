// The cookie of a session, and what keeps other sites from using it.
#pragma once

#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"

namespace estiba::registry::web {

// Of the cookie; empty without one.
[[nodiscard]] std::string session_secret(const http::Request& request);
// HttpOnly, SameSite=Lax (a link from elsewhere finds one signed in, a form from elsewhere does
// not), Secure over TLS. An empty secret takes it away.
void set_session_cookie(const http::Request& request, bool secure, std::string_view secret,
                        http::Response& response);
// The same of the cookie that a browser has while it is at a provider to sign in.
[[nodiscard]] std::string sign_in_secret(const http::Request& request);
void set_sign_in_cookie(const http::Request& request, bool secure, std::string_view secret,
                        http::Response& response);
// The same of the cookie by which a browser is known again.
[[nodiscard]] std::string device_secret(const http::Request& request);
void set_device_cookie(const http::Request& request, bool secure, std::string_view secret,
                       http::Response& response);
// 403 unless X-CSRF-Token is the session's.
void check_csrf(const http::Request& request, const std::string& secret);
// 403 for what a browser sends in the name of another site, signed in or not: signing somebody in
// as somebody else is an attack, too.
void check_same_site(const http::Request& request);

}  // namespace estiba::registry::web
