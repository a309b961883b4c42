// A container's place in its networks, as ps, port and inspect show it.
#pragma once

#include <string>
#include <vector>

#include "run/containers.h"

namespace estiba::cli {

// Those of a container that runs; else what it would have.
[[nodiscard]] std::vector<run::PortMapping> published_ports(const run::Container& container);
// "0.0.0.0:8080->80/tcp, 443/tcp"; nothing unless it runs.
[[nodiscard]] std::string ports_text(const run::Container& container);
// "bridge,team": those it is in, or docker's mode.
[[nodiscard]] std::string networks_text(const run::Container& container);
// docker's NetworkSettings, as JSON.
[[nodiscard]] std::string network_settings(const run::Container& container);

// "0.0.0.0:8080", and "[::]:8080" where the host has IPv6 and no address was chosen.
[[nodiscard]] std::vector<std::string> host_sides(const run::PortMapping& port);

}  // namespace estiba::cli
