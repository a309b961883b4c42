// Whether a registry knows us.
#pragma once

#include <stop_token>
#include <string>

#include "client/credentials.h"
#include "client/settings.h"

namespace estiba::client {

// Shows the credential to the registry and returns what is to be kept of it: an identity token
// instead of the password where the registry gives one. kUnauthenticated when it is refused. A
// registry that asks nobody accepts everybody, as docker sees it.
[[nodiscard]] Credential login(const std::string& registry, const Credential& credential,
                               const Settings& settings, std::stop_token stop);

}  // namespace estiba::client
