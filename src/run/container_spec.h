// What a container is to be, before any runtime hears of it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "run/host_config.h"

namespace estiba::run {

class Companion;

enum class NetworkMode {
  kHost,     // the host's interfaces, resolver and names
  kNone,     // loopback only
  kPrivate,  // interfaces of its own: network_namespace
};

// A directory or file of the host inside the container.
struct BindMount {
  std::string source;       // absolute, must exist
  std::string destination;  // absolute inside the container; made when missing
  bool read_only = false;
  bool is_directory = true;     // found out when the container is made
  bool recursive = true;        // with what is mounted below
  bool read_only_below = true;  // read-only holds for that, too
  std::string propagation = "rprivate";
};

struct ContainerSpec {
  std::string id;                        // new_container_id()
  std::string root_directory;            // a mounted, writable root file system
  std::vector<std::string> arguments;    // at least the program
  std::vector<std::string> environment;  // "K=V"; HOME is added from the user's entry when missing
  std::string working_directory;         // empty: "/"; made when missing
  std::string user;                      // "name|uid[:group|gid]"; empty: root
  std::string hostname;                  // empty: the first 12 digits of the id
  bool has_hostname_file = true;         // false: /etc/hostname is the image's own
  NetworkMode network = NetworkMode::kHost;
  // A file through which a network namespace can be entered; empty: as `network` says.
  std::string network_namespace;
  std::vector<std::string> hosts;         // lines of /etc/hosts, when not the host's own
  std::vector<std::string> name_servers;  // of its network; empty: the host's
  std::string host_gateway;               // where it reaches the host; empty: 127.0.0.1
  // Processes whose namespaces are asked for by "container:".
  std::optional<pid_t> network_namespace_of;
  std::optional<pid_t> pid_namespace_of;
  std::optional<pid_t> ipc_namespace_of;
  std::vector<BindMount> mounts;
  bool terminal = false;           // a pseudo terminal as its standard streams
  std::optional<int> stop_signal;  // SIGTERM when empty
  HostConfig host;
};

// 64 random hexadecimal digits, as docker's.
[[nodiscard]] std::string new_container_id();

// What stands behind the container's standard streams; borrowed. A stream that is a terminal is
// reached through a pipe, so that the program sees a terminal only when the spec asks for one.
struct ContainerIo {
  int stdin_fd = -1;   // -1: empty
  int stdout_fd = -1;  // -1: ours
  int stderr_fd = -1;  // -1: ours; not used with a terminal
  // A signalfd (signals.h) whose signals are passed on to the container's first process.
  int signal_fd = -1;
  Companion* companion = nullptr;  // takes part in the loop that watches the container
};

}  // namespace estiba::run
