// A hardware address is made of the IPv4 address (network_engine.h), so that who had talked to the
// last holder of an address finds the next one without asking anew. Interfaces without an IPv6
// address get no link-local one either: nobody is there to hear its announcements.
#include "run/links.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/ether.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/error.h"
#include "base/fd.h"

namespace estiba::run {
namespace {

constexpr std::uint16_t kMake = NLM_F_CREATE | NLM_F_EXCL;
constexpr std::uint8_t kNoLinkLocalAddress = 1;  // IN6_ADDR_GEN_MODE_NONE

struct RawAddress {
  std::uint8_t family = AF_INET;
  std::vector<std::uint8_t> bytes;
};

RawAddress raw_address(const std::string& text) {
  std::array<std::uint8_t, 16> bytes = {};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return {AF_INET, {bytes.begin(), bytes.begin() + 4}};
  }
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    return {AF_INET6, {bytes.begin(), bytes.end()}};
  }
  throw Error(ErrorCode::kInternal, fmt::format("\"{}\" is no address", text));
}

void check_answer(int reason, const std::string& what) {
  if (reason == 0) return;
  if (reason == EOPNOTSUPP) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("cannot {}: the kernel lacks bridges or veth interfaces", what),
                "--network host works without");
  }
  throw_errno(reason, what);
}

bool lists_ipv6(const std::vector<LinkAddress>& addresses) {
  return std::ranges::any_of(addresses, [](const LinkAddress& address) {
    return address.address.find(':') != std::string::npos;
  });
}

bool kernel_has_ipv6() {
  return path_exists("/proc/net/if_inet6");
}

// The attributes that both kinds of interface share.
void describe(NetlinkMessage& message, const std::string& name,
              const std::string& hardware_address) {
  message.text(IFLA_IFNAME, name);
  ether_addr hardware = {};
  if (::ether_aton_r(hardware_address.c_str(), &hardware) == nullptr) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is no hardware address", hardware_address));
  }
  message.bytes(IFLA_ADDRESS, hardware.ether_addr_octet);
}

void add_address(NetlinkSocket& socket, int index, const LinkAddress& address) {
  const RawAddress raw = raw_address(address.address);
  const ifaddrmsg header = {.ifa_family = raw.family,
                            .ifa_prefixlen = static_cast<std::uint8_t>(address.prefix),
                            // Nobody else is given it: no second of waiting for an objection.
                            .ifa_flags = IFA_F_NODAD,
                            .ifa_scope = 0,
                            .ifa_index = static_cast<std::uint32_t>(index)};
  NetlinkMessage message(RTM_NEWADDR, kMake);
  message.header(header).bytes(IFA_LOCAL, raw.bytes).bytes(IFA_ADDRESS, raw.bytes);
  check_answer(socket.request(message), fmt::format("give the address {}", address.address));
}

// Without a link-local address. Where the kernel cannot leave it out, it does no harm.
void leave_out_ipv6(NetlinkSocket& socket, int index) {
  if (!kernel_has_ipv6()) return;
  ifinfomsg header = {};
  header.ifi_index = index;
  NetlinkMessage message(RTM_SETLINK, 0);
  message.header(header);
  const std::size_t families = message.open(IFLA_AF_SPEC);
  const std::size_t ipv6 = message.open(AF_INET6);
  message.small_number(IFLA_INET6_ADDR_GEN_MODE, kNoLinkLocalAddress);
  message.close(ipv6);
  message.close(families);
  (void)socket.request(message);
}

void bring_up(NetlinkSocket& socket, int index) {
  ifinfomsg header = {};
  header.ifi_index = index;
  header.ifi_flags = header.ifi_change = IFF_UP;
  NetlinkMessage message(RTM_NEWLINK, 0);
  message.header(header);
  check_answer(socket.request(message), "bring an interface up");
}

void replace_default_route(NetlinkSocket& socket, int index, const std::string& gateway) {
  const RawAddress raw = raw_address(gateway);
  rtmsg header = {};
  header.rtm_family = raw.family;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  NetlinkMessage message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
  message.header(header)
      .bytes(RTA_GATEWAY, raw.bytes)
      .number(RTA_OIF, static_cast<std::uint32_t>(index));
  check_answer(socket.request(message), fmt::format("add the route by {}", gateway));
}

