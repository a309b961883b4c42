// Bridges, and pairs of interfaces between the host and a container.
#pragma once

#include <string>
#include <vector>

#include "run/netlink.h"

namespace estiba::run {

// An address with the length of its network's prefix: 10.91.0.1/16, fd00::1/64.
struct LinkAddress {
  std::string address{};
  unsigned prefix = 0;
};

struct BridgeLink {
  std::string name{};
  std::string hardware_address{};  // "02:e5:0a:5b:00:01"
  std::vector<LinkAddress> addresses{};
};

struct ContainerLink {
  std::string bridge{};
  std::string host_name{};  // of the host's end
  std::string name{};       // of the container's end: "eth0"
  std::string hardware_address{};
  std::vector<LinkAddress> addresses{};
};

// All of these throw kUnsupported when the kernel has no such interfaces, kIo otherwise.

// Nothing happens when it is there; true when it was made.
bool ensure_bridge(NetlinkSocket& host, const BridgeLink& bridge);
// The pair, up, with its addresses, and the container's loopback.
void connect_container(NetlinkSocket& host, NetlinkSocket& container,
                       const std::string& container_namespace, const ContainerLink& link);
// In the container: what is not for a network of its own goes to that gateway.
void set_default_route(NetlinkSocket& container, const std::string& interface,
                       const std::string& gateway);
// With its other end. Nothing happens when it is not there.
void remove_link(NetlinkSocket& host, const std::string& name);

}  // namespace estiba::run
