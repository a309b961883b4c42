// What networks are on the host: bridges, pairs of interfaces, rules and names.
#pragma once

#include <string>
#include <vector>

#include "run/netlink.h"
#include "run/network_store.h"
#include "run/port_mapping.h"

namespace estiba::run {

// One container's place in one network.
struct NetworkMembership {
  std::string container_id{};
  std::string container_name{};
  NetworkDefinition network{};
  std::string interface {};  // in the container: "eth0"
  std::string address{};
  std::string address6{};  // empty where the network has no IPv6
  std::string hardware_address{};
  std::vector<std::string> aliases{};
  int gateway_priority = 0;
  std::vector<PortMapping> ports{};  // with the host's ports chosen
};

// The host's end of the interface of whoever has that address. It is there as long as the
// container's network namespace, which may be longer than its membership: nobody else is given the
// address until then.
[[nodiscard]] std::string host_interface_of(const std::string& address);

// The one an interface has unless another was asked for.
[[nodiscard]] std::string usual_hardware_address(const std::string& address);

// Makes the bridge where there is none, and the container's interface. Throws kUnsupported when the
// kernel lacks what that needs, and says what. The namespace is named by a file.
void attach_interface(const NetworkMembership& membership, const std::string& network_namespace);
// Leads the container outside by that network; of IPv6, too, where that has it. What led it before
// is replaced.
void lead_outside(const NetworkMembership& membership, const std::string& network_namespace);
// Takes the container's interface from it while it runs.
void detach_interface(const NetworkMembership& membership);
// After the last member of a network has left. The bridge of the default network stays.
void remove_bridge(const NetworkDefinition& network);

// Where everything is kept that lives no longer than the host runs.
[[nodiscard]] std::string network_state_directory();

}  // namespace estiba::run
