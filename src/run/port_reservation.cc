#include "run/port_reservation.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/error.h"

namespace estiba::run {
namespace {

// Bound, and for TCP listening too, as only that keeps others from binding; what arrives is led to
// the container before it would get here.
UniqueFd reserve(PortMapping& mapping) {
  const bool is_tcp = mapping.protocol == "tcp";
  UniqueFd socket(::socket(AF_INET, (is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  if (!socket) throw_errno("make a socket");
  const int yes = 1;
  // A server that ended a moment ago is no reason to refuse.
  if (is_tcp) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(mapping.host_port);
  if (!mapping.host_ip.empty()) {
    ::inet_pton(AF_INET, mapping.host_ip.c_str(), &address.sin_addr);
  }
  socklen_t length = sizeof address;
  const bool bound =
      ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), length) == 0 &&
      (!is_tcp || ::listen(socket.get(), 1) == 0) &&
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0;
  if (!bound) {
    const std::string where = fmt::format(
        "{}:{}", mapping.host_ip.empty() ? "0.0.0.0" : mapping.host_ip, mapping.host_port);
    if (errno == EADDRINUSE) {
      throw Error(ErrorCode::kConflict,
                  fmt::format("Bind for {} failed: port is already allocated", where));
    }
    throw_errno(fmt::format("bind {}", where));
  }
  mapping.host_port = ntohs(address.sin_port);
  return socket;
}

}  // namespace

PortReservation::PortReservation(std::vector<PortMapping>& mappings) {
  for (PortMapping& mapping : mappings) sockets_.push_back(reserve(mapping));
}

}  // namespace estiba::run
