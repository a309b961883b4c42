#include "run/port_reservation.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/error.h"
#include "run/ipv6.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

// For a port that may be any: how often one that is free for IPv4 may be taken for IPv6.
constexpr int kPortAttempts = 16;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress socket_address(const std::string& ip, std::uint16_t port, int family) {
  SocketAddress address;
  if (family == AF_INET) {
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(address.storage);
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(port);
    ::inet_pton(AF_INET, ip.c_str(), &ipv4.sin_addr);
    address.length = sizeof ipv4;
  } else {
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(port);
    ::inet_pton(AF_INET6, ip.c_str(), &ipv6.sin6_addr);
    address.length = sizeof ipv6;
  }
  return address;
}

std::uint16_t port_of(const SocketAddress& address) {
  return ntohs(address.storage.ss_family == AF_INET
                   ? reinterpret_cast<const sockaddr_in&>(address.storage).sin_port
                   : reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_port);
}

struct Wanted {
  std::string ip;
  std::uint16_t port = 0;
  int family = AF_INET;
  bool is_tcp = true;
};

// The socket and, where any port was wanted, which one it is; without a socket `errno` says why.
UniqueFd bind_socket(Wanted& wanted) {
  UniqueFd socket(
      ::socket(wanted.family, (wanted.is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  if (!socket) return socket;
  const int yes = 1;
  // A server that ended a moment ago is no reason to refuse.
  if (wanted.is_tcp) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (wanted.family == AF_INET6) {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  }
  SocketAddress address = socket_address(wanted.ip, wanted.port, wanted.family);
  // For TCP listening too, as only that keeps others from binding.
  const bool bound = ::bind(socket.get(), address.get(), address.length) == 0 &&
                     (!wanted.is_tcp || ::listen(socket.get(), SOMAXCONN) == 0) &&
                     ::getsockname(socket.get(), address.get(), &address.length) == 0;
  if (!bound) {
    const int reason = errno;
    socket.reset();
    errno = reason;
    return socket;
  }
  wanted.port = port_of(address);
  return socket;
}

[[noreturn]] void throw_taken(const Wanted& wanted) {
  const std::string where = fmt::format(
      "{}:{}", wanted.family == AF_INET ? wanted.ip : "[" + wanted.ip + "]", wanted.port);
  if (errno == EADDRINUSE) {
    throw Error(ErrorCode::kConflict,
                fmt::format("Bind for {} failed: port is already allocated", where));
  }
  if (errno == EACCES) {
    throw Error(ErrorCode::kPermissionDenied,
                fmt::format("Bind for {} failed: permission denied", where),
                fmt::format("ports below 1024 are root's: use one above, or as root sysctl "
                            "net.ipv4.ip_unprivileged_port_start={}",
                            wanted.port));
  }
  throw_errno(fmt::format("bind {}", where));
}

// Whether another port than the one that was tried will do as well.
bool has_choice(const PortMapping& mapping) {
  return mapping.host_port == 0 || mapping.host_port < mapping.last_host_port;
}

// False when a port that may be another turned out to be taken, or one that may be any to be
// taken for the other kind of address.
bool hold_port(PortMapping& mapping, std::vector<HeldPort>& held) {
  const bool is_tcp = mapping.protocol == "tcp";
  const bool wants_ipv6 = is_ipv6(mapping.host_ip);
  Wanted wanted{.ip = mapping.host_ip.empty() ? "0.0.0.0" : mapping.host_ip,
                .port = mapping.host_port,
                .family = wants_ipv6 ? AF_INET6 : AF_INET,
                .is_tcp = is_tcp};
  UniqueFd first = bind_socket(wanted);
  if (!first && errno == EADDRINUSE && has_choice(mapping)) return false;
  if (!first) throw_taken(wanted);
  UniqueFd second;
  if (mapping.host_ip.empty()) {
    Wanted other{.ip = "::", .port = wanted.port, .family = AF_INET6, .is_tcp = is_tcp};
    second = bind_socket(other);
    if (!second && errno == EADDRINUSE && has_choice(mapping)) return false;
    if (!second && errno == EADDRINUSE) throw_taken(other);
    // Otherwise the host has no IPv6.
  }
  mapping.host_port = wanted.port;
  mapping.last_host_port = 0;
  held.push_back({std::move(first), mapping.container_port, is_tcp});
  if (second) held.push_back({std::move(second), mapping.container_port, is_tcp});
  return true;
}

}  // namespace

std::vector<HeldPort> hold_ports(std::vector<PortMapping>& mappings) {
  std::vector<HeldPort> held;
  for (PortMapping& mapping : mappings) {
    int attempt = 0;
    while (!hold_port(mapping, held)) {
      if (mapping.last_host_port != 0) {
        ++mapping.host_port;
        continue;
      }
      if (++attempt < kPortAttempts) continue;
      throw Error(ErrorCode::kResourceExhausted, "no port of the host is free");
    }
  }
  return held;
}

}  // namespace estiba::run
