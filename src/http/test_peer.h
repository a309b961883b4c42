// Peers for tests: a client and a server that send exactly the bytes they are told to.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "base/fd.h"
#include "http/server.h"

namespace estiba::http::test {

// Blocking, loopback. receive_*() fail the test by throwing after ten seconds.
class Peer {
 public:
  explicit Peer(UniqueFd fd) : fd_(std::move(fd)) {}

  static Peer connect_to(std::uint16_t port, int receive_buffer_bytes = 0) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer_bytes > 0) {
      ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                   sizeof receive_buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
    return Peer(std::move(fd));
  }

  // False when the other side has gone.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // Until `mark` was received, or the end.
  std::string receive_until(std::string_view mark) {
    while (received_.find(mark) == std::string::npos) {
      if (!receive_some()) return std::exchange(received_, {});
    }
    const std::size_t end = received_.find(mark) + mark.size();
    std::string taken = received_.substr(0, end);
    received_.erase(0, end);
    return taken;
  }

  std::string receive_exactly(std::size_t size) {
    while (received_.size() < size && receive_some()) {
    }
    std::string taken = received_.substr(0, size);
    received_.erase(0, taken.size());
    return taken;
  }

  // Everything up to the end of the connection.
  std::string receive_all() {
    while (receive_some()) {
    }
    return std::exchange(received_, {});
  }

  // Whether the other side ends the connection within that time.
  bool is_closed_within(std::chrono::milliseconds time) {
    pollfd entry{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    char byte = 0;
    return ::poll(&entry, 1, static_cast<int>(time.count())) == 1 &&
           ::recv(fd_.get(), &byte, 1, MSG_PEEK) <= 0;
  }

  void end_writing() { ::shutdown(fd_.get(), SHUT_WR); }
  void reset() {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    fd_.reset();
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  bool receive_some() {
    pollfd entry{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&entry, 1, 10'000) != 1) throw std::runtime_error("nothing came: " + received_);
    std::array<char, 65536> buffer;
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }

  UniqueFd fd_;
  std::string received_;
};

// Runs `script` with each connection, one after another.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::function<void(Peer&)> script)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 16) != 0 ||
        ::getsockname(listener_.get(), generic, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, script = std::move(script)] {
      while (true) {
        UniqueFd fd(::accept(listener_.get(), nullptr, nullptr));
        if (!fd) return;
        Peer peer(std::move(fd));
        script(peer);
      }
    });
  }
  ~ScriptedServer() { ::shutdown(listener_.get(), SHUT_RDWR); }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }

 private:
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

// A started server on a free port.
inline std::unique_ptr<Server> serve(Handler handler, ServerOptions options = {}) {
  auto server = std::make_unique<Server>(std::move(options), std::move(handler));
  server->start();
  return server;
}

inline std::string url_of(const Server& server, std::string_view path = "/") {
  return "http://127.0.0.1:" + std::to_string(server.port()) + std::string(path);
}

}  // namespace estiba::http::test
