// netavark, with aardvark-dns for names: the programs that make bridges, interfaces, rules and
// records on the host.
#pragma once

#include <string>
#include <vector>

#include "run/network_store.h"
#include "run/port_mapping.h"

namespace estiba::run {

// One container's place in one network.
struct NetworkMembership {
  std::string container_id;
  std::string container_name;
  NetworkDefinition network;
  std::string interface;  // in the container: "eth0"
  std::string address;
  std::vector<std::string> aliases;
  std::vector<PortMapping> ports;  // with the host's ports chosen
};

// Throws kUnsupported when the programs are missing or the kernel lacks what they need, and says
// what. The namespace is named by a file.
void join_network(const NetworkMembership& membership, const std::string& network_namespace);
// Takes away what joining made on the host. The namespace may be another, empty one: when the
// container's is gone, so are its interfaces.
void leave_network(const NetworkMembership& membership, const std::string& network_namespace);

// Where the engine and attachments.h keep what lives no longer than the host runs.
[[nodiscard]] std::string network_state_directory();

}  // namespace estiba::run
