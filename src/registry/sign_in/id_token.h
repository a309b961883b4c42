// What an identity provider's token says of somebody (OpenID Connect Core 1.0, 3.1.3.7).
// For .cc files only: it includes the JSON library.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace estiba::registry {

struct IdTokenExpectation {
  std::string issuer;
  std::string audience;  // our name at the provider
  std::string nonce;
};

// The claims of a token whose signature was verified. kUnauthenticated unless the token was made by
// this issuer, for us, for this very sign-in, and is in force now, give or take kClockSkew.
[[nodiscard]] nlohmann::json check_id_token(const std::string& payload,
                                            const IdTokenExpectation& expected);

// A member that is a text; empty otherwise.
[[nodiscard]] std::string text_claim(const nlohmann::json& claims, const char* name);
// The address, when the provider says that it has verified it.
[[nodiscard]] std::string verified_email(const nlohmann::json& claims);

}  // namespace estiba::registry
