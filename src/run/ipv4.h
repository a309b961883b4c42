// IPv4 addresses and subnets, as numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace estiba::run {

struct Subnet {
  std::uint32_t base = 0;
  unsigned prefix = 0;

  [[nodiscard]] std::uint32_t mask() const { return prefix == 0 ? 0 : ~0u << (32 - prefix); }
  [[nodiscard]] std::uint32_t last() const { return base | ~mask(); }
  [[nodiscard]] bool contains(std::uint32_t address) const { return (address & mask()) == base; }
  [[nodiscard]] bool overlaps(const Subnet& other) const {
    return contains(other.base) || other.contains(base);
  }
};

[[nodiscard]] std::optional<std::uint32_t> parse_ipv4(std::string_view text);
[[nodiscard]] std::string format_ipv4(std::uint32_t address);
// "10.1.2.0/24"; nothing for what is no subnet, or has bits beside its prefix.
[[nodiscard]] std::optional<Subnet> parse_subnet(std::string_view text);
// The subnets that the host's interfaces are in now.
[[nodiscard]] std::vector<Subnet> host_subnets();

}  // namespace estiba::run
