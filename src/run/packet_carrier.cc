#include "run/packet_carrier.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "run/network_engine.h"

namespace estiba::run {
namespace {

constexpr std::size_t kMaxCarrierOutputBytes = 64u << 10;
constexpr std::chrono::seconds kReadyWithin(60);  // generous: a machine may be busy
constexpr const char* kSlirpServer = "10.0.2.3";

// A name in our directory that vanishes with us.
class TemporaryName {
 public:
  TemporaryName() : path_(fmt::format("{}/carrier-{}", network_state_directory(), random_hex(8))) {}
  ~TemporaryName() { ::unlink(path_.c_str()); }
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What the program says, to be shown when it fails.
class Complaints {
 public:
  Complaints() : file_(::memfd_create("complaints", MFD_CLOEXEC)) {
    if (!file_) throw_errno("make a file in memory");
  }
  [[nodiscard]] int fd() const { return file_.get(); }
  [[noreturn]] void fail(const std::string& program) const {
    ::lseek(file_.get(), 0, SEEK_SET);
    std::vector<std::string> lines;
    for (const std::string& line :
         split(read_fd(file_.get(), program, kMaxCarrierOutputBytes), '\n')) {
      // pasta misses a system log; that is not why it failed.
      if (!trim(line).empty() && !line.starts_with("Failed to send")) lines.push_back(line);
    }
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{} cannot connect the container: {}", program, join(lines, "; ")),
                "it needs /dev/net/tun, readable and writable by you, and a default route on the "
                "host; --network host works without");
  }

 private:
  UniqueFd file_;
};

bool has_ended(const ChildProcess& process) {
  siginfo_t found = {};
  return ::waitid(P_PID, static_cast<id_t>(process.pid()), &found, WEXITED | WNOHANG | WNOWAIT) ==
             0 &&
         found.si_pid != 0;
}

ProcessOptions carrier_options(const Complaints& complaints) {
  ProcessOptions options;
  options.stdout_fd = complaints.fd();
  options.stderr_fd = complaints.fd();
  options.own_process_group = true;
  return options;
}

// "127.0.0.1/8080:80"
std::string pasta_port(const PortMapping& port) {
  const std::string where = port.host_ip.empty() ? std::string() : port.host_ip + "/";
  return fmt::format("{}{}:{}", where, port.host_port, port.container_port);
}

std::vector<std::string> pasta_ports(const std::vector<PortMapping>& ports,
                                     const std::string& protocol) {
  const std::string option = protocol == "tcp" ? "--tcp-ports" : "--udp-ports";
  std::vector<std::string> arguments;
  for (const PortMapping& port : ports) {
    if (port.protocol == protocol) arguments.insert(arguments.end(), {option, pasta_port(port)});
  }
  if (arguments.empty()) arguments = {option, "none"};
  return arguments;
}

// It writes its number once everything is set up.
ChildProcess start_pasta(const std::string& program, const std::string& network_namespace,
                         const std::vector<PortMapping>& ports) {
  const TemporaryName ready;
  const Complaints complaints;
  ProcessOptions options = carrier_options(complaints);
  // In the foreground it dies with us. Nothing of the host's loopback is reachable from inside.
  options.argv = {program,   "--foreground",    "--quiet",  "--config-net", "--netns-only",
                  "--netns", network_namespace, "--tcp-ns", "none",         "--udp-ns",
                  "none",    "--no-map-gw",     "--pid",    ready.path()};
  for (const char* protocol : {"tcp", "udp"}) {
    const std::vector<std::string> arguments = pasta_ports(ports, protocol);
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  }
  ChildProcess pasta = ChildProcess::spawn(options);
  const auto deadline = std::chrono::steady_clock::now() + kReadyWithin;
  while (!path_exists(ready.path())) {
    if (has_ended(pasta) || std::chrono::steady_clock::now() > deadline) complaints.fail("pasta");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return pasta;
}

UniqueFd connect_to_api(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw Error(ErrorCode::kUnsupported, "the path of a socket is too long: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address)) {
    throw_errno("connect to " + path);
  }
  return socket;
}

void add_slirp_port(const std::string& api, const PortMapping& port) {
  const UniqueFd socket = connect_to_api(api);
  const nlohmann::json request = {{"execute", "add_hostfwd"},
                                  {"arguments",
                                   {{"proto", port.protocol},
                                    {"host_addr", port.host_ip.empty() ? "0.0.0.0" : port.host_ip},
                                    {"host_port", port.host_port},
                                    {"guest_port", port.container_port}}}};
  write_all(socket.get(), request.dump(), api);
  ::shutdown(socket.get(), SHUT_WR);
  const std::string answer = read_fd(socket.get(), api, kMaxCarrierOutputBytes);
  if (answer.find("\"error\"") == std::string::npos) return;
  throw Error(ErrorCode::kConflict,
              fmt::format("slirp4netns cannot publish the port {}: {}", port.host_port, answer));
}

ChildProcess start_slirp(const std::string& program, const std::string& network_namespace,
                         const std::vector<PortMapping>& ports) {
  const TemporaryName api;
  const Complaints complaints;
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("make a pipe");
  const UniqueFd wait(ends[0]);
  UniqueFd ready(ends[1]);
  ProcessOptions options = carrier_options(complaints);
  options.keep_fds = {ready.get()};
  options.argv = {program,
                  "--configure",
                  "--mtu=65520",
                  "--disable-host-loopback",
                  fmt::format("--ready-fd={}", ready.get()),
                  "--api-socket=" + api.path(),
                  "--netns-type=path",
                  network_namespace,
                  "eth0"};
  ChildProcess slirp = ChildProcess::spawn(options);
  ready.reset();
  char byte = 0;
  if (::read(wait.get(), &byte, 1) != 1) complaints.fail("slirp4netns");
  for (const PortMapping& port : ports) add_slirp_port(api.path(), port);
  return slirp;
}

}  // namespace

std::string PacketCarrier::program() {
  for (const char* name : {"pasta", "slirp4netns"}) {
    if (auto found = find_program(name)) return *found;
  }
  return {};
}

PacketCarrier PacketCarrier::start(const std::string& network_namespace,
                                   const std::vector<PortMapping>& ports) {
  const std::string found = program();
  if (found.ends_with("/pasta")) return {start_pasta(found, network_namespace, ports), {}};
  if (!found.empty()) return {start_slirp(found, network_namespace, ports), kSlirpServer};
  throw Error(ErrorCode::kUnsupported, "an ordinary user's containers need pasta for their network",
              "install it (apt-get install passt), or slirp4netns, or use --network host");
}

}  // namespace estiba::run
