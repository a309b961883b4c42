#include "http/address_filter.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace estiba::http {
namespace {

// Not global (IANA's special-purpose registries).
constexpr std::array kNotPublic = {
    "0.0.0.0/8",       "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12",   "192.0.0.0/24",   "192.0.2.0/24",  "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",   "240.0.0.0/4",    "::/127",
    "100::/64",        "2001:db8::/32",  "fc00::/7",      "fe80::/10",      "fec0::/10",
    "ff00::/8",        "::/96",
};

// Within 64:ff9b::/96 (NAT64) and 2002::/16 (6to4) an IPv4 address is carried; what it says counts.
constexpr std::array<std::uint8_t, 12> kNat64 = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool AddressFilter::Network::contains(const Bytes16& other) const {
  const auto whole = static_cast<std::size_t>(prefix_bits / 8);
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                  other.begin())) {
    return false;
  }
  const int rest = prefix_bits % 8;
  return rest == 0 || ((address[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

AddressFilter::Network AddressFilter::parse(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string host = text.substr(0, slash);
  Network network;
  in_addr v4{};
  in6_addr v6{};
  int width = 128;
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    std::copy(kMapped.begin(), kMapped.end(), network.address.begin());
    std::memcpy(&network.address[12], &v4, sizeof v4);
    width = 32;
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) {
    std::memcpy(network.address.data(), &v6, sizeof v6);
  } else {
    width = -1;
  }
  int bits = width;
  if (slash != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + slash + 1, end, bits);
    if (error != std::errc() || rest != end) bits = -1;
  }
  if (width < 0 || bits < 0 || bits > width) {
    throw Error(ErrorCode::kInvalidArgument, "\"" + text + "\" is no network",
                "networks look like 10.0.0.0/8 or fd00::/8");
  }
  network.prefix_bits = bits + 128 - width;
  return network;
}

AddressFilter::Bytes16 AddressFilter::bytes_of(const sockaddr& address) {
  Bytes16 bytes{};
  if (address.sa_family == AF_INET) {
    std::copy(kMapped.begin(), kMapped.end(), bytes.begin());
    std::memcpy(&bytes[12], &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
    return bytes;
  }
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
  if (std::equal(kNat64.begin(), kNat64.end(), bytes.begin())) {
    std::copy(kMapped.begin(), kMapped.end(), bytes.begin());
  } else if (bytes[0] == 0x20 && bytes[1] == 0x02) {
    Bytes16 carried{};
    std::copy(kMapped.begin(), kMapped.end(), carried.begin());
    std::copy(bytes.begin() + 2, bytes.begin() + 6, carried.begin() + 12);
    return carried;
  }
  return bytes;
}

AddressFilter::AddressFilter(const std::vector<std::string>& allowed_networks) {
  for (const std::string& text : allowed_networks) allowed_.push_back(parse(text));
  for (const char* text : kNotPublic) refused_.push_back(parse(text));
}

bool AddressFilter::accepts(const sockaddr& address) const {
  if (address.sa_family != AF_INET && address.sa_family != AF_INET6) return false;
  const Bytes16 bytes = bytes_of(address);
  const auto holds = [&](const Network& network) { return network.contains(bytes); };
  return std::any_of(allowed_.begin(), allowed_.end(), holds) ||
         std::none_of(refused_.begin(), refused_.end(), holds);
}

bool AddressFilter::accepts_host(const std::string& host) const {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string bare = bracketed ? host.substr(1, host.size() - 2) : host;
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(bare.c_str(), nullptr, &hints, &found) != 0) return true;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  return accepts(*found->ai_addr);
}

}  // namespace estiba::http
