// An HTTP/1.1 server for many connections on few threads.
//
// One thread watches the connections that wait (idle, slow with their header, slow to take a file);
// they cost a descriptor and a few hundred bytes. A connection that has a whole request head is
// served by a worker thread with plain blocking calls, so a handler reads a body and a slow client
// holds it back without any callbacks.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.h"
#include "http/access_log.h"
#include "http/limits.h"
#include "http/request.h"
#include "http/response.h"
#include "http/tls_server.h"

namespace estiba::http {

// Called on many threads at once. An Error that leaves it becomes a plain 4xx or 5xx answer, so a
// handler with a format of its own for errors catches them itself.
using Handler = std::function<Response(Request&)>;

struct ServerOptions {
  // "127.0.0.1:5000", "[::1]:5000", "localhost:5000" or ":5000" for every interface; port 0 lets
  // the system choose. "unix:/run/x.sock" is a socket in the file system, "systemd" all sockets
  // that systemd has opened for us.
  std::vector<std::string> listen_addresses = {"127.0.0.1:0"};
  // TCP connections speak TLS when it is given. Shared: more than one server may use it.
  std::shared_ptr<ServerTls> tls{};
  ServerLimits limits;
  // Threads are started as they are needed, up to this many: so many requests run at once, those
  // that wait for a slow client not counted.
  std::size_t max_worker_threads = 128;
  // How long stop() lets active requests finish.
  std::chrono::milliseconds stop_grace{10'000};
  // Called on the worker's thread after each request. May be empty.
  std::function<void(const AccessRecord&)> on_finished;
  // Borrowed; null for silence.
  const Logger* logger = nullptr;
};

// start() and stop() belong to one thread; the others are safe from any.
class Server {
 public:
  Server(ServerOptions options, Handler handler);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and begins to serve, once. Throws kConflict when an address is in use, kPermissionDenied,
  // kInvalidArgument for a malformed address.
  void start();
  // Of the first address; valid after start().
  [[nodiscard]] std::uint16_t port() const;
  // "127.0.0.1:41234", one for each listening socket.
  [[nodiscard]] std::vector<std::string> addresses() const;
  // Stops accepting, closes what is idle, lets active requests finish within the grace, breaks off
  // the rest and joins all threads. Nothing happens when it is called again.
  void stop();
  // start() unless that was done, wait for `stop`, stop().
  void run(std::stop_token stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace estiba::http
