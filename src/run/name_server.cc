// The server is started in the host's own mount namespace: in ours it would keep what is mounted
// there long after we have ended.
#include "run/name_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/text.h"
#include "fs/mount_namespace.h"
#include "run/limits.h"
#include "run/replace_file.h"

namespace estiba::run {
namespace {

constexpr const char* kServer = "aardvark-dns";
constexpr std::uint16_t kDnsPort = 53;
constexpr std::chrono::milliseconds kLookAgain{2};

std::string names_directory() {
  return network_state_directory() + "/names";
}

// Not on anybody's PATH: where Debian, and where others install it.
std::string server_program() {
  for (const char* directory : {"/usr/lib/podman/", "/usr/libexec/podman/"}) {
    if (path_exists(directory + std::string(kServer))) return directory + std::string(kServer);
  }
  if (auto program = find_program(kServer)) return *program;
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("{} is not installed, which tells containers each other's names", kServer),
      "install it (apt-get install aardvark-dns), or use the network bridge");
}

// The server that its file names, or 0 when that is another process by now.
pid_t running_server() {
  const std::string path = names_directory() + "/aardvark.pid";
  if (!path_exists(path)) return 0;
  const std::string text = read_file(path, kMaxHostFileBytes);
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  const std::string command = fmt::format("/proc/{}/cmdline", pid);
  if (pid <= 0 || !path_exists(command)) return 0;
  const std::string words = read_file(command, kMaxHostFileBytes);
  return words.find(kServer) != std::string::npos ? pid : 0;
}

void start_server() {
  ProcessOptions options;
  options.mount_namespace_fd = fs::original_mount_namespace();
  options.argv = {server_program(),         "--config", names_directory(), "-p",
                  std::to_string(kDnsPort), "run"};
  options.die_with_parent = false;
  options.own_session = true;
  const UniqueFd nowhere = open_file("/dev/null", O_WRONLY);
  options.stdout_fd = options.stderr_fd = nowhere.get();
  ChildProcess server = ChildProcess::spawn(options);
  // It forks, and the first process ends.
  if (const int code = server.wait().exit_code(); code != 0) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{} could not be started", kServer));
  }
}

// Whether somebody has the port already.
bool is_served(const std::string& address) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in wanted = {};
  wanted.sin_family = AF_INET;
  wanted.sin_port = htons(kDnsPort);
  ::inet_pton(AF_INET, address.c_str(), &wanted.sin_addr);
  return ::bind(socket.get(), reinterpret_cast<sockaddr*>(&wanted), sizeof wanted) != 0 &&
         errno == EADDRINUSE;
}

void wait_until_served(const std::string& address) {
  const auto deadline = std::chrono::steady_clock::now() + kNameServerStart;
  while (!is_served(address)) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw Error(ErrorCode::kUnavailable,
                  fmt::format("{} does not answer on {}", kServer, address));
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

// The server's own form: its addresses, then a line for each container; empty for a network
// without members.
std::string names_text(const NetworkDefinition& network,
                       const std::vector<NetworkMembership>& members) {
  std::string text = network.gateway;
  if (!network.gateway6.empty()) text += "," + network.gateway6;
  text += '\n';
  std::set<std::string> inside;
  for (const NetworkMembership& member : members) {
    if (member.network.id != network.id) continue;
    inside.insert(member.container_id);
    text += fmt::format("{} {} {} {}", member.container_id, member.address, member.address6,
                        member.container_name);
    for (const std::string& alias : member.aliases) text += "," + alias;
    text += '\n';
  }
  if (inside.empty()) return {};
  // The server tells who asks the names of all networks that list his address. A member that asks
  // from its address in another network is to hear the names of this one, too.
  for (const NetworkMembership& member : members) {
    if (member.network.id == network.id || !inside.contains(member.container_id)) continue;
    text += fmt::format("{0} {1} {2} {0}\n", member.container_id, member.address, member.address6);
  }
  return text;
}

}  // namespace

void write_names(const NetworkDefinition& network, const std::vector<NetworkMembership>& members) {
  if (!network.resolves_names) return;
  const std::string path = names_directory() + "/" + network.engine_name();
  const std::string text = names_text(network, members);
  if (text.empty()) {
    if (::unlink(path.c_str()) != 0) return;
  } else {
    make_directories(names_directory(), 0700);
    // Not in the same folder: the server reads all that is in there.
    replace_file(path, text, network_state_directory());
  }
  const pid_t server = running_server();
  if (server > 0) ::kill(server, SIGHUP);
  if (text.empty()) return;
  if (server == 0) start_server();
  wait_until_served(network.gateway);
}

}  // namespace estiba::run
