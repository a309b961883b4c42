#include "run/attachments.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <climits>

#include "base/error.h"
#include "run/container_log.h"
#include "run/limits.h"
#include "run/terminal.h"

namespace estiba::run {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kFarewellTime{10};

void make_non_blocking(int fd) {
  if (::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) throw_errno("set up a stream");
}

std::optional<WindowSize> parse_window(const std::string& text) {
  WindowSize size;
  const char* const end = text.data() + text.size();
  const auto [middle, error] = std::from_chars(text.data(), end, size.rows);
  if (error != std::errc() || middle == end) return std::nullopt;
  if (std::from_chars(middle + 1, end, size.columns).ec != std::errc()) return std::nullopt;
  return size;
}

}  // namespace

Attachments::Attachments(const AttachmentOptions& options, const std::string& bundle,
                         std::function<void(const StartedProcesses&)> on_start)
    : StartWatch(bundle, std::move(on_start)), options_(options) {}

void Attachments::add_client(UniqueFd socket) {
  make_non_blocking(socket.get());
  const bool first = clients_.empty() && !start_said_;
  clients_.push_back({.socket = std::move(socket),
                      .incoming = {},
                      .outgoing = start_said_ ? encode_frame(FrameKind::kStarted) : std::string(),
                      .may_end_input = first && options_.input_ends_with_client});
}

ContainerIo Attachments::io() {
  ContainerIo io;
  io.companion = this;
  if (options_.terminal) return io;
  const auto make_pipe = [&](int ours) {
    std::array<int, 2> fds = {-1, -1};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw_errno("make a pipe");
    given_.emplace_back(fds[static_cast<std::size_t>(1 - ours)]);
    UniqueFd end(fds[static_cast<std::size_t>(ours)]);
    make_non_blocking(end.get());
    return end;
  };
  if (options_.interactive) {
    input_ = make_pipe(1);
    io.stdin_fd = given_.back().get();
  }
  outputs_.push_back({make_pipe(0), FrameKind::kOutput});
  io.stdout_fd = given_.back().get();
  outputs_.push_back({make_pipe(0), FrameKind::kErrorOutput});
  io.stderr_fd = given_.back().get();
  return io;
}

void Attachments::begin(ChildProcess& runtime) {
  StartWatch::begin(runtime);
  given_.clear();
}

void Attachments::take_terminal(UniqueFd master) {
  make_non_blocking(master.get());
  outputs_.push_back({duplicate(master.get()), FrameKind::kOutput});
  if (options_.interactive) input_ = duplicate(master.get());
  master_ = std::move(master);
}

bool Attachments::clients_keep_up() const {
  return std::ranges::all_of(clients_, [](const Client& client) {
    return client.outgoing.size() < kMaxUnreadOutputBytes;
  });
}

void Attachments::watch(std::vector<pollfd>& wanted) {
  StartWatch::watch(wanted);
  wanted.push_back({.fd = options_.listener, .events = POLLIN, .revents = 0});
  const bool has_input = input_ && !pending_input_.empty();
  wanted.push_back({.fd = has_input ? input_.get() : -1, .events = POLLOUT, .revents = 0});
  const bool may_read = clients_keep_up();
  for (const Output& output : outputs_) {
    wanted.push_back({.fd = may_read ? output.fd.get() : -1, .events = POLLIN, .revents = 0});
  }
  for (const Client& client : clients_) {
    short events = pending_input_.size() < kRelayBufferBytes ? POLLIN : short{0};
    if (!client.outgoing.empty()) events |= POLLOUT;
    wanted.push_back({.fd = client.socket.get(), .events = events, .revents = 0});
  }
}

void Attachments::step(std::span<const pollfd> ready) {
  StartWatch::step(ready.first(1));
  // In the order of watch(); what is new since then has not been waited for.
  std::size_t next = 3;
  const std::size_t output_count = std::min(outputs_.size(), ready.size() - next);
  const std::size_t client_count = ready.size() - next - output_count;
  for (std::size_t i = 0; i < output_count; ++i) {
    if (ready[next++].revents != 0) read_output(outputs_[i]);
  }
  std::size_t seen = 0;
  for (Client& client : clients_) {
    if (seen++ == client_count) break;
    serve(client, ready[next++].revents);
  }
  std::erase_if(outputs_, [](const Output& output) { return !output.fd; });
  clients_.remove_if([](const Client& client) { return !client.socket; });
  write_input();
  if (input_ended_ && pending_input_.empty() && !master_) input_.reset();
  if (ready[1].revents != 0) accept_clients();
}

