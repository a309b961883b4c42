#include "run/attach_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>

#include "base/error.h"
#include "fs/mount_namespace.h"
#include "fs/user_namespace.h"
#include "run/attach_protocol.h"
#include "run/container_control.h"
#include "run/detach_keys.h"
#include "run/keeper.h"
#include "run/limits.h"
#include "run/runtime.h"
#include "run/terminal.h"

namespace estiba::run {
namespace {

[[noreturn]] void throw_failure(const std::string& body) {
  int exit_code = 0;
  const char* const end = body.data() + body.size();
  const auto [middle, error] = std::from_chars(body.data(), end, exit_code);
  std::string message(middle == end ? middle : middle + 1, end);
  if (exit_code == 126) throw StartError(ErrorCode::kPermissionDenied, std::move(message), 126);
  if (exit_code == 127) throw StartError(ErrorCode::kNotFound, std::move(message), 127);
  throw Error(ErrorCode::kIo, std::move(message));
}

int number_in(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// One person at a container's streams.
class AttachClient {
 public:
  AttachClient(UniqueFd socket, const AttachOptions& options)
      : socket_(std::move(socket)),
        options_(options),
        keys_(options.terminal ? parse_detach_keys(options.detach_keys) : std::string()),
        input_open_(options.input) {}

  AttachOutcome run();

 private:
  void say(FrameKind kind, const std::string& body = {});
  void pass_window();
  void read_input();
  void read_signals();
  // True when it is over.
  void take_terminal();
  bool handle(const Frame& frame);

  UniqueFd socket_;
  AttachOptions options_;
  DetachKeys keys_;
  FrameReader incoming_;
  std::optional<RawMode> raw_mode_;
  bool input_open_;
  int interrupts_ = 0;
  AttachOutcome outcome_;
};

// A keeper that is gone shows when we read.
void AttachClient::say(FrameKind kind, const std::string& body) {
  std::string_view rest;
  const std::string frame = encode_frame(kind, body);
  rest = frame;
  while (!rest.empty()) {
    const ssize_t count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

void AttachClient::pass_window() {
  const auto size = window_size(STDOUT_FILENO);
  if (size) say(FrameKind::kResize, fmt::format("{} {}", size->rows, size->columns));
}

void AttachClient::take_terminal() {
  if (!options_.terminal || raw_mode_) return;
  raw_mode_.emplace(options_.input ? STDIN_FILENO : -1);
  pass_window();
}

void AttachClient::read_input() {
  std::array<char, kRelayBufferBytes> buffer = {};
  const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) {
    input_open_ = false;
    return say(FrameKind::kInputEnd);
  }
  const std::string passed = keys_.pass({buffer.data(), static_cast<std::size_t>(count)});
  if (!passed.empty()) say(FrameKind::kInput, passed);
}

void AttachClient::read_signals() {
  signalfd_siginfo received = {};
  while (::read(options_.signal_fd, &received, sizeof received) ==
         static_cast<ssize_t>(sizeof received)) {
    const int number = static_cast<int>(received.ssi_signo);
    if (number == SIGWINCH) {
      pass_window();
      continue;
    }
    if (!options_.passes_signals) {
      // Then a signal is for us: we leave, the container stays.
      outcome_ = {.detached = true, .exit_code = 128 + number};
      return;
    }
    if (number == SIGINT || number == SIGTERM) ++interrupts_;
    const int passed = interrupts_ >= kInterruptsUntilKill ? SIGKILL : number;
    say(FrameKind::kSignal, std::to_string(passed));
  }
}

bool AttachClient::handle(const Frame& frame) {
  switch (frame.kind) {
    case FrameKind::kStarted:
      if (!options_.output) return true;
      take_terminal();
      return false;
    case FrameKind::kOutput:
      // A prompt may come before we are told of the start: whoever answers it expects keys to pass.
      if (options_.output) take_terminal();
      if (options_.output && options_.shows_output)
        write_all(STDOUT_FILENO, frame.body, "standard output");
      return false;
    case FrameKind::kErrorOutput:
      if (options_.output && options_.shows_errors)
        write_all(STDERR_FILENO, frame.body, "standard error");
      return false;
    case FrameKind::kExited:
      outcome_.exit_code = number_in(frame.body);
      return true;
    case FrameKind::kFailed:
      raw_mode_.reset();
      throw_failure(frame.body);
    default:
      return false;
  }
}

AttachOutcome AttachClient::run() {
  for (;;) {
    std::array<pollfd, 3> wanted = {{
        {.fd = socket_.get(), .events = POLLIN, .revents = 0},
        {.fd = input_open_ ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
        {.fd = options_.signal_fd, .events = POLLIN, .revents = 0},
    }};
    if (::poll(wanted.data(), wanted.size(), -1) < 0) {
      if (errno == EINTR) continue;
      throw_errno("wait for a container");
    }
    if (wanted[2].revents != 0) read_signals();
    if (wanted[1].revents != 0) read_input();
    if (keys_.pressed()) outcome_.detached = true;
    if (outcome_.detached) return outcome_;
    if (wanted[0].revents == 0) continue;
    if (!incoming_.read_from(socket_.get())) {
      throw Error(ErrorCode::kUnavailable, "the container's supervisor was killed");
    }
    while (const auto frame = incoming_.next()) {
      if (handle(*frame)) return outcome_;
    }
  }
}

}  // namespace

AttachOutcome start_container(const Container& container,
                              const std::vector<std::string>& keeper_command,
                              const AttachOptions& options) {
  clear_stop_mark(container.directory);
  std::array<int, 2> fds = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    throw_errno("make a socket");
  }
  UniqueFd ours(fds[0]);
  UniqueFd theirs(fds[1]);
  const UniqueFd nothing = open_file("/dev/null", O_RDWR);
  const UniqueFd errors =
      open_file(container.directory + "/supervisor.log", O_WRONLY | O_CREAT | O_APPEND);
  ProcessOptions process;
  process.argv = keeper_command;
  process.argv.push_back(container.id);
  process.stdin_fd = theirs.get();
  process.stdout_fd = nothing.get();
  process.stderr_fd = errors.get();
  process.working_directory = "/";
  process.die_with_parent = false;
  process.own_session = true;
  // It outlives us, and is to see the host's mounts as the host has them. In a user namespace that
  // is not ours to enter.
  if (!fs::in_user_namespace()) process.mount_namespace_fd = fs::original_mount_namespace();
  ChildProcess keeper = ChildProcess::spawn(process);
  keeper.release();
  theirs.reset();
  return AttachClient(std::move(ours), options).run();
}

AttachOutcome attach_to_container(const Container& container, const AttachOptions& options) {
  if (container.state.status != ContainerStatus::kRunning) {
    throw Error(ErrorCode::kConflict, "You cannot attach to a stopped container, start it first");
  }
  if (container.state.paused) {
    throw Error(ErrorCode::kConflict, "You cannot attach to a paused container, unpause it first");
  }
  UniqueFd socket;
  try {
    socket = connect_in(container.directory, kAttachSocket);
  } catch (Error& error) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("the container {} has the streams of the command that runs it",
                            container.short_id()),
                "attach works for containers run with -d, with -t or without --rm");
  }
  return AttachClient(std::move(socket), options).run();
}

}  // namespace estiba::run
