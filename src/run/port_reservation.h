// Ports of the host, held so that nobody else is given them while a container has them.
#pragma once

#include <vector>

#include "base/fd.h"
#include "run/port_mapping.h"

namespace estiba::run {

// A socket that holds one port of one kind of address.
struct HeldPort {
  UniqueFd socket;
  std::uint16_t container_port = 0;
  bool is_listening = false;  // TCP: what is not led to the container by the kernel arrives here
};

// Chooses the ports that were left open and writes them into `mappings`. A mapping without an
// address holds its port for IPv4, and for IPv6 where the host has that. Throws kConflict: "Bind
// for 0.0.0.0:8080 failed: port is already allocated".
[[nodiscard]] std::vector<HeldPort> hold_ports(std::vector<PortMapping>& mappings);

}  // namespace estiba::run
