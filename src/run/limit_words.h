// How the command line writes a container's hosts and limits: docker's --add-host and --ulimit.
#pragma once

#include <string_view>

#include "run/host_config.h"

namespace estiba::run {

// "name:address" or "name=address", the address in brackets or without; "host-gateway" is
// kept. Throws kInvalidArgument.
[[nodiscard]] ExtraHost parse_extra_host(std::string_view text);
// "nofile=1024:2048", "nproc=512", "core=-1" for no limit. Throws kInvalidArgument.
[[nodiscard]] ResourceBound parse_resource_bound(std::string_view text);

}  // namespace estiba::run
