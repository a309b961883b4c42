#include "cli/object_views.h"

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "run/network_memberships.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

Json member_json(const run::NetworkMembership& member) {
  const auto with_prefix = [](const std::string& address, const std::string& subnet) {
    return address.empty() ? std::string() : address + subnet.substr(subnet.find('/'));
  };
  return {{"Name", member.container_name},
          {"MacAddress", member.hardware_address},
          {"IPv4Address", with_prefix(member.address, member.network.subnet)},
          {"IPv6Address", with_prefix(member.address6, member.network.subnet6)}};
}

}  // namespace

std::string describe_network(const run::NetworkDefinition& network) {
  Json containers = Json::object();
  for (const run::NetworkMembership& member : run::NetworkMemberships().in_network(network.id)) {
    containers[member.container_id] = member_json(member);
  }
  Json subnets = Json::array({{{"Subnet", network.subnet}, {"Gateway", network.gateway}}});
  if (!network.subnet6.empty()) {
    subnets.push_back({{"Subnet", network.subnet6}, {"Gateway", network.gateway6}});
  }
  const Json json = {{"Name", network.name},
                     {"Id", network.id},
                     {"Created", format_rfc3339(network.created)},
                     {"Scope", "local"},
                     {"Driver", "bridge"},
                     {"EnableIPv6", !network.subnet6.empty()},
                     {"IPAM", {{"Driver", "default"}, {"Config", std::move(subnets)}}},
                     {"Internal", network.internal},
                     {"Attachable", false},
                     {"Ingress", false},
                     {"Containers", std::move(containers)},
                     {"Options", {{"com.docker.network.bridge.name", network.interface}}},
                     {"Labels", network.labels}};
  return json.dump();
}

std::string describe_volume(const run::Volume& volume) {
  const Json json = {{"CreatedAt", format_rfc3339(volume.created)},
                     {"Driver", "local"},
                     {"Labels", volume.labels},
                     {"Mountpoint", volume.mount_point},
                     {"Name", volume.name},
                     {"Options", Json::object()},
                     {"Scope", "local"}};
  return json.dump();
}

}  // namespace estiba::cli
