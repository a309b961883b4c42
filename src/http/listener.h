// Sockets that accept connections.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"

namespace estiba::http {

struct Listener {
  UniqueFd fd;          // non-blocking
  std::string address;  // "127.0.0.1:5000"
  std::uint16_t port = 0;
};

// Binds every address that "host:port" means (":5000" and "localhost:5000" have one of each IP
// version where the host has both); at least one. Throws kInvalidArgument, kConflict when it is in
// use, kPermissionDenied.
[[nodiscard]] std::vector<Listener> listen_on(const std::string& address);

struct Accepted {
  UniqueFd fd;  // non-blocking, invalid when nobody waits any more
  std::string peer_address;
};
// Throws kResourceExhausted when descriptors are short, and for other errors of one connection.
[[nodiscard]] Accepted accept_from(const Listener& listener);

}  // namespace estiba::http
