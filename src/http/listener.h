// Sockets that accept connections.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"

namespace estiba::http {

// A socket's name in the file system, removed with the object.
class SocketPath {
 public:
  explicit SocketPath(std::string path) : path_(std::move(path)) {}
  SocketPath(const SocketPath&) = delete;
  SocketPath& operator=(const SocketPath&) = delete;
  ~SocketPath();

 private:
  std::string path_;
};

struct Listener {
  UniqueFd fd;                         // non-blocking
  std::string address;                 // "127.0.0.1:5000", "unix:/run/x.sock"
  std::uint16_t port = 0;              // 0 for unix sockets
  bool is_local = false;               // a unix socket
  std::unique_ptr<SocketPath> path{};  // of a unix socket that is ours
};

// "unix:PATH" is bound with mode 0660, in place of a socket there that nobody listens on; "systemd"
// takes the sockets that $LISTEN_FDS counts. Else:
//
// Binds every address that "host:port" means (":5000" and "localhost:5000" have one of each IP
// version where the host has both); at least one. Throws kInvalidArgument, kConflict when it is in
// use, kPermissionDenied.
[[nodiscard]] std::vector<Listener> listen_on(const std::string& address);

struct Accepted {
  UniqueFd fd;               // non-blocking, invalid when nobody waits any more
  std::string peer_address;  // "unix:0" for local peers
  bool is_local = false;
};
// Whether whoever connects there is on this machine: a unix socket, or a loopback address. What
// systemd listens on is systemd's to say, and counts as local.
[[nodiscard]] bool is_local_address(const std::string& address);
// Throws kResourceExhausted when descriptors are short, and for other errors of one connection.
[[nodiscard]] Accepted accept_from(const Listener& listener);

}  // namespace estiba::http