void Attachments::see_start() {
  StartWatch::see_start();
  if (start_said_) return;
  start_said_ = true;
  send(FrameKind::kStarted, "");
}

bool Attachments::finished() const {
  return outputs_.empty();
}

void Attachments::send(FrameKind kind, const std::string& body) {
  const std::string frame = encode_frame(kind, body);
  for (Client& client : clients_) {
    client.outgoing += frame;
    flush(client);
  }
}

void Attachments::accept_clients() {
  for (;;) {
    UniqueFd socket(::accept4(options_.listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return;
    add_client(std::move(socket));
  }
}

void Attachments::serve(Client& client, short events) {
  if ((events & POLLOUT) != 0) flush(client);
  if ((events & (POLLIN | POLLHUP | POLLERR)) == 0 || !client.socket) return;
  if (!client.incoming.read_from(client.socket.get())) return drop(client);
  try {
    while (const auto frame = client.incoming.next()) handle(client, *frame);
  } catch (const Error&) {
    drop(client);  // who speaks another language is not attached
  }
}

void Attachments::handle(Client& client, const Frame& frame) {
  switch (frame.kind) {
    case FrameKind::kInput:
      if (input_ && !input_ended_) pending_input_ += frame.body;
      return;
    case FrameKind::kInputEnd:
      if (client.may_end_input) input_ended_ = true;
      return;
    case FrameKind::kResize:
      if (const auto size = parse_window(frame.body); size && master_) {
        set_window_size(master_.get(), *size);
      }
      return;
    case FrameKind::kSignal: {
      int number = 0;
      std::from_chars(frame.body.data(), frame.body.data() + frame.body.size(), number);
      if (runtime() != nullptr && number > 0) runtime()->kill(number);
      return;
    }
    default:
      return;
  }
}

void Attachments::flush(Client& client) {
  while (client.socket && !client.outgoing.empty()) {
    const ssize_t count = ::send(client.socket.get(), client.outgoing.data(),
                                 client.outgoing.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) return drop(client);
    client.outgoing.erase(0, static_cast<std::size_t>(count));
  }
}

void Attachments::drop(Client& client) {
  if (client.may_end_input) input_ended_ = true;
  client.socket.reset();
  client.outgoing.clear();
}

void Attachments::read_output(Output& output) {
  std::array<char, kRelayBufferBytes> buffer = {};
  const ssize_t count = ::read(output.fd.get(), buffer.data(), buffer.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  // A master's EIO is how a terminal ends.
  if (count <= 0) return output.fd.reset();
  const std::string bytes(buffer.data(), static_cast<std::size_t>(count));
  if (options_.log != nullptr) options_.log->write(output.kind == FrameKind::kErrorOutput, bytes);
  send(output.kind, bytes);
}

void Attachments::write_input() {
  while (input_ && !pending_input_.empty()) {
    const ssize_t count = ::write(input_.get(), pending_input_.data(), pending_input_.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) {
      input_.reset();
      pending_input_.clear();
      return;
    }
    pending_input_.erase(0, static_cast<std::size_t>(count));
  }
}

void Attachments::finish(FrameKind kind, const std::string& body) {
  send(kind, body);
  const auto deadline = steady_clock::now() + kFarewellTime;
  for (;;) {
    std::vector<pollfd> wanted;
    for (const Client& client : clients_) {
      if (client.outgoing.empty() || !client.socket) continue;
      wanted.push_back({.fd = client.socket.get(), .events = POLLOUT, .revents = 0});
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
    if (wanted.empty() || left <= 0) return;
    ::poll(wanted.data(), wanted.size(), static_cast<int>(left));
    for (Client& client : clients_) flush(client);
  }
}

}  // namespace estiba::run
