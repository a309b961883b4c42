#include "cli/network_flags.h"

#include <netinet/ether.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/text.h"
#include "run/ipv4.h"
#include "run/ipv6.h"

namespace estiba::cli {
namespace {

[[noreturn]] void refuse_network(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

int priority(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    refuse_network("invalid gw-priority \"" + text + "\"");
  }
  return value;
}

// "NAME", or docker's long form: "name=NAME,alias=A,ip=IP,mac-address=MAC".
run::NetworkEndpoint parse_endpoint(const std::string& text) {
  run::NetworkEndpoint endpoint;
  if (text.find('=') == std::string::npos) {
    endpoint.network = text == "default" ? "bridge" : text;
    return endpoint;
  }
  for (const std::string& field : split(text, ',')) {
    const std::size_t equals = std::min(field.find('='), field.size());
    const std::string key = to_lower(field.substr(0, equals));
    std::string value = field.substr(std::min(equals + 1, field.size()));
    if (key == "name") {
      endpoint.network = std::move(value);
    } else if (key == "alias") {
      endpoint.aliases.push_back(std::move(value));
    } else if (key == "ip") {
      endpoint.address = std::move(value);
    } else if (key == "ip6") {
      endpoint.address6 = std::move(value);
    } else if (key == "mac-address") {
      endpoint.hardware_address = std::move(value);
    } else if (key == "gw-priority") {
      endpoint.gateway_priority = priority(value);
    } else {
      refuse_network("invalid field " + key + " in --network " + text);
    }
  }
  if (endpoint.network.empty()) refuse_network("network name missing in --network " + text);
  return endpoint;
}

bool is_mode(const std::string& network) {
  return network == "host" || network == "none" || network.starts_with("container:");
}

// "80", "80/udp", "8000-8002" as images have them: "80/tcp".
std::set<std::string> exposed_ports(const std::vector<std::string>& texts) {
  std::set<std::string> ports;
  for (const std::string& text : texts) {
    if (text.find(':') != std::string::npos)
      refuse_network("invalid port format for --expose: " + text);
    for (const run::PortMapping& port : run::parse_publish(text)) {
      ports.insert(std::to_string(port.container_port) + "/" + port.protocol);
    }
  }
  return ports;
}

}  // namespace

void check_endpoint(const run::NetworkEndpoint& endpoint) {
  if (!endpoint.address.empty() && !run::parse_ipv4(endpoint.address)) {
    refuse_network("invalid IPv4 address: " + endpoint.address);
  }
  if (!endpoint.address6.empty() && !run::is_ipv6(endpoint.address6)) {
    refuse_network("invalid IPv6 address: " + endpoint.address6);
  }
  ether_addr parsed = {};
  const std::string& hardware = endpoint.hardware_address;
  if (!hardware.empty() && ::ether_aton_r(hardware.c_str(), &parsed) == nullptr) {
    refuse_network(hardware + " is not a valid mac address");
  }
}

void NetworkFlags::declare(CommandLine& line) {
  line.list("--network,--net", networks_, "bridge|host|none|container:NAME|NAME",
            "A network of the container; with more: name=NAME,alias=A,ip=IP,mac-address=MAC");
  line.list("--network-alias,--net-alias", aliases_, "NAME", "A further name in its network");
  line.option("--ip", address_, "IP", "Its address in its network");
  line.option("--ip6", address6_, "IP", "Its IPv6 address in its network");
  line.option("--mac-address", hardware_address_, "MAC", "The address of its interface");
  line.list("-p,--publish", ports_, "[IP:]HOST:CONTAINER[/udp]", "Lead ports of the host to it");
  line.flag("-P,--publish-all", publish_all_,
            "Lead any free ports of the host to those that the image exposes");
  line.list("--expose", exposed_, "PORT[-PORT][/udp]", "A port that it listens on");
  line.list("--link", links_, "NAME", "Not supported: members of a network know each other");
}

void NetworkFlags::apply(run::RunOptions& options) const {
  if (!links_.empty()) {
    throw Error(ErrorCode::kUnsupported, "--link is not supported",
                "make a network with network create: its members find each other by name");
  }
  apply_networks(options);
  apply_ports(options);
}

void NetworkFlags::apply_networks(run::RunOptions& options) const {
  std::vector<run::NetworkEndpoint> endpoints;
  for (const std::string& network : networks_) {
    run::NetworkEndpoint endpoint = parse_endpoint(network);
    const auto is_same = [&](const auto& other) { return other.network == endpoint.network; };
    if (std::ranges::any_of(endpoints, is_same)) {
      refuse_network("network \"" + endpoint.network + "\" is specified multiple times");
    }
    endpoints.push_back(std::move(endpoint));
  }
  if (endpoints.empty()) endpoints = {{.network = "bridge"}};
  run::NetworkEndpoint& first = endpoints.front();
  // As in docker, what is not said of one network is meant for the first.
  const auto set = [](std::string& target, const std::string& value, const char* name) {
    if (value.empty()) return;
    if (!target.empty()) {
      refuse_network(std::string("conflicting options: cannot specify both --") + name +
                     " and per-network " + name);
    }
    target = value;
  };
  set(first.address, address_, "ip");
  set(first.address6, address6_, "ip6");
  set(first.hardware_address, hardware_address_, "mac-address");
  first.aliases.insert(first.aliases.end(), aliases_.begin(), aliases_.end());
  options.network = first.network;
  const auto has_mode = [](const auto& endpoint) { return is_mode(endpoint.network); };
  if (std::ranges::none_of(endpoints, has_mode)) {
    for (const run::NetworkEndpoint& endpoint : endpoints) check_endpoint(endpoint);
    options.endpoints = std::move(endpoints);
    return;
  }
  if (endpoints.size() > 1) {
    refuse_network(
        "conflicting options: cannot attach both user-defined and non-user-defined "
        "network-modes");
  }
  if (!first.address.empty() || !first.address6.empty()) {
    refuse_network("user specified IP address is supported on user defined networks only");
  }
  if (!first.hardware_address.empty()) {
    refuse_network("conflicting options: mac-address and the network mode");
  }
  options.endpoints.clear();
}

void NetworkFlags::apply_ports(run::RunOptions& options) const {
  for (const std::string& port : ports_) {
    for (run::PortMapping& mapping : run::parse_publish(port)) options.ports.push_back(mapping);
  }
  options.publish_all = publish_all_;
  options.exposed_ports = exposed_ports(exposed_);
}

}  // namespace estiba::cli
