#include "run/ipv4.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <bit>
#include <charconv>

#include "base/error.h"

namespace estiba::run {

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  in_addr address = {};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return {};
  return ntohl(address.s_addr);
}

std::string format_ipv4(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                     address & 255);
}

std::optional<Subnet> parse_subnet(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const auto base = parse_ipv4(text.substr(0, slash));
  const std::string_view length = text.substr(slash + 1);
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), prefix);
  if (!base || error != std::errc() || end != length.data() + length.size() || prefix == 0 ||
      prefix > 30) {
    return {};
  }
  const Subnet subnet{*base, prefix};
  if ((*base & subnet.mask()) != *base) return {};
  return subnet;
}

std::vector<Subnet> host_subnets() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) throw_errno("list the host's addresses");
  std::vector<Subnet> subnets;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_netmask == nullptr ||
        entry->ifa_addr->sa_family != AF_INET) {
      continue;
    }
    const auto address = ntohl(reinterpret_cast<sockaddr_in*>(entry->ifa_addr)->sin_addr.s_addr);
    const auto mask = ntohl(reinterpret_cast<sockaddr_in*>(entry->ifa_netmask)->sin_addr.s_addr);
    subnets.push_back({address & mask, static_cast<unsigned>(std::popcount(mask))});
  }
  ::freeifaddrs(first);
  return subnets;
}

}  // namespace estiba::run
