#include "run/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace estiba::run {
namespace {

// The address of `name` in a directory by its descriptor: short, however long the path is.
sockaddr_un address_in(int directory_fd, const std::string& name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}", directory_fd, name);
  if (path.size() >= sizeof address.sun_path) {
    throw Error(ErrorCode::kInternal, "the name of a console socket is too long");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

UniqueFd accept_connection(int listener) {
  for (;;) {
    UniqueFd connection(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection) return connection;
    if (errno != EINTR) throw_errno("accept the container's terminal");
  }
}

UniqueFd receive_descriptor(int connection) {
  std::array<char, 512> text = {};  // the runtimes send the terminal's name along
  iovec part = {.iov_base = text.data(), .iov_len = text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t received = 0;
  do {
    received = ::recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) throw_errno("receive the container's terminal");
  if (received == 0) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int))) {
    throw Error(ErrorCode::kInternal, "the runtime did not hand over the container's terminal");
  }
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return UniqueFd(descriptor);
}

}  // namespace

bool is_terminal(int fd) {
  return fd >= 0 && ::isatty(fd) == 1;
}

std::optional<WindowSize> window_size(int fd) {
  winsize size = {};
  if (fd < 0 || ::ioctl(fd, TIOCGWINSZ, &size) != 0) return std::nullopt;
  return WindowSize{.rows = size.ws_row, .columns = size.ws_col};
}

void set_window_size(int fd, const WindowSize& size) {
  winsize wanted = {};
  wanted.ws_row = size.rows;
  wanted.ws_col = size.columns;
  ::ioctl(fd, TIOCSWINSZ, &wanted);
}

RawMode::RawMode(int fd) : fd_(fd) {
  termios current = {};
  if (fd < 0 || ::tcgetattr(fd, &current) != 0) return;
  before_ = current;
  ::cfmakeraw(&current);
  if (::tcsetattr(fd, TCSANOW, &current) != 0) throw_errno("set the terminal to raw mode");
}

RawMode::~RawMode() {
  if (before_) ::tcsetattr(fd_, TCSADRAIN, &*before_);
}

ConsoleSocket::ConsoleSocket(const std::string& directory, const std::string& name)
    : watched_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (!watched_) throw_errno("make a console socket");
  const UniqueFd directory_fd = open_file(directory, O_PATH | O_DIRECTORY);
  const sockaddr_un address = address_in(directory_fd.get(), name);
  if (::bind(watched_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(watched_.get(), 1) != 0) {
    throw_errno(fmt::format("listen on the console socket {}/{}", directory, name));
  }
}

UniqueFd ConsoleSocket::advance() {
  if (!connected_) {
    watched_ = accept_connection(watched_.get());
    connected_ = true;
    return {};
  }
  const UniqueFd connection = std::move(watched_);
  return receive_descriptor(connection.get());
}

}  // namespace estiba::run
