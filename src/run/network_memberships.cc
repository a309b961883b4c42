#include "run/network_memberships.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/fd.h"
#include "fs/tree.h"
#include "run/firewall.h"
#include "run/ipv4.h"
#include "run/ipv6.h"
#include "run/limits.h"
#include "run/name_server.h"
#include "run/network_json.h"
#include "run/replace_file.h"

namespace estiba::run {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NetworkMembership, container_id, container_name,
                                                network, interface, address, address6,
                                                hardware_address, aliases, gateway_priority, ports)

namespace {

using Json = nlohmann::json;

std::string container_directory(const std::string& container_id) {
  return fmt::format("{}/containers/{}", network_state_directory(), container_id);
}

std::vector<std::string> names_in(const std::string& path) {
  const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory ? fs::list_directory(directory.get()) : std::vector<std::string>();
}

// Written by us, in a directory of root's: what cannot be read is a file that was being written.
std::optional<Json> read_json(const std::string& path) {
  if (!path_exists(path)) return {};
  Json json = Json::parse(read_file(path, kMaxNetworkFileBytes), nullptr, false);
  if (json.is_discarded()) return {};
  return json;
}

bool owner_is_alive(const std::string& container_id) {
  const auto owner = read_json(container_directory(container_id) + "/owner");
  if (!owner) return false;
  const fs::ProcessIdentity identity{.pid = owner->at("pid"),
                                     .start_time_ticks = owner->at("start"),
                                     .boot_id = owner->at("boot")};
  return identity.is_alive();
}

void write_owner(const std::string& directory, const std::vector<PortMapping>& ports) {
  const fs::ProcessIdentity identity = fs::ProcessIdentity::current();
  const Json json = {{"pid", identity.pid},
                     {"start", identity.start_time_ticks},
                     {"boot", identity.boot_id},
                     {"ports", ports}};
  replace_file(directory + "/owner", json.dump(), directory);
}

// What begin() was told.
std::vector<PortMapping> ports_of(const std::string& container_id) {
  const auto owner = read_json(container_directory(container_id) + "/owner");
  if (!owner) return {};
  return owner->value("ports", std::vector<PortMapping>());
}

std::string membership_path(const std::string& container_id, const std::string& network_id) {
  return fmt::format("{}/{}.json", container_directory(container_id), network_id);
}

void write_membership(const NetworkMembership& membership) {
  replace_file(membership_path(membership.container_id, membership.network.id),
               Json(membership).dump(), container_directory(membership.container_id));
}

// By their interfaces' numbers.
std::vector<NetworkMembership> memberships_in(const std::string& directory) {
  std::vector<NetworkMembership> memberships;
  for (const std::string& name : names_in(directory)) {
    if (!name.ends_with(".json")) continue;
    if (const auto json = read_json(directory + "/" + name)) memberships.push_back(*json);
  }
  std::ranges::sort(memberships, {}, [](const NetworkMembership& membership) {
    return std::pair(membership.interface.size(), membership.interface);
  });
  return memberships;
}

// The one that leads anywhere, and of several the most wanted, else the first.
std::vector<NetworkMembership>::const_iterator way_outside(
    const std::vector<NetworkMembership>& members) {
  return std::ranges::max_element(members, {}, [](const NetworkMembership& member) {
    return std::pair(!member.network.internal, member.gateway_priority);
  });
}

[[noreturn]] void refuse_address(const JoinRequest& request, const std::string& address) {
  const bool is_ipv4 = address.find(':') == std::string::npos;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("the address {} is not in the subnet {} of the network {}", address,
                          is_ipv4 ? request.network.subnet : request.network.subnet6,
                          request.network.name));
}

std::string choose_address(const JoinRequest& request,
                           const std::vector<NetworkMembership>& members) {
  const NetworkDefinition& network = request.network;
  const auto subnet = parse_subnet(network.subnet);
  std::set<std::string> taken = {network.gateway};
  for (const NetworkMembership& member : members) taken.insert(member.address);
  const std::string& wanted = request.endpoint.address;
  if (!wanted.empty()) {
    const auto number = parse_ipv4(wanted);
    if (!number || !subnet->contains(*number)) refuse_address(request, wanted);
    if (taken.contains(wanted)) {
      throw Error(ErrorCode::kConflict, fmt::format("the address {} is already in use", wanted));
    }
    return wanted;
  }
  const NetlinkSocket host = NetlinkSocket::open();
  for (std::uint32_t address = subnet->base + 1; address < subnet->last(); ++address) {
    std::string text = format_ipv4(address);
    if (!taken.contains(text) && host.index_of(host_interface_of(text)) == 0) return text;
  }
  throw Error(ErrorCode::kResourceExhausted,
              fmt::format("the network {} has no address left", network.name));
}

// The one that was asked for, or the same number in its subnet as the other has in its own.
std::string choose_address6(const JoinRequest& request, const std::string& address) {
  const NetworkDefinition& network = request.network;
  const std::string& wanted = request.endpoint.address6;
  const auto subnet = parse_subnet6(network.subnet6);
  if (!wanted.empty()) {
    if (!subnet || !subnet->contains(wanted)) refuse_address(request, wanted);
    return wanted;
  }
  if (!subnet) return {};
  const std::uint32_t number = *parse_ipv4(address) - parse_subnet(network.subnet)->base;
  std::string chosen = subnet->address(number);
  if (chosen != network.gateway6) return chosen;
  // The gateway was put in our way: no container has the subnet's own number.
  return subnet->address(0x80000000u | number);
}

