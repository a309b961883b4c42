#include "run/port_mapping.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/text.h"
#include "run/ipv6.h"

namespace estiba::run {
namespace {

struct PortRange {
  unsigned first = 0;
  unsigned last = 0;
  [[nodiscard]] unsigned size() const { return last - first + 1; }
};

[[noreturn]] void refuse_port(std::string_view text, std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid port \"{}\": {}", text, why),
              "write [IP:][HOST PORT:]CONTAINER PORT[/udp]");
}

unsigned port_number(std::string_view whole, std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535) {
    refuse_port(whole, fmt::format("\"{}\" is no port", text));
  }
  return port;
}

PortRange port_range(std::string_view whole, std::string_view text) {
  const std::size_t dash = text.find('-');
  const unsigned first = port_number(whole, text.substr(0, dash));
  const unsigned last =
      dash == std::string_view::npos ? first : port_number(whole, text.substr(dash + 1));
  if (last < first) refuse_port(whole, "the range ends before it begins");
  return {first, last};
}

struct PublishText {
  std::string address;
  std::string host_ports;  // empty: any
  std::string container_ports;
};

void check_address(std::string_view text, const std::string& address, bool is_ipv6_form) {
  in_addr parsed = {};
  const bool is_address =
      is_ipv6_form ? is_ipv6(address) : ::inet_pton(AF_INET, address.c_str(), &parsed) == 1;
  if (!is_address) refuse_port(text, fmt::format("\"{}\" is no IP address", address));
}

// `ports` is `text` without its protocol.
PublishText split_publish(std::string_view text, std::string_view ports) {
  PublishText result;
  if (ports.starts_with('[')) {
    // "[::1]:8080:80": the colons inside of the brackets are the address's own.
    const std::size_t end = ports.find("]:");
    if (end == std::string_view::npos) refuse_port(text, "no port follows the address");
    result.address = std::string(ports.substr(1, end - 1));
    check_address(text, result.address, true);
    ports.remove_prefix(end + 2);
  }
  std::vector<std::string> parts = split(ports, ':');
  if (parts.size() > (result.address.empty() ? 3 : 2)) refuse_port(text, "too many colons");
  result.container_ports = std::move(parts.back());
  if (parts.size() > 1) result.host_ports = std::move(parts[parts.size() - 2]);
  if (parts.size() == 3) {
    result.address = std::move(parts.front());
    check_address(text, result.address, false);
  }
  return result;
}

}  // namespace

std::vector<PortMapping> parse_publish(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string protocol =
      slash == std::string_view::npos ? "tcp" : to_lower(text.substr(slash + 1));
  if (protocol != "tcp" && protocol != "udp") refuse_port(text, "the protocol is tcp or udp");
  const PublishText parts = split_publish(text, text.substr(0, slash));
  const PortRange inside = port_range(text, parts.container_ports);
  PortRange outside;
  const bool chosen = !parts.host_ports.empty();
  if (chosen) {
    outside = port_range(text, parts.host_ports);
    if (outside.size() != inside.size() && inside.size() != 1)
      refuse_port(text, "the ranges differ in length");
  }
  std::vector<PortMapping> mappings;
  for (unsigned i = 0; i < inside.size(); ++i) {
    mappings.push_back({.host_ip = parts.address,
                        .host_port = static_cast<std::uint16_t>(chosen ? outside.first + i : 0),
                        .container_port = static_cast<std::uint16_t>(inside.first + i),
                        .protocol = protocol});
  }
  if (outside.size() > inside.size()) {
    mappings.front().last_host_port = static_cast<std::uint16_t>(outside.last);
  }
  return mappings;
}

void add_exposed_ports(const std::set<std::string>& exposed, std::vector<PortMapping>& mappings) {
  for (const std::string& port : exposed) {
    std::vector<PortMapping> named;
    try {
      named = parse_publish(port);
    } catch (const Error&) {
      continue;
    }
    for (PortMapping& mapping : named) {
      const auto is_same = [&](const PortMapping& other) {
        return other.container_port == mapping.container_port && other.protocol == mapping.protocol;
      };
      if (std::ranges::none_of(mappings, is_same)) mappings.push_back(std::move(mapping));
    }
  }
}

}  // namespace estiba::run
