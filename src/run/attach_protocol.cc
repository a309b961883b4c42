#include "run/attach_protocol.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

constexpr std::size_t kHeaderBytes = 5;

sockaddr_un socket_address(int directory_fd, const std::string& name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}", directory_fd, name);
  if (path.size() >= sizeof address.sun_path) {
    throw Error(ErrorCode::kInternal, "the name of a socket is too long");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

UniqueFd make_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno("make a socket");
  return fd;
}

std::size_t body_size(std::string_view header) {
  std::size_t size = 0;
  for (std::size_t i = 1; i < kHeaderBytes; ++i) {
    size = size << 8 | static_cast<unsigned char>(header[i]);
  }
  return size;
}

}  // namespace

std::string encode_frame(FrameKind kind, std::string_view body) {
  std::string frame(1, static_cast<char>(kind));
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame += static_cast<char>(body.size() >> static_cast<unsigned>(shift) & 0xff);
  }
  frame += body;
  return frame;
}

bool FrameReader::read_from(int fd) {
  std::array<char, kRelayBufferBytes> buffer = {};
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (count <= 0) return false;
  bytes_.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<Frame> FrameReader::next() {
  if (bytes_.size() < kHeaderBytes) return std::nullopt;
  const std::size_t size = body_size(bytes_);
  if (size > kMaxFrameBytes) {
    throw Error(ErrorCode::kDataLoss, "what came from a container's keeper is no frame");
  }
  if (bytes_.size() < kHeaderBytes + size) return std::nullopt;
  Frame frame{static_cast<FrameKind>(bytes_.front()), bytes_.substr(kHeaderBytes, size)};
  bytes_.erase(0, kHeaderBytes + size);
  return frame;
}

UniqueFd listen_in(const std::string& directory, const std::string& name) {
  ::unlink((directory + "/" + name).c_str());
  UniqueFd socket = make_socket();
  const UniqueFd directory_fd = open_file(directory, O_PATH | O_DIRECTORY);
  const sockaddr_un address = socket_address(directory_fd.get(), name);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 16) != 0 || ::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) {
    throw_errno(fmt::format("listen on the socket {}/{}", directory, name));
  }
  return socket;
}

UniqueFd connect_in(const std::string& directory, const std::string& name) {
  UniqueFd socket = make_socket();
  const UniqueFd directory_fd = open_file(directory, O_PATH | O_DIRECTORY);
  const sockaddr_un address = socket_address(directory_fd.get(), name);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw_errno(fmt::format("connect to the socket {}/{}", directory, name));
  }
  return socket;
}

}  // namespace estiba::run
