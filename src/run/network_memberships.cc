#include "run/network_memberships.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
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
                                                network, interface, address, address6, aliases,
                                                ports)

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

void write_owner(const std::string& directory) {
  const fs::ProcessIdentity identity = fs::ProcessIdentity::current();
  const Json json = {
      {"pid", identity.pid}, {"start", identity.start_time_ticks}, {"boot", identity.boot_id}};
  replace_file(directory + "/owner", json.dump(), directory);
}

[[noreturn]] void refuse_address(const JoinRequest& request) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("the address {} is not in the subnet {} of the network {}",
                          request.address, request.network.subnet, request.network.name));
}

std::string choose_address(const JoinRequest& request,
                           const std::vector<NetworkMembership>& members) {
  const NetworkDefinition& network = request.network;
  const auto subnet = parse_subnet(network.subnet);
  std::set<std::string> taken = {network.gateway};
  for (const NetworkMembership& member : members) taken.insert(member.address);
  if (!request.address.empty()) {
    const auto wanted = parse_ipv4(request.address);
    if (!wanted || !subnet->contains(*wanted)) refuse_address(request);
    if (taken.contains(request.address)) {
      throw Error(ErrorCode::kConflict,
                  fmt::format("the address {} is already in use", request.address));
    }
    return request.address;
  }
  const NetlinkSocket host = NetlinkSocket::open();
  for (std::uint32_t address = subnet->base + 1; address < subnet->last(); ++address) {
    std::string text = format_ipv4(address);
    if (!taken.contains(text) && host.index_of(host_interface_of(text)) == 0) return text;
  }
  throw Error(ErrorCode::kResourceExhausted,
              fmt::format("the network {} has no address left", network.name));
}

// The same number in its subnet as the other address has in its own.
std::string ipv6_address(const NetworkDefinition& network, const std::string& address) {
  if (network.subnet6.empty()) return {};
  const std::uint32_t number = *parse_ipv4(address) - parse_subnet(network.subnet)->base;
  std::string chosen = parse_subnet6(network.subnet6)->address(number);
  if (chosen != network.gateway6) return chosen;
  // The gateway was put in our way: no container has the subnet's own number.
  return parse_subnet6(network.subnet6)->address(0x80000000u | number);
}

fs::FileLock host_lock() {
  make_directories(network_state_directory() + "/containers", 0700);
  return fs::FileLock::exclusive(network_state_directory() + "/lock");
}

}  // namespace

NetworkMemberships::NetworkMemberships() : lock_(host_lock()) {}

std::vector<NetworkMembership> NetworkMemberships::of_container(
    const std::string& container_id) const {
  std::vector<NetworkMembership> memberships;
  const std::string directory = container_directory(container_id);
  for (const std::string& name : names_in(directory)) {
    if (!name.ends_with(".json")) continue;
    if (const auto json = read_json(directory + "/" + name)) memberships.push_back(*json);
  }
  std::ranges::sort(memberships, {}, &NetworkMembership::interface);
  return memberships;
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

void NetworkMemberships::publish(const NetworkDefinition& network) const {
  write_firewall(all());
  write_names(network, in_network(network.id));
}

NetworkMembership NetworkMemberships::join(const JoinRequest& request,
                                           const std::string& network_namespace) {
  const std::vector<NetworkMembership> others = of_container(request.container_id);
  std::set<std::string> interfaces;
  for (const NetworkMembership& other : others) {
    interfaces.insert(other.interface);
    if (other.network.id == request.network.id) {
      throw Error(ErrorCode::kConflict, fmt::format("the container {} is already in the network {}",
                                                    request.container_name, request.network.name));
    }
  }
  unsigned number = 0;
  while (interfaces.contains(fmt::format("eth{}", number))) ++number;
  NetworkMembership membership{.container_id = request.container_id,
                               .container_name = request.container_name,
                               .network = request.network,
                               .interface = fmt::format("eth{}", number),
                               .address = choose_address(request, in_network(request.network.id)),
                               .aliases = request.aliases,
                               .ports = request.ports};
  membership.address6 = ipv6_address(request.network, membership.address);
  const std::string directory = container_directory(request.container_id);
  make_directories(directory, 0700);
  if (others.empty()) write_owner(directory);
  replace_file(fmt::format("{}/{}.json", directory, request.network.id), Json(membership).dump(),
               directory);
  attach_interface(membership, network_namespace);
  publish(request.network);
  return membership;
}

void NetworkMemberships::leave(const std::string& container_id, const std::string& network_id) {
  const std::string directory = container_directory(container_id);
  std::vector<NetworkDefinition> left;
  for (const NetworkMembership& membership : of_container(container_id)) {
    if (!network_id.empty() && membership.network.id != network_id) continue;
    ::unlink(fmt::format("{}/{}.json", directory, membership.network.id).c_str());
    left.push_back(membership.network);
  }
  if (of_container(container_id).empty()) fs::remove_tree(directory);
  for (const NetworkDefinition& network : left) {
    publish(network);
    if (in_network(network.id).empty()) remove_bridge(network);
  }
}

void NetworkMemberships::sweep() {
  for (const std::string& id : names_in(network_state_directory() + "/containers")) {
    if (!owner_is_alive(id)) leave(id, "");
  }
}

void NetworkMemberships::reload() {
  forget_firewall();
  const std::vector<NetworkMembership> members = all();
  write_firewall(members);
  for (const NetworkMembership& member : members) {
    write_names(member.network, in_network(member.network.id));
  }
}

}  // namespace estiba::run
