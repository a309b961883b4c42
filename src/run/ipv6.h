// IPv6 subnets, as far as networks need them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace estiba::run {

struct Subnet6 {
  std::array<std::uint8_t, 16> base{};
  unsigned prefix = 0;

  [[nodiscard]] std::string to_string() const;
  // The address that many after the base; the prefix leaves at least 32 bits.
  [[nodiscard]] std::string address(std::uint32_t number) const;
  [[nodiscard]] bool contains(const std::string& address) const;
};

[[nodiscard]] bool is_ipv6(std::string_view text);
// "fd00:1::/64"; nothing for what is no subnet, has bits beside its prefix, or a prefix beyond 96.
[[nodiscard]] std::optional<Subnet6> parse_subnet6(std::string_view text);
// A subnet of 64 bits that nobody else is likely to have chosen (RFC 4193).
[[nodiscard]] Subnet6 unique_local_subnet();

}  // namespace estiba::run