fs::FileLock host_lock() {
  make_directories(network_state_directory() + "/containers", 0700);
  return fs::FileLock::exclusive(network_state_directory() + "/lock");
}

}  // namespace

NetworkMemberships::NetworkMemberships() : lock_(host_lock()) {}

std::vector<NetworkMembership> NetworkMemberships::of_container(
    const std::string& container_id) const {
  return memberships_in(container_directory(container_id));
}

std::vector<NetworkMembership> NetworkMemberships::all() const {
  std::vector<NetworkMembership> members;
  for (const std::string& id : names_in(network_state_directory() + "/containers")) {
    for (NetworkMembership& membership : of_container(id)) members.push_back(std::move(membership));
  }
  return members;
}

std::vector<NetworkMembership> NetworkMemberships::in_network(const std::string& network_id) const {
  std::vector<NetworkMembership> members = all();
  std::erase_if(members,
                [&](const NetworkMembership& member) { return member.network.id != network_id; });
  return members;
}

void NetworkMemberships::publish(const std::vector<NetworkDefinition>& networks) const {
  const std::vector<NetworkMembership> members = all();
  write_firewall(members);
  for (const NetworkDefinition& network : networks) write_names(network, members);
}

void NetworkMemberships::begin(const std::string& container_id,
                               const std::vector<PortMapping>& ports) {
  const std::string directory = container_directory(container_id);
  make_directories(directory, 0700);
  write_owner(directory, ports);
}

NetworkMembership NetworkMemberships::join(const JoinRequest& request,
                                           const std::string& network_namespace) {
  std::set<std::string> interfaces;
  for (const NetworkMembership& other : of_container(request.container_id)) {
    interfaces.insert(other.interface);
    if (other.network.id == request.network.id) {
      throw Error(ErrorCode::kConflict,
                  fmt::format("endpoint with name {} already exists in network {}",
                              request.container_name, request.network.name));
    }
  }
  unsigned number = 0;
  while (interfaces.contains(fmt::format("eth{}", number))) ++number;
  const NetworkEndpoint& endpoint = request.endpoint;
  NetworkMembership membership{.container_id = request.container_id,
                               .container_name = request.container_name,
                               .network = request.network,
                               .interface = fmt::format("eth{}", number),
                               .address = choose_address(request, in_network(request.network.id)),
                               .hardware_address = endpoint.hardware_address,
                               .aliases = endpoint.aliases,
                               .gateway_priority = endpoint.gateway_priority};
  membership.aliases.push_back(request.container_id.substr(0, 12));
  membership.address6 = choose_address6(request, membership.address);
  if (membership.hardware_address.empty()) {
    membership.hardware_address = usual_hardware_address(membership.address);
  }
  write_membership(membership);
  attach_interface(membership, network_namespace);
  settle(request.container_id, network_namespace);
  return membership;
}

void NetworkMemberships::settle(const std::string& container_id,
                                const std::string& network_namespace) {
  std::vector<NetworkMembership> members = of_container(container_id);
  std::vector<NetworkDefinition> networks;
  const auto outward = way_outside(members);
  const std::vector<PortMapping> published = ports_of(container_id);
  for (auto member = members.begin(); member != members.end(); ++member) {
    networks.push_back(member->network);
    const std::vector<PortMapping> ports =
        member == outward ? published : std::vector<PortMapping>();
    if (member->ports == ports) continue;
    member->ports = ports;
    write_membership(*member);
  }
  publish(networks);
  if (outward != members.end() && !outward->network.internal) {
    lead_outside(*outward, network_namespace);
  }
}

void NetworkMemberships::leave(const std::string& container_id, const NetworkDefinition& network,
                               const std::string& network_namespace) {
  const std::vector<NetworkMembership> members = of_container(container_id);
  const auto left = std::ranges::find(
      members, network.id, [](const NetworkMembership& member) { return member.network.id; });
  if (left == members.end()) {
    throw Error(ErrorCode::kNotFound, fmt::format("container {} is not connected to network {}",
                                                  container_id, network.name));
  }
  ::unlink(membership_path(container_id, network.id).c_str());
  detach_interface(*left);
  settle(container_id, network_namespace);
  publish({network});
  if (in_network(network.id).empty()) remove_bridge(network);
}

void NetworkMemberships::end(const std::string& container_id) {
  const std::string directory = container_directory(container_id);
  if (!path_exists(directory)) return;
  std::vector<NetworkDefinition> left;
  for (const NetworkMembership& membership : of_container(container_id)) {
    ::unlink(membership_path(container_id, membership.network.id).c_str());
    left.push_back(membership.network);
  }
  fs::remove_tree(directory);
  publish(left);
  for (const NetworkDefinition& network : left) {
    if (in_network(network.id).empty()) remove_bridge(network);
  }
}

void NetworkMemberships::sweep() {
  for (const std::string& id : names_in(network_state_directory() + "/containers")) {
    if (!owner_is_alive(id)) end(id);
  }
}

void NetworkMemberships::reload() {
  forget_firewall();
  std::map<std::string, NetworkDefinition> networks;
  for (const NetworkMembership& member : all()) networks[member.network.id] = member.network;
  std::vector<NetworkDefinition> distinct;
  for (auto& [id, network] : networks) distinct.push_back(std::move(network));
  publish(distinct);
}

std::string published_address(const std::string& container_id) {
  const std::vector<NetworkMembership> members = memberships_in(container_directory(container_id));
  const auto outward = way_outside(members);
  return outward == members.end() ? std::string() : outward->address;
}

}  // namespace estiba::run
