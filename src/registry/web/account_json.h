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
[[nodiscard]] http::Response begin_page_session(ApiCall& call, const Account& account, int status);
// 400 for one that is too short.
void check_new_password(const std::string& password);

}  // namespace estiba::registry::web
