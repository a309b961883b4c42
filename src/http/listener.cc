#include "http/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <system_error>

#include "base/error.h"

namespace estiba::http {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kSystemd = "systemd";

struct HostAndPort {
  std::string host;  // empty: every interface
  std::uint16_t port = 0;
};

HostAndPort parse_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  HostAndPort parsed;
  const char* end = address.data() + address.size();
  const char* digits = colon == std::string::npos ? end : address.data() + colon + 1;
  const auto [rest, error] = std::from_chars(digits, end, parsed.port);
  std::string host = address.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (error != std::errc() || rest != end ||
      (!bracketed && host.find_first_of(":[]") != std::string::npos)) {
    throw Error(ErrorCode::kInvalidArgument, "cannot listen on \"" + address +
                                                 "\": expected HOST:PORT, such as 127.0.0.1:5000, "
                                                 "[::1]:5000 or :5000");
  }
  parsed.host = bracketed ? host.substr(1, host.size() - 2) : host;
  return parsed;
}

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

AddressList look_up(const HostAndPort& where, const std::string& address) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(where.host.empty() ? nullptr : where.host.c_str(),
                                   std::to_string(where.port).c_str(), &wanted, &found);
  if (status != 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "cannot listen on \"" + address + "\": " + ::gai_strerror(status));
  }
  return {found, &::freeaddrinfo};
}

std::string format_address(const sockaddr* address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "unknown";
  }
  if (address->sa_family == AF_INET6) return fmt::format("[{}]:{}", host.data(), port.data());
  return fmt::format("{}:{}", host.data(), port.data());
}

void set_port(sockaddr* address, std::uint16_t port) {
  if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
  }
}

void turn_on(int fd, int level, int option) {
  const int on = 1;
  if (::setsockopt(fd, level, option, &on, sizeof on) != 0) throw_errno("prepare a socket");
}

[[noreturn]] void throw_bind_failed(int errno_value, const std::string& address) {
  const std::string message =
      "cannot listen on " + address + ": " + std::generic_category().message(errno_value);
  if (errno_value == EADDRINUSE) {
    throw Error(ErrorCode::kConflict, message,
                "another program listens there; choose another port or stop it");
  }
  if (errno_value == EACCES) throw Error(ErrorCode::kPermissionDenied, message);
  throw Error(ErrorCode::kIo, message);
}

bool is_loopback_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    return (ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr) >> 24) == 127;
  }
  return address->sa_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

Listener describe_listener(UniqueFd fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  auto* address = reinterpret_cast<sockaddr*>(&bound);
  if (::getsockname(fd.get(), address, &size) != 0) throw_errno("ask for a socket's address");
  Listener listener;
  if (bound.ss_family == AF_UNIX) {
    listener.is_local = true;
    listener.address = std::string(kUnixPrefix) + reinterpret_cast<sockaddr_un*>(address)->sun_path;
  } else {
    listener.port =
        ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(address)->sin6_port
                                          : reinterpret_cast<sockaddr_in*>(address)->sin_port);
    listener.address = format_address(address, size);
  }
  listener.fd = std::move(fd);
  return listener;
}

// Removes a socket that a killed server has left; one that answers is in use.
void clear_path(const sockaddr_un& address, const std::string& path) {
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    throw_bind_failed(EADDRINUSE, path);
  }
  struct stat status {};
  if (errno == ECONNREFUSED && ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
    ::unlink(path.c_str());
  }
}

Listener bind_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw Error(ErrorCode::kInvalidArgument, "\"" + path + "\" cannot be the path of a socket",
                "it may have up to " + std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  path.copy(address.sun_path, path.size());
  clear_path(address, path);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw_errno("make a socket");
  // Nobody can connect before listen(), so the mode is right when it matters.
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw_bind_failed(errno, path);
  }
  auto owned = std::make_unique<SocketPath>(path);
  if (::chmod(path.c_str(), 0660) != 0 || ::listen(fd.get(), SOMAXCONN) != 0) {
    throw_bind_failed(errno, path);
  }
  Listener listener = describe_listener(std::move(fd));
  listener.path = std::move(owned);
  return listener;
}

