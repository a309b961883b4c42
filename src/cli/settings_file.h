// The configuration file (TOML).
//
//   [registry."registry.example.com:5000"]
//   plain-http = true            # loopback needs no permission
//   verify-tls = false
//   mirrors = ["https://mirror.example.com"]
#pragma once

#include <string>

#include "client/settings.h"

namespace estiba::cli {

// /etc/estiba/config.toml, then ~/.config/estiba/config.toml over it; only `file` when it is given.
// Files that are not there are empty. Throws kInvalidArgument naming file and line; an unknown key
// is an error, since it is a mistyped one.
[[nodiscard]] client::Settings read_settings(const std::string& file);

}  // namespace estiba::cli
