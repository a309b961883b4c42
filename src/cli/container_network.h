// A container's place in its networks, as ps, port and inspect show it.
#pragma once

#include <string>

#include "run/containers.h"

namespace estiba::cli {

// Those of a container that runs; else what it would have.
[[nodiscard]] std::vector<run::PortMapping> published_ports(const run::Container& container);
// "0.0.0.0:8080->80/tcp, 443/tcp"; nothing unless it runs.
[[nodiscard]] std::string ports_text(const run::Container& container);
// docker's NetworkSettings, as JSON.
[[nodiscard]] std::string network_settings(const run::Container& container);

// "0.0.0.0:8080".
[[nodiscard]] std::string host_side(const run::PortMapping& port);

}  // namespace estiba::cli
