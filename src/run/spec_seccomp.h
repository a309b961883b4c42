// "linux.seccomp", our default profile or a given one; for .cc files only: it shows JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>

namespace estiba::run {

// The default profile for a container with these capabilities.
[[nodiscard]] nlohmann::json default_seccomp_json(const std::set<std::string>& capabilities);

// docker's profile format: rules that ask for capabilities, architectures or kernels are chosen for
// this container and host, and dropped otherwise. Throws kInvalidArgument for what is none.
[[nodiscard]] nlohmann::json custom_seccomp_json(std::string_view profile,
                                                 const std::set<std::string>& capabilities);

}  // namespace estiba::run