// sd_listen_fds(3): descriptors from 3 on, meant for the process whose number is in LISTEN_PID.
std::vector<Listener> inherited_listeners() {
  constexpr int kFirstFd = 3;
  constexpr int kMaxFds = 64;
  const char* pid = ::getenv("LISTEN_PID");
  const char* fds = ::getenv("LISTEN_FDS");
  const bool ours = pid != nullptr && fds != nullptr && ::atoi(pid) == ::getpid();
  const int count = ours ? std::min(::atoi(fds), kMaxFds) : 0;
  if (count <= 0) {
    throw Error(ErrorCode::kInvalidArgument, "systemd has passed no sockets",
                "\"systemd\" is for services that a .socket unit starts");
  }
  std::vector<Listener> listeners;
  for (int fd = kFirstFd; fd < kFirstFd + count; ++fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
      throw_errno("take a socket of systemd's");
    }
    listeners.push_back(describe_listener(UniqueFd(fd)));
  }
  return listeners;
}

// An IP version that the host does not have.
bool is_absent_family(int errno_value) {
  return errno_value == EAFNOSUPPORT || errno_value == EADDRNOTAVAIL;
}

Listener bind_one(const addrinfo& entry) {
  UniqueFd fd(::socket(entry.ai_family, entry.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                       entry.ai_protocol));
  if (!fd) {
    if (is_absent_family(errno)) return {};
    throw_errno("make a socket");
  }
  turn_on(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (entry.ai_family == AF_INET6) turn_on(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(fd.get(), entry.ai_addr, entry.ai_addrlen) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0) {
    if (is_absent_family(errno)) return {};
    throw_bind_failed(errno, format_address(entry.ai_addr, entry.ai_addrlen));
  }
  return describe_listener(std::move(fd));
}

// Behind a reverse proxy of the same machine, and where the system's choice is BBR: it paces what
// it sends to a bottleneck that loopback does not have, at less than half of the speed. Reno is
// allowed to everybody; without it things are as they were.
void send_without_pacing(int fd) {
  constexpr std::string_view kReno = "reno";
  ::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, kReno.data(), kReno.size());
}

}  // namespace

SocketPath::~SocketPath() {
  ::unlink(path_.c_str());
}

bool is_local_address(const std::string& address) {
  if (address.starts_with(kUnixPrefix) || address == kSystemd) return true;
  const AddressList found = look_up(parse_address(address), address);
  for (const addrinfo* entry = found.get(); entry != nullptr; entry = entry->ai_next) {
    if (!is_loopback_address(entry->ai_addr)) return false;
  }
  return true;
}

std::vector<Listener> listen_on(const std::string& address) {
  if (address.starts_with(kUnixPrefix)) {
    std::vector<Listener> listeners;
    listeners.push_back(bind_path(address.substr(kUnixPrefix.size())));
    return listeners;
  }
  if (address == kSystemd) return inherited_listeners();
  const HostAndPort where = parse_address(address);
  const AddressList found = look_up(where, address);
  std::vector<Listener> listeners;
  for (addrinfo* entry = found.get(); entry != nullptr; entry = entry->ai_next) {
    // With port 0 the second IP version takes the port that the system chose for the first.
    if (where.port == 0 && !listeners.empty()) set_port(entry->ai_addr, listeners.front().port);
    Listener listener = bind_one(*entry);
    if (listener.fd) listeners.push_back(std::move(listener));
  }
  if (listeners.empty()) throw_bind_failed(EADDRNOTAVAIL, address);
  return listeners;
}

Accepted accept_from(const Listener& listener) {
  while (true) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    auto* address = reinterpret_cast<sockaddr*>(&peer);
    UniqueFd fd(::accept4(listener.fd.get(), address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd) {
      if (listener.is_local) return {std::move(fd), "unix:0", true};
      turn_on(fd.get(), IPPROTO_TCP, TCP_NODELAY);
      if (is_loopback_address(address)) send_without_pacing(fd.get());
      return {std::move(fd), format_address(address, size), false};
    }
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) return {};
    if (error != EINTR && error != ECONNABORTED) throw_errno(error, "accept a connection");
  }
}

}  // namespace estiba::http
