#include "run/ipv6.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace estiba::run {
namespace {

constexpr unsigned kLongestPrefix = 96;  // 32 bits are left for the containers

std::string format_ipv6(const std::array<std::uint8_t, 16>& address) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  return text.data();
}

bool has_bits_beside(const Subnet6& subnet) {
  for (unsigned bit = subnet.prefix; bit < 128; ++bit) {
    if ((subnet.base[bit / 8] & (0x80u >> (bit % 8))) != 0) return true;
  }
  return false;
}

}  // namespace

std::string Subnet6::to_string() const {
  return fmt::format("{}/{}", format_ipv6(base), prefix);
}

std::string Subnet6::address(std::uint32_t number) const {
  std::array<std::uint8_t, 16> result = base;
  for (unsigned i = 0; i < 4; ++i) {
    result[15 - i] = static_cast<std::uint8_t>(result[15 - i] | (number >> (8 * i)));
  }
  return format_ipv6(result);
}

bool Subnet6::contains(const std::string& address) const {
  std::array<std::uint8_t, 16> bytes = {};
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return false;
  for (unsigned bit = 0; bit < prefix; ++bit) {
    if (((bytes[bit / 8] ^ base[bit / 8]) & (0x80u >> (bit % 8))) != 0) return false;
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  std::array<std::uint8_t, 16> bytes = {};
  return ::inet_pton(AF_INET6, std::string(text).c_str(), bytes.data()) == 1;
}

std::optional<Subnet6> parse_subnet6(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  Subnet6 subnet;
  if (::inet_pton(AF_INET6, std::string(text.substr(0, slash)).c_str(), subnet.base.data()) != 1) {
    return {};
  }
  const std::string_view length = text.substr(slash + 1);
  const char* const last = length.data() + length.size();
  const auto [end, error] = std::from_chars(length.data(), last, subnet.prefix);
  if (error != std::errc() || end != last || subnet.prefix == 0 || subnet.prefix > kLongestPrefix ||
      has_bits_beside(subnet)) {
    return {};
  }
  return subnet;
}

Subnet6 unique_local_subnet() {
  Subnet6 subnet{.prefix = 64};
  subnet.base[0] = 0xfd;
  const std::string random = random_hex(7);
  for (unsigned i = 0; i < 7; ++i) {
    std::from_chars(random.data() + 2 * i, random.data() + 2 * i + 2, subnet.base[i + 1], 16);
  }
  return subnet;
}

}  // namespace estiba::run
