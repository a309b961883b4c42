// Debian's docker-registry as a peer: a real server on a free loopback port.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/fd.h"
#include "base/process.h"
#include "base/testing/test_directory.h"

namespace estiba::client::testing {

inline sockaddr_in loopback_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

inline UniqueFd connect_loopback(std::uint16_t port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback_address(port);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(fd.get(), generic, sizeof address) != 0) fd.reset();
  return fd;
}

// The listening socket and the port that the system chose.
inline std::pair<UniqueFd, std::uint16_t> listen_loopback() {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback_address(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), generic, size) != 0 || ::listen(fd.get(), 64) != 0 ||
      ::getsockname(fd.get(), generic, &size) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  return {std::move(fd), ntohs(address.sin_port)};
}

class DockerRegistry {
 public:
  struct Account {
    std::string user;
    std::string password;
  };

  // With an account, nobody else may do anything (htpasswd, Basic).
  explicit DockerRegistry(const std::optional<Account>& account = std::nullopt) {
    port_ = listen_loopback().second;
    std::string config = fmt::format(
        "version: 0.1\n"
        "log:\n  level: error\n  accesslog:\n    disabled: true\n"
        "storage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    enabled: true\n"
        "http:\n  addr: 127.0.0.1:{}\n",
        directory_.file("data"), port_);
    if (account) {
      write_accounts(*account);
      config += fmt::format("auth:\n  htpasswd:\n    realm: test\n    path: {}\n",
                            directory_.file("htpasswd"));
    }
    write_file_atomically(directory_.file("config.yml"), config);
    start();
  }

  [[nodiscard]] std::string host() const { return fmt::format("127.0.0.1:{}", port_); }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void write_accounts(const Account& account) const {
    ProcessOptions htpasswd;
    htpasswd.argv = {"htpasswd", "-Bbn", account.user, account.password};
    write_file_atomically(directory_.file("htpasswd"), run_captured(htpasswd).standard_output);
  }

  void start() {
    log_ = open_file(directory_.file("log"), O_WRONLY | O_CREAT);
    ProcessOptions options;
    options.argv = {"docker-registry", "serve", directory_.file("config.yml")};
    options.stdout_fd = log_.get();
    options.stderr_fd = log_.get();
    process_.emplace(ChildProcess::spawn(options));
    for (int attempt = 0; attempt < 500; ++attempt) {
      if (connect_loopback(port_)) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw std::runtime_error("docker-registry does not start: " +
                             read_file(directory_.file("log")));
  }

  estiba::testing::TestDirectory directory_;
  std::uint16_t port_ = 0;
  UniqueFd log_;
  std::optional<ChildProcess> process_;
};

}  // namespace estiba::client::testing
