#include "cli/container_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "run/network_memberships.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

std::vector<run::NetworkMembership> memberships_of(const run::Container& container) {
  if (!container.active()) return {};
  return run::NetworkMemberships().of_container(container.id);
}

std::string container_side(const run::PortMapping& port) {
  return fmt::format("{}/{}", port.container_port, port.protocol);
}

std::vector<run::PortMapping> ports_of(const std::vector<run::NetworkMembership>& memberships) {
  std::vector<run::PortMapping> ports;
  for (const run::NetworkMembership& membership : memberships) {
    ports.insert(ports.end(), membership.ports.begin(), membership.ports.end());
  }
  return ports;
}

Json endpoint_json(const run::NetworkMembership& membership) {
  const run::NetworkDefinition& network = membership.network;
  return {{"Aliases", membership.aliases},
          {"NetworkID", network.id},
          {"Gateway", network.gateway},
          {"IPAddress", membership.address},
          {"IPPrefixLen", std::stoi(network.subnet.substr(network.subnet.find('/') + 1))}};
}

Json ports_json(const run::Container& container, const std::vector<run::PortMapping>& published) {
  Json ports = Json::object();
  for (const std::string& port : container.record.options.exposed_ports) ports[port] = nullptr;
  for (const run::PortMapping& port : published) {
    ports[container_side(port)].push_back(
        {{"HostIp", port.host_ip.empty() ? "0.0.0.0" : port.host_ip},
         {"HostPort", std::to_string(port.host_port)}});
  }
  return ports;
}

}  // namespace

std::vector<run::PortMapping> published_ports(const run::Container& container) {
  return ports_of(memberships_of(container));
}

std::string host_side(const run::PortMapping& port) {
  return fmt::format("{}:{}", port.host_ip.empty() ? "0.0.0.0" : port.host_ip, port.host_port);
}

std::string ports_text(const run::Container& container) {
  if (!container.active()) return {};
  std::vector<std::string> texts;
  std::set<std::string> exposed = container.record.options.exposed_ports;
  for (const run::PortMapping& port : published_ports(container)) {
    texts.push_back(host_side(port) + "->" + container_side(port));
    exposed.erase(container_side(port));
  }
  const std::string& network = container.record.options.network;
  // With the host's network there is nothing between.
  if (network != "host") texts.insert(texts.end(), exposed.begin(), exposed.end());
  return join(texts, ", ");
}

std::string network_settings(const run::Container& container) {
  const std::vector<run::NetworkMembership> memberships = memberships_of(container);
  Json networks = Json::object();
  for (const run::NetworkMembership& membership : memberships) {
    networks[membership.network.name] = endpoint_json(membership);
  }
  const std::string& wanted = container.record.options.network;
  if (networks.empty() && !wanted.starts_with("container:")) {
    networks[wanted] = {{"Aliases", container.record.options.network_aliases},
                        {"NetworkID", ""},
                        {"Gateway", ""},
                        {"IPAddress", ""},
                        {"IPPrefixLen", 0}};
  }
  const Json none = {{"Gateway", ""}, {"IPAddress", ""}, {"IPPrefixLen", 0}};
  // docker repeats those of the default network here.
  const Json& repeated = networks.contains("bridge") ? networks["bridge"] : none;
  Json json = {
      {"Ports", container.active() ? ports_json(container, ports_of(memberships)) : Json::object()},
      {"Gateway", repeated["Gateway"]},
      {"IPAddress", repeated["IPAddress"]},
      {"IPPrefixLen", repeated["IPPrefixLen"]},
      {"Networks", networks}};
  return json.dump();
}

}  // namespace estiba::cli