// What a container sends to a port of the host that leads back to it leaves by where it came in.
void let_packets_return(NetlinkSocket& host, int index) {
  ifinfomsg header = {};
  header.ifi_family = AF_BRIDGE;
  header.ifi_index = index;
  NetlinkMessage message(RTM_SETLINK, 0);
  message.header(header);
  const std::size_t port = message.open(IFLA_PROTINFO | NLA_F_NESTED);
  message.small_number(IFLA_BRPORT_MODE, 1);
  message.close(port);
  check_answer(host.request(message), "set up a port of a bridge");
}

void make_pair(NetlinkSocket& host, const std::string& container_namespace,
               const ContainerLink& link) {
  const UniqueFd destination = open_file(container_namespace, O_RDONLY);
  NetlinkMessage message(RTM_NEWLINK, kMake);
  message.header(ifinfomsg{}).text(IFLA_IFNAME, link.host_name);
  message.number(IFLA_MASTER, static_cast<std::uint32_t>(host.index_of(link.bridge)));
  const std::size_t kind = message.open(IFLA_LINKINFO);
  message.text(IFLA_INFO_KIND, "veth");
  const std::size_t data = message.open(IFLA_INFO_DATA);
  const std::size_t peer = message.open(VETH_INFO_PEER);
  message.header(ifinfomsg{});
  describe(message, link.name, link.hardware_address);
  message.number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(destination.get()));
  message.close(peer);
  message.close(data);
  message.close(kind);
  check_answer(host.request(message), fmt::format("make the interface {}", link.host_name));
  const int index = host.index_of(link.host_name);
  leave_out_ipv6(host, index);
  let_packets_return(host, index);
  bring_up(host, index);
}

}  // namespace

bool ensure_bridge(NetlinkSocket& host, const BridgeLink& bridge) {
  if (host.index_of(bridge.name) != 0) return false;
  if (lists_ipv6(bridge.addresses) && !kernel_has_ipv6()) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("cannot make the bridge {}: the kernel has no IPv6", bridge.name),
                "make the network without --ipv6");
  }
  NetlinkMessage message(RTM_NEWLINK, kMake);
  message.header(ifinfomsg{});
  describe(message, bridge.name, bridge.hardware_address);
  const std::size_t kind = message.open(IFLA_LINKINFO);
  message.text(IFLA_INFO_KIND, "bridge");
  message.close(kind);
  check_answer(host.request(message), fmt::format("make the bridge {}", bridge.name));
  const int index = host.index_of(bridge.name);
  if (!lists_ipv6(bridge.addresses)) leave_out_ipv6(host, index);
  for (const LinkAddress& address : bridge.addresses) add_address(host, index, address);
  bring_up(host, index);
  return true;
}

void connect_container(NetlinkSocket& host, NetlinkSocket& container,
                       const std::string& container_namespace, const ContainerLink& link) {
  make_pair(host, container_namespace, link);
  bring_up(container, container.index_of("lo"));
  const int index = container.index_of(link.name);
  if (!lists_ipv6(link.addresses)) leave_out_ipv6(container, index);
  for (const LinkAddress& address : link.addresses) add_address(container, index, address);
  bring_up(container, index);
}

void set_default_route(NetlinkSocket& container, const std::string& interface,
                       const std::string& gateway) {
  replace_default_route(container, container.index_of(interface), gateway);
}

void remove_link(NetlinkSocket& host, const std::string& name) {
  const int index = host.index_of(name);
  if (index == 0) return;
  ifinfomsg header = {};
  header.ifi_index = index;
  NetlinkMessage message(RTM_DELLINK, 0);
  message.header(header);
  const int reason = host.request(message);
  // Its other end went at the same moment.
  if (reason != ENODEV) check_answer(reason, fmt::format("remove the interface {}", name));
}

}  // namespace estiba::run
