#include "cli/container_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "base/fd.h"
#include "base/text.h"
#include "run/ipv6.h"
#include "run/network_memberships.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

std::vector<run::NetworkMembership> memberships_of(const run::Container& container) {
  if (!container.active()) return {};
  return run::NetworkMemberships().of_container(container.id);
}

int prefix_length(const std::string& subnet) {
  return std::stoi(subnet.substr(subnet.find('/') + 1));
}

std::string bracketed(const std::string& ip) {
  return ip.find(':') == std::string::npos ? ip : "[" + ip + "]";
}

// As docker tells them: a port without an address is open on all of both kinds.
std::vector<std::string> host_addresses(const run::PortMapping& port) {
  if (!port.host_ip.empty()) return {port.host_ip};
  if (!path_exists("/proc/net/if_inet6")) return {"0.0.0.0"};
  return {"0.0.0.0", "::"};
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

// docker repeats those of the default network beside the list.
Json address_json(const run::NetworkMembership& membership) {
  const run::NetworkDefinition& network = membership.network;
  const bool has_ipv6 = !membership.address6.empty();
  return {{"Gateway", network.gateway},
          {"IPAddress", membership.address},
          {"IPPrefixLen", prefix_length(network.subnet)},
          {"IPv6Gateway", has_ipv6 ? network.gateway6 : ""},
          {"GlobalIPv6Address", membership.address6},
          {"GlobalIPv6PrefixLen", has_ipv6 ? prefix_length(network.subnet6) : 0},
          {"MacAddress", membership.hardware_address}};
}

Json no_address() {
  return {{"Gateway", ""},     {"IPAddress", ""},         {"IPPrefixLen", 0},
          {"IPv6Gateway", ""}, {"GlobalIPv6Address", ""}, {"GlobalIPv6PrefixLen", 0},
          {"MacAddress", ""}};
}

// What was asked for; null where nothing was, as docker has it.
Json wanted_addresses(const run::NetworkEndpoint& endpoint) {
  if (endpoint.address.empty() && endpoint.address6.empty()) return nullptr;
  Json wanted = Json::object();
  if (!endpoint.address.empty()) wanted["IPv4Address"] = endpoint.address;
  if (!endpoint.address6.empty()) wanted["IPv6Address"] = endpoint.address6;
  return wanted;
}

Json endpoint_json(const run::NetworkEndpoint& endpoint,
                   const std::vector<run::NetworkMembership>& memberships) {
  const auto member = std::ranges::find_if(memberships, [&](const auto& membership) {
    return membership.network.name == endpoint.network;
  });
  const bool is_there = member != memberships.end();
  Json json = {{"IPAMConfig", wanted_addresses(endpoint)},
               {"Links", nullptr},
               {"Aliases", is_there ? member->aliases : endpoint.aliases},
               {"NetworkID", is_there ? member->network.id : ""}};
  json.update(is_there ? address_json(*member) : no_address());
  if (!is_there) json["MacAddress"] = endpoint.hardware_address;
  json["DriverOpts"] = nullptr;
  json["GwPriority"] = endpoint.gateway_priority;
  return json;
}

Json ports_json(const run::Container& container, const std::vector<run::PortMapping>& published) {
  Json ports = Json::object();
  for (const std::string& port : container.record.options.exposed_ports) ports[port] = nullptr;
  for (const run::PortMapping& port : published) {
    for (const std::string& ip : host_addresses(port)) {
      ports[container_side(port)].push_back(
          {{"HostIp", ip}, {"HostPort", std::to_string(port.host_port)}});
    }
  }
  return ports;
}

// "0.0.0.0:8000-8002->80-82/tcp": docker shows ports in a row as one.
struct PortRow {
  std::string host_ip;  // empty: only exposed
  std::string protocol;
  unsigned host_first = 0;
  unsigned first = 0;
  unsigned length = 1;

  [[nodiscard]] bool continues(const PortRow& next) const {
    return host_ip == next.host_ip && protocol == next.protocol && first + length == next.first &&
           (host_ip.empty() || host_first + length == next.host_first);
  }
  [[nodiscard]] std::string text() const {
    const auto range = [&](unsigned begin) {
      return length == 1 ? std::to_string(begin) : fmt::format("{}-{}", begin, begin + length - 1);
    };
    const std::string inside = range(first) + "/" + protocol;
    return host_ip.empty()
               ? inside
               : fmt::format("{}:{}->{}", bracketed(host_ip), range(host_first), inside);
  }
};

}  // namespace

std::vector<run::PortMapping> published_ports(const run::Container& container) {
  return ports_of(memberships_of(container));
}

std::vector<std::string> host_sides(const run::PortMapping& port) {
  std::vector<std::string> sides;
  for (const std::string& ip : host_addresses(port)) {
    sides.push_back(fmt::format("{}:{}", bracketed(ip), port.host_port));
  }
  return sides;
}

std::string ports_text(const run::Container& container) {
  if (!container.active()) return {};
  std::vector<PortRow> rows;
  std::set<std::string> exposed = container.record.options.exposed_ports;
  for (const run::PortMapping& port : published_ports(container)) {
    exposed.erase(container_side(port));
    for (const std::string& ip : host_addresses(port)) {
      rows.push_back({ip, port.protocol, port.host_port, port.container_port});
    }
  }
  // With the host's network there is nothing between.
  if (container.record.options.network != "host") {
    std::vector<run::PortMapping> ports;
    run::add_exposed_ports(exposed, ports);
    for (const run::PortMapping& port : ports)
      rows.push_back({"", port.protocol, 0, port.container_port});
  }
  std::ranges::sort(rows, {}, [](const PortRow& row) {
    return std::tuple(row.first, row.protocol, run::is_ipv6(row.host_ip), row.host_ip,
                      row.host_first);
  });
  std::vector<PortRow> merged;
  for (const PortRow& row : rows) {
    const auto before =
        std::ranges::find_if(merged, [&](const auto& m) { return m.continues(row); });
    if (before == merged.end()) {
      merged.push_back(row);
    } else {
      ++before->length;
    }
  }
  std::vector<std::string> texts;
  for (const PortRow& row : merged) texts.push_back(row.text());
  return join(texts, ", ");
}

std::string networks_text(const run::Container& container) {
  const run::RunOptions& options = container.record.options;
  if (!options.joins_networks()) return options.network;
  std::vector<std::string> names;
  for (const run::NetworkEndpoint& endpoint : options.endpoints) names.push_back(endpoint.network);
  return join(names, ",");
}

std::string network_settings(const run::Container& container) {
  const std::vector<run::NetworkMembership> memberships = memberships_of(container);
  const run::RunOptions& options = container.record.options;
  Json networks = Json::object();
  for (const run::NetworkEndpoint& endpoint : options.endpoints) {
    networks[endpoint.network] = endpoint_json(endpoint, memberships);
  }
  if (options.network == "host" || options.network == "none") {
    networks[options.network] = endpoint_json({.network = options.network}, {});
  }
  Json json = {{"Ports", container.active() ? ports_json(container, ports_of(memberships))
                                            : Json::object()}};
  const auto standard = std::ranges::find_if(memberships, [](const auto& membership) {
    return membership.network.name == run::kDefaultNetwork;
  });
  json.update(standard == memberships.end() ? no_address() : address_json(*standard));
  json["Networks"] = std::move(networks);
  return json.dump();
}

}  // namespace estiba::cli
