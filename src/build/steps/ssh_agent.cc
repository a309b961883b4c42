#include "build/steps/ssh_agent.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <list>

#include "base/error.h"
#include "base/text.h"

namespace estiba::build {
namespace {

constexpr std::size_t kMaxConnections = 64;  // a build that needs more uses them one after another
constexpr int kAgentStartTries = 200;        // of 10 ms

sockaddr_un agent_address(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    throw Error(ErrorCode::kInvalidArgument,
                "the path of an SSH agent's socket is too long: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

UniqueFd new_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno("make a socket for an SSH agent");
  return fd;
}

bool connect_to(const UniqueFd& fd, const std::string& path) {
  const sockaddr_un address = agent_address(path);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

std::string absolute(const std::string& path) {
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) == nullptr) throw_errno("find the SSH key " + path);
  return resolved;
}

bool is_socket(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

// Both directions of one connection.
struct AgentConnection {
  UniqueFd client;
  UniqueFd agent;
};

// False when either side has ended: agents answer requests, nothing is left to pass on.
bool pass_bytes(int from, int to) {
  std::array<std::byte, 16 * 1024> buffer;
  const ssize_t size = ::read(from, buffer.data(), buffer.size());
  if (size <= 0) return false;
  std::size_t sent = 0;
  while (sent < static_cast<std::size_t>(size)) {
    const ssize_t count =
        ::send(to, buffer.data() + sent, static_cast<std::size_t>(size) - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

SshAgentSocket::SshAgentSocket(const std::vector<std::string>& paths, const std::string& directory,
                               const SocketOwner& owner)
    : name_(random_hex(4)),
      path_(directory + "/" + name_),
      directory_(open_file(directory, O_PATH | O_DIRECTORY)) {
  if (paths.size() == 1 && is_socket(paths.front())) {
    agent_path_ = paths.front();
  } else {
    start_agent(paths, directory);
  }
  listen(owner);
}

SshAgentSocket::~SshAgentSocket() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof(one));
  server_.join();
}

void SshAgentSocket::start_agent(const std::vector<std::string>& keys,
                                 const std::string& directory) {
  const std::string name = random_hex(4);
  agent_path_ = short_path(name);
  const UniqueFd nothing = open_file("/dev/null", O_WRONLY);
  agent_.emplace(ChildProcess::spawn({.argv = {"ssh-agent", "-D", "-a", name},
                                      .working_directory = directory,
                                      .stdout_fd = nothing.get(),
                                      .stderr_fd = nothing.get()}));
  for (int i = 0; i < kAgentStartTries && !is_socket(agent_path_); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const char* path = std::getenv("PATH");
  for (const std::string& key : keys) {
    const CapturedOutput added = run_captured(
        {.argv = {"ssh-add", "-q", absolute(key)},
         .environment = {"SSH_AUTH_SOCK=" + name, "SSH_ASKPASS_REQUIRE=never",
                         fmt::format("PATH={}", path == nullptr ? "/usr/bin:/bin" : path)},
         .replace_environment = true,
         .working_directory = directory});
    if (added.status.success()) continue;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("cannot use {} as an SSH key: {}", key, trim(added.standard_error)),
                "keys with a passphrase belong into an agent: --ssh default");
  }
}

std::string SshAgentSocket::short_path(const std::string& name) const {
  return fmt::format("/proc/self/fd/{}/{}", directory_.get(), name);
}

void SshAgentSocket::listen(const SocketOwner& owner) {
  listener_ = new_socket();
  wake_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  const sockaddr_un address = agent_address(short_path(name_));
  if (!wake_ ||
      ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::chown(path_.c_str(), owner.user_id, owner.group_id) != 0 ||
      ::chmod(path_.c_str(), owner.mode) != 0 || ::listen(listener_.get(), 16) != 0) {
    throw_errno("listen for users of an SSH agent");
  }
  server_ = std::thread([this] { serve(); });
}

void SshAgentSocket::serve() {
  std::list<AgentConnection> connections;
  for (;;) {
    std::vector<pollfd> ready = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    if (connections.size() >= kMaxConnections) ready[1].fd = -1;
    for (const AgentConnection& connection : connections) {
      ready.push_back({connection.client.get(), POLLIN, 0});
      ready.push_back({connection.agent.get(), POLLIN, 0});
    }
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[0].revents != 0) return;
    std::size_t i = 2;
    for (auto connection = connections.begin(); connection != connections.end(); i += 2) {
      const int client = connection->client.get();
      const int agent = connection->agent.get();
      const bool open = (ready[i].revents == 0 || pass_bytes(client, agent)) &&
                        (ready[i + 1].revents == 0 || pass_bytes(agent, client));
      connection = open ? std::next(connection) : connections.erase(connection);
    }
    if (ready[1].revents == 0) continue;
    UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    UniqueFd agent = new_socket();
    if (client && connect_to(agent, agent_path_)) {
      connections.push_back({std::move(client), std::move(agent)});
    }
  }
}

}  // namespace estiba::build
