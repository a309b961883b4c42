// The registry that login and logout are about.
#pragma once

#include <string>

namespace estiba::cli {

// "registry.example.com:5000" of that, or of a URL; docker.io when empty. Throws kInvalidArgument.
[[nodiscard]] std::string registry_name(const std::string& server);

}  // namespace estiba::cli
