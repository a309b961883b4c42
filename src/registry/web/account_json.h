// Accounts and their tokens as documents; for .cc files only: it includes the JSON library.
#pragma once

#include <string>

#include "registry/profiles.h"
#include "registry/tokens.h"
#include "registry/web/api.h"

namespace estiba::registry::web {

// As it stands in the names of images: host[:port].
[[nodiscard]] std::string registry_name(const ApiCall& call);
[[nodiscard]] Json account_json(const Profile& profile);
[[nodiscard]] Json token_json(const StoredToken& token);
// A token just made, with what to paste.
[[nodiscard]] Json new_token_json(const ApiCall& call, const std::string& username,
                                  const Tokens::Made& made);
// title, role, repositories and expires_at of a request.
[[nodiscard]] TokenRequest read_token_request(Body& body, StoredTokenKind kind);
[[nodiscard]] http::Response answer_tokens(ApiCall& call, std::int64_t account);

// Signs the account in: the answer has the cookie.
// A new session in the place of the browser's old one; its secret, which the response's cookie has.
std::string start_page_session(ApiCall& call, const Account& account, http::Response& response);
// The same, answered with what getSession would say.
[[nodiscard]] http::Response begin_page_session(ApiCall& call, const Account& account, int status);
// 400 for one that is too short.
// Whether clients reach us by TLS, though a proxy may end it.
[[nodiscard]] bool secure_cookies(const ApiCall& call);
// 403 unless it is the caller's; who has none must have signed in lately.
void check_own_password(ApiCall& call, const std::string& password);
// Of the account's second factor, and good once; 429 after too many that were wrong.
[[nodiscard]] bool is_right_code(ApiCall& call, const Account& account, const std::string& code);
void check_new_password(const std::string& password);

}  // namespace estiba::registry::web
