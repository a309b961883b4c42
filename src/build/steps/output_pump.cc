#include "build/steps/output_pump.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/stream.h"

namespace estiba::build {
namespace {

void make_pipe(UniqueFd& read_end, UniqueFd& write_end) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("make a pipe for a command's output");
  read_end = UniqueFd(ends[0]);
  write_end = UniqueFd(ends[1]);
}

}  // namespace

OutputPump::OutputPump(Receiver receiver) : receiver_(std::move(receiver)) {
  make_pipe(stdout_read_, stdout_write_);
  make_pipe(stderr_read_, stderr_write_);
  thread_ = std::thread([this] { pump(); });
}

OutputPump::~OutputPump() {
  stdout_write_.reset();
  stderr_write_.reset();
  thread_.join();
}

void OutputPump::pump() {
  std::array<struct pollfd, 2> ready{
      {{stdout_read_.get(), POLLIN, 0}, {stderr_read_.get(), POLLIN, 0}}};
  std::array<std::byte, 16 * 1024> buffer;
  while (ready[0].fd >= 0 || ready[1].fd >= 0) {
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    for (std::size_t i = 0; i < ready.size(); ++i) {
      if (ready[i].fd < 0 || ready[i].revents == 0) continue;
      const ssize_t size = ::read(ready[i].fd, buffer.data(), buffer.size());
      if (size <= 0) {
        ready[i].fd = -1;
        continue;
      }
      const OutputStream stream = i == 0 ? OutputStream::kStdout : OutputStream::kStderr;
      receiver_(stream, as_text({buffer.data(), static_cast<std::size_t>(size)}));
    }
  }
}

}  // namespace estiba::build
