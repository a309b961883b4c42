// Which addresses a client may connect to when a URL comes from somebody else.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

struct sockaddr;

namespace estiba::http {

// Lets public addresses through, and of the others (loopback, private, link-local, shared,
// multicast, reserved, and IPv6 forms that carry such an IPv4 address) only what is named.
// Immutable; thread-safe.
class AddressFilter {
 public:
  // "10.0.0.0/8", "192.0.2.7", "fd00::/8"; throws kInvalidArgument.
  explicit AddressFilter(const std::vector<std::string>& allowed_networks);

  [[nodiscard]] bool accepts(const sockaddr& address) const;
  // False for an address, in any form that a resolver takes for one (127.1, 0x7f000001, [::1]),
  // that is refused. Names pass: what they mean is asked when one connects.
  [[nodiscard]] bool accepts_host(const std::string& host) const;

 private:
  using Bytes16 = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
  struct Network {
    Bytes16 address{};
    int prefix_bits = 0;
    [[nodiscard]] bool contains(const Bytes16& other) const;
  };
  static Network parse(const std::string& text);
  static Bytes16 bytes_of(const sockaddr& address);

  std::vector<Network> allowed_;
  std::vector<Network> refused_;
};

}  // namespace estiba::http
