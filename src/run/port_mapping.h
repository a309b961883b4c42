// A port of the host that leads to one of a container.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace estiba::run {

struct PortMapping {
  std::string host_ip;          // empty: all addresses
  std::uint16_t host_port = 0;  // 0: any free one
  std::uint16_t container_port = 0;
  std::string protocol = "tcp";      // or "udp"
  std::uint16_t last_host_port = 0;  // 0: host_port only; else the first free one up to this
  friend bool operator==(const PortMapping&, const PortMapping&) = default;
};

// docker's -p: "80", "8080:80", "127.0.0.1:8080:80/udp", "127.0.0.1::80", "[::1]:8080:80",
// "8000-8002:80-82"; "8000-8010:80" is the first free one of the host's.
// Throws kInvalidArgument.
[[nodiscard]] std::vector<PortMapping> parse_publish(std::string_view text);

// -P: every port that the image exposes ("80/tcp") and that is not led to yet gets any free port of
// the host. What an image calls a port and is none is left out.
void add_exposed_ports(const std::set<std::string>& exposed, std::vector<PortMapping>& mappings);

}  // namespace estiba::run
