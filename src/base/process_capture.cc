// Both outputs of a child, read side by side so that neither can block it.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/process.h"

namespace estiba {
namespace {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> fds = {-1, -1};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw_errno("make a pipe");
  Pipe pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
  if (::fcntl(pipe.read_end.get(), F_SETFL, O_NONBLOCK) != 0) throw_errno("set up a pipe");
  return pipe;
}

// One output of the child.
class Collector {
 public:
  Collector(UniqueFd fd, std::string& text, std::size_t limit_bytes)
      : fd_(std::move(fd)), text_(text), limit_bytes_(limit_bytes) {}

  // -1 once it has ended; poll() passes over it then.
  [[nodiscard]] int fd() const { return fd_.get(); }

  // Takes what is there now.
  void drain() {
    std::array<char, 16 * 1024> buffer;
    while (fd_) {
      const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) {
        fd_.reset();
        return;
      }
      const std::size_t room = limit_bytes_ - text_.size();
      text_.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
    }
  }

 private:
  UniqueFd fd_;
  std::string& text_;
  std::size_t limit_bytes_;
};

// Reads until the child ends or `stop_fd` wakes. Ends with the child, not with the pipes: a
// grandchild that lives on in the background keeps them open.
void collect(int process_fd, int stop_fd, Collector& output, Collector& error) {
  for (;;) {
    std::array<pollfd, 4> wanted = {{{.fd = output.fd(), .events = POLLIN, .revents = 0},
                                     {.fd = error.fd(), .events = POLLIN, .revents = 0},
                                     {.fd = process_fd, .events = POLLIN, .revents = 0},
                                     {.fd = stop_fd, .events = POLLIN, .revents = 0}}};
    if (::poll(wanted.data(), wanted.size(), -1) < 0) {
      if (errno == EINTR) continue;
      throw_errno("read the output of a process");
    }
    output.drain();
    error.drain();
    if (wanted[2].revents != 0 || wanted[3].revents != 0) return;
  }
}

}  // namespace

CapturedOutput run_captured(ProcessOptions options, std::stop_token stop,
                            std::size_t max_output_bytes) {
  Pipe output_pipe = make_pipe();
  Pipe error_pipe = make_pipe();
  const UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) throw_errno("make an event descriptor");
  options.stdout_fd = output_pipe.write_end.get();
  options.stderr_fd = error_pipe.write_end.get();
  ChildProcess child = ChildProcess::spawn(options);
  output_pipe.write_end.reset();
  error_pipe.write_end.reset();
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, child.pid(), 0u)));
  if (!process) throw_errno("watch a process");

  CapturedOutput result;
  Collector output(std::move(output_pipe.read_end), result.standard_output, max_output_bytes);
  Collector error(std::move(error_pipe.read_end), result.standard_error, max_output_bytes);
  const std::stop_callback on_stop(stop, [fd = wake.get()] { ::eventfd_write(fd, 1); });
  collect(process.get(), wake.get(), output, error);
  result.status = child.wait(stop);
  output.drain();
  error.drain();
  return result;
}

}  // namespace estiba
