#include "run/streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "run/terminal.h"

namespace estiba::run {
namespace {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> fds = {-1, -1};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw_errno("make a pipe");
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

}  // namespace

Streams::Streams(const ContainerIo& io, bool terminal) {
  if (terminal) {
    // The runtime's own streams: it says what it has to say in its log.
    given_.push_back(open_file("/dev/null", O_RDWR));
    stdin_fd_ = stdout_fd_ = stderr_fd_ = given_.front().get();
    return;
  }
  stdin_fd_ = connect_input(io.stdin_fd);
  stdout_fd_ = connect_output(io.stdout_fd >= 0 ? io.stdout_fd : STDOUT_FILENO);
  stderr_fd_ = connect_output(io.stderr_fd >= 0 ? io.stderr_fd : STDERR_FILENO);
}

int Streams::connect_input(int fd) {
  if (!is_terminal(fd)) return fd;
  Pipe pipe = make_pipe();
  inputs.emplace_back(duplicate(fd), std::move(pipe.write_end));
  given_.push_back(std::move(pipe.read_end));
  return given_.back().get();
}

int Streams::connect_output(int fd) {
  if (!is_terminal(fd)) return fd;
  Pipe pipe = make_pipe();
  outputs.emplace_back(std::move(pipe.read_end), duplicate(fd));
  given_.push_back(std::move(pipe.write_end));
  return given_.back().get();
}

void Streams::give_to(ProcessOptions& options) const {
  options.stdin_fd = stdin_fd_;
  options.stdout_fd = stdout_fd_;
  options.stderr_fd = stderr_fd_;
}

}  // namespace estiba::run
