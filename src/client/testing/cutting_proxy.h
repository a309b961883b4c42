// A network that breaks: forwards loopback connections and cuts them after some bytes.
#pragma once

#include <poll.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "client/testing/docker_registry.h"

namespace estiba::client::testing {

struct Cuts {
  // Bytes of one connection after which it is cut, towards the server and from it.
  std::uint64_t after_sent_bytes = UINT64_MAX;
  std::uint64_t after_received_bytes = UINT64_MAX;
  int times = 0;  // so many connections are cut, the others are left alone
};

class CuttingProxy {
 public:
  CuttingProxy(std::uint16_t target_port, const Cuts& cuts)
      : target_port_(target_port), cuts_(cuts), cuts_left_(cuts.times) {
    auto [fd, port] = listen_loopback();
    listener_ = std::move(fd);
    port_ = port;
    acceptor_ = std::jthread([this](std::stop_token stop) { accept_all(stop); });
  }

  [[nodiscard]] std::string host() const { return fmt::format("127.0.0.1:{}", port_); }
  [[nodiscard]] int cuts_made() const { return cuts_.times - cuts_left_; }

 private:
  static bool readable(int fd) {
    pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&poll_fd, 1, 20) > 0;
  }

  void accept_all(std::stop_token stop) {
    std::vector<std::jthread> connections;
    while (!stop.stop_requested()) {
      if (!readable(listener_.get())) continue;
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      connections.emplace_back([this, fd](std::stop_token own) { forward(UniqueFd(fd), own); });
    }
  }

  // True once the connection is over. Counts what passed.
  bool pass(int from, int to, std::uint64_t& passed_bytes, std::uint64_t limit_bytes) {
    std::array<std::byte, 4096> buffer;
    const ssize_t count = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0) return errno != EAGAIN;
    if (count == 0) return true;
    passed_bytes += static_cast<std::uint64_t>(count);
    if (passed_bytes > limit_bytes && cuts_left_.fetch_sub(1) > 0) return true;
    if (passed_bytes > limit_bytes) ++cuts_left_;
    return ::send(to, buffer.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) != count;
  }

  void forward(UniqueFd client, std::stop_token stop) {
    const UniqueFd server = connect_loopback(target_port_);
    std::uint64_t sent_bytes = 0;
    std::uint64_t received_bytes = 0;
    while (!stop.stop_requested()) {
      std::array<pollfd, 2> fds{pollfd{client.get(), POLLIN, 0}, pollfd{server.get(), POLLIN, 0}};
      if (::poll(fds.data(), fds.size(), 20) <= 0) continue;
      if (fds[0].revents != 0 &&
          pass(client.get(), server.get(), sent_bytes, cuts_.after_sent_bytes)) {
        return;
      }
      if (fds[1].revents != 0 &&
          pass(server.get(), client.get(), received_bytes, cuts_.after_received_bytes)) {
        return;
      }
    }
  }

  std::uint16_t target_port_;
  Cuts cuts_;
  std::atomic<int> cuts_left_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::jthread acceptor_;
};

}  // namespace estiba::client::testing
