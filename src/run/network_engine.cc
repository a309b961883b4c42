#include "run/network_engine.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "fs/user_namespace.h"
#include "run/ipv4.h"
#include "run/ipv6.h"
#include "run/limits.h"
#include "run/links.h"

namespace estiba::run {
namespace {

// Containers reach the world through the host.
void switch_on(const std::string& setting) {
  const std::string path = "/proc/sys/net/" + setting;
  if (trim(read_file(path, kMaxHostFileBytes)) == "1") return;
  const UniqueFd file = open_file(path, O_WRONLY);
  write_all(file.get(), "1", path);
}

unsigned prefix_of(const NetworkDefinition& network) {
  return parse_subnet(network.subnet)->prefix;
}

void prepare_bridge(NetlinkSocket& host, const NetworkDefinition& network) {
  BridgeLink bridge{.name = network.interface,
                    .hardware_address = usual_hardware_address(network.gateway),
                    .addresses = {{network.gateway, prefix_of(network)}}};
  const bool has_ipv6 = !network.subnet6.empty();
  if (has_ipv6) {
    bridge.addresses.push_back({network.gateway6, parse_subnet6(network.subnet6)->prefix});
  }
  if (!ensure_bridge(host, bridge)) return;
  // A port that is published on 127.0.0.1 leads from there into the bridge.
  switch_on(fmt::format("ipv4/conf/{}/route_localnet", network.interface));
  if (network.internal) return;
  switch_on("ipv4/ip_forward");
  if (has_ipv6) switch_on("ipv6/conf/all/forwarding");
}

}  // namespace

std::string network_state_directory() {
  return fs::runtime_directory() + "/networks";
}

std::string host_interface_of(const std::string& address) {
  return fmt::format("esv{:08x}", parse_ipv4(address).value_or(0));
}

std::string usual_hardware_address(const std::string& address) {
  const std::uint32_t number = parse_ipv4(address).value_or(0);
  return fmt::format("02:e5:{:02x}:{:02x}:{:02x}:{:02x}", number >> 24, (number >> 16) & 255,
                     (number >> 8) & 255, number & 255);
}

void attach_interface(const NetworkMembership& membership, const std::string& network_namespace) {
  const NetworkDefinition& network = membership.network;
  NetlinkSocket host = NetlinkSocket::open();
  NetlinkSocket container = NetlinkSocket::open_in(network_namespace);
  prepare_bridge(host, network);
  ContainerLink link{.bridge = network.interface,
                     .host_name = host_interface_of(membership.address),
                     .name = membership.interface,
                     .hardware_address = membership.hardware_address,
                     .addresses = {{membership.address, prefix_of(network)}}};
  if (!membership.address6.empty()) {
    link.addresses.push_back({membership.address6, parse_subnet6(network.subnet6)->prefix});
  }
  remove_link(host, link.host_name);
  connect_container(host, container, network_namespace, link);
}

void lead_outside(const NetworkMembership& membership, const std::string& network_namespace) {
  NetlinkSocket container = NetlinkSocket::open_in(network_namespace);
  set_default_route(container, membership.interface, membership.network.gateway);
  if (membership.address6.empty()) return;
  set_default_route(container, membership.interface, membership.network.gateway6);
}

void detach_interface(const NetworkMembership& membership) {
  NetlinkSocket host = NetlinkSocket::open();
  remove_link(host, host_interface_of(membership.address));
}

void remove_bridge(const NetworkDefinition& network) {
  if (network.name == kDefaultNetwork) return;
  NetlinkSocket host = NetlinkSocket::open();
  remove_link(host, network.interface);
}

}  // namespace estiba::run
