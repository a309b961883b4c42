#include "run/port_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <list>

#include "base/error.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

// One direction of a connection, with what was read and not written yet.
class ProxyPipe {
 public:
  [[nodiscard]] bool wants_input() const { return !ended_ && begin_ == end_; }
  [[nodiscard]] bool wants_output() const { return begin_ != end_; }
  [[nodiscard]] bool done() const { return ended_ && begin_ == end_; }

  // False when the connection is broken.
  bool move(int from, int to) {
    if (wants_input()) {
      const ssize_t size = ::recv(from, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
      if (size < 0) return errno == EAGAIN || errno == EINTR;
      begin_ = 0;
      end_ = static_cast<std::size_t>(size);
      if (size == 0) {
        ended_ = true;
        ::shutdown(to, SHUT_WR);
        return true;
      }
    }
    while (begin_ != end_) {
      const ssize_t size =
          ::send(to, buffer_.data() + begin_, end_ - begin_, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (size < 0) return errno == EAGAIN || errno == EINTR;
      begin_ += static_cast<std::size_t>(size);
    }
    return true;
  }

 private:
  std::array<char, kProxyBufferBytes> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
};

struct ProxyConnection {
  UniqueFd client;
  UniqueFd container;
  bool connected = false;
  ProxyPipe inwards{};
  ProxyPipe outwards{};

  [[nodiscard]] short client_events() const {
    if (!connected) return 0;
    return static_cast<short>((inwards.wants_input() ? POLLIN : 0) |
                              (outwards.wants_output() ? POLLOUT : 0));
  }
  [[nodiscard]] short container_events() const {
    if (!connected) return POLLOUT;
    return static_cast<short>((outwards.wants_input() ? POLLIN : 0) |
                              (inwards.wants_output() ? POLLOUT : 0));
  }
  // False when it is over.
  bool step(short container_ready) {
    if (!connected) {
      if (container_ready == 0) return true;
      int reason = 0;
      socklen_t length = sizeof reason;
      ::getsockopt(container.get(), SOL_SOCKET, SO_ERROR, &reason, &length);
      if (reason != 0) return false;
      connected = true;
    }
    return inwards.move(client.get(), container.get()) &&
           outwards.move(container.get(), client.get()) && !(inwards.done() && outwards.done());
  }
};

UniqueFd connect_to(const std::string& address, std::uint16_t port) {
  sockaddr_in wanted = {};
  wanted.sin_family = AF_INET;
  wanted.sin_port = htons(port);
  // It may be in no network at the moment.
  if (::inet_pton(AF_INET, address.c_str(), &wanted.sin_addr) != 1) return {};
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&wanted), sizeof wanted) != 0 &&
      errno != EINPROGRESS) {
    socket.reset();
  }
  return socket;
}

}  // namespace

PortProxy::PortProxy(std::vector<HeldPort> ports, std::function<std::string()> address)
    : ports_(std::move(ports)), address_(std::move(address)) {
  if (std::ranges::none_of(ports_, &HeldPort::is_listening)) return;
  end_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  if (!end_) throw_errno("make an event");
  // Signals are for the thread that watches the container.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { serve(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

PortProxy::~PortProxy() {
  if (!thread_.joinable()) return;
  ::eventfd_write(end_.get(), 1);
  thread_.join();
}

void PortProxy::serve() {
  std::list<ProxyConnection> connections;
  for (;;) {
    std::vector<pollfd> wanted = {{.fd = end_.get(), .events = POLLIN, .revents = 0}};
    const bool is_full = connections.size() >= kMaxProxiedConnections;
    for (const HeldPort& port : ports_) {
      // A negative number is passed over, and the place kept.
      const int fd = port.is_listening && !is_full ? port.socket.get() : -1;
      wanted.push_back({.fd = fd, .events = POLLIN, .revents = 0});
    }
    for (const ProxyConnection& connection : connections) {
      wanted.push_back(
          {.fd = connection.client.get(), .events = connection.client_events(), .revents = 0});
      wanted.push_back({.fd = connection.container.get(),
                        .events = connection.container_events(),
                        .revents = 0});
    }
    if (::poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR) return;
    if (wanted.front().revents != 0) return;
    auto ready = wanted.begin() + 1 + static_cast<std::ptrdiff_t>(ports_.size());
    for (auto it = connections.begin(); it != connections.end(); ready += 2) {
      const bool goes_on =
          (ready[0].revents == 0 && ready[1].revents == 0) || it->step(ready[1].revents);
      it = goes_on ? std::next(it) : connections.erase(it);
    }
    for (std::size_t i = 0; i < ports_.size(); ++i) {
      if (wanted[i + 1].revents == 0) continue;
      UniqueFd client(::accept4(ports_[i].socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) continue;
      UniqueFd container = connect_to(address_(), ports_[i].container_port);
      if (!container) continue;
      connections.push_back({.client = std::move(client), .container = std::move(container)});
    }
  }
}

}  // namespace estiba::run
