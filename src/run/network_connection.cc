// The record says in which networks the next start finds it; where it runs, its interfaces are
// changed too. The host's lock for networks keeps two changes of one record apart.
#include "run/network_connection.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/fd.h"
#include "fs/user_namespace.h"
#include "run/events.h"
#include "run/ipv4.h"
#include "run/network_files.h"
#include "run/network_memberships.h"

namespace estiba::run {
namespace {

bool has_interfaces(const Container& container) {
  return container.active() && container.state.pid > 0;
}

std::string namespace_of(const Container& container) {
  return fmt::format("/proc/{}/ns/net", container.state.pid);
}

void check_mode(const RunOptions& options) {
  if (fs::ordinary_user()) {
    throw Error(ErrorCode::kUnsupported, "an ordinary user cannot attach containers to networks",
                "let containers share one network instead (--network container:NAME), or run as "
                "root");
  }
  if (options.network == "none") {
    throw Error(ErrorCode::kConflict,
                "container cannot be connected to multiple networks with one of the networks in "
                "private (none) mode");
  }
  if (!options.joins_networks()) {
    throw Error(ErrorCode::kConflict,
                "container sharing network namespace with another container or host cannot be "
                "connected to any other network");
  }
}

NetworkDefinition changeable_network(const NetworkStore& networks, const std::string& name) {
  if (name == "host" || name == "none") {
    throw Error(ErrorCode::kConflict,
                fmt::format("container cannot be disconnected from {0} network or connected to {0} "
                            "network",
                            name));
  }
  return networks.find(name);
}

// Said now, not when it is started.
void check_fits(const NetworkEndpoint& endpoint, const NetworkDefinition& network) {
  if (endpoint.address.empty()) return;
  const auto number = parse_ipv4(endpoint.address);
  if (number && parse_subnet(network.subnet)->contains(*number)) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("the address {} is not in the subnet {} of the network {}",
                          endpoint.address, network.subnet, network.name));
}

// The container's files in step with its networks, whatever `change` does to these.
template <typename Change>
void change_running(const Container& container, NetworkMemberships& memberships, Change&& change) {
  if (!has_interfaces(container)) return;
  const std::vector<NetworkMembership> before = memberships.of_container(container.id);
  change();
  const std::vector<NetworkMembership> after = memberships.of_container(container.id);
  change_network_files(container.directory + "/bundle", container.record.options,
                       container.record.hostname, {.before = before, .after = after});
}

auto endpoint_in(RunOptions& options, const NetworkStore& networks,
                 const NetworkDefinition& network) {
  return std::ranges::find_if(options.endpoints, [&](const NetworkEndpoint& endpoint) {
    if (endpoint.network == network.name) return true;
    const auto other = networks.try_find(endpoint.network);
    return other && other->id == network.id;
  });
}

}  // namespace

void connect_network(const std::string& store_root, const Container& container,
                     const NetworkEndpoint& endpoint) {
  NetworkMemberships memberships;
  ContainerRecord record = read_record(container.directory);
  const NetworkStore networks(store_root);
  const NetworkDefinition network = changeable_network(networks, endpoint.network);
  check_mode(record.options);
  if (endpoint_in(record.options, networks, network) != record.options.endpoints.end()) {
    throw Error(ErrorCode::kConflict,
                fmt::format("endpoint with name {} already exists in network {}", container.name,
                            network.name));
  }
  check_fits(endpoint, network);
  change_running(container, memberships, [&] {
    memberships.join({.container_id = container.id,
                      .container_name = container.name,
                      .network = network,
                      .endpoint = endpoint},
                     namespace_of(container));
  });
  record.options.endpoints.push_back(endpoint);
  record.options.endpoints.back().network = network.name;
  write_record(container.directory, record);
  record_network_event(store_root, network, "connect", container.id);
}

void disconnect_network(const std::string& store_root, const Container& container,
                        const std::string& name) {
  NetworkMemberships memberships;
  ContainerRecord record = read_record(container.directory);
  const NetworkStore networks(store_root);
  const NetworkDefinition network = changeable_network(networks, name);
  const auto endpoint = endpoint_in(record.options, networks, network);
  if (!record.options.joins_networks() || endpoint == record.options.endpoints.end()) {
    throw Error(ErrorCode::kNotFound, fmt::format("container {} is not connected to network {}",
                                                  container.id, network.name));
  }
  change_running(container, memberships,
                 [&] { memberships.leave(container.id, network, namespace_of(container)); });
  record.options.endpoints.erase(endpoint);
  write_record(container.directory, record);
  record_network_event(store_root, network, "disconnect", container.id);
}

}  // namespace estiba::run
