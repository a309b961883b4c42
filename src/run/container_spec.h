// What a container is to be, before any runtime hears of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace estiba::run {

enum class NetworkMode {
  kHost,  // the host's interfaces, resolver and names
  kNone,  // loopback only
};

// A directory or file of the host inside the container; with what is mounted below it.
struct BindMount {
  std::string source;       // absolute, must exist
  std::string destination;  // absolute inside the container; made when missing
  bool read_only = false;
  bool is_directory = true;  // found out when the container is made
  std::string propagation = "rprivate";
};

struct TmpfsMount {
  std::string destination;
  std::uint64_t size_bytes = 0;  // 0: the kernel's default
  unsigned mode = 01777;
};

// Enforced by a cgroup of the container's own; nothing set needs none.
struct ResourceLimits {
  std::optional<std::uint64_t> memory_bytes;
  std::optional<double> cpus;  // 1.5: one and a half processors' time
  std::optional<std::int64_t> processes;
  [[nodiscard]] bool any() const { return memory_bytes || cpus || processes; }
};

// A line of /etc/hosts.
struct ExtraHost {
  std::string name;
  std::string address;
  friend bool operator==(const ExtraHost&, const ExtraHost&) = default;
};

// setrlimit(2).
struct ResourceBound {
  std::string name;  // "nofile", in lower case
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
  friend bool operator==(const ResourceBound&, const ResourceBound&) = default;
};

struct ContainerSpec {
  std::string id;                        // new_container_id()
  std::string root_directory;            // a mounted, writable root file system
  std::vector<std::string> arguments;    // at least the program
  std::vector<std::string> environment;  // "K=V"; HOME is added from the user's entry when missing
  std::string working_directory;         // empty: "/"; made when missing
  std::string user;                      // "name|uid[:group|gid]"; empty: root
  std::string hostname;                  // empty: the first 12 digits of the id
  NetworkMode network = NetworkMode::kHost;
  std::vector<BindMount> mounts;
  std::vector<TmpfsMount> tmpfs_mounts;
  bool terminal = false;  // a pseudo terminal as its standard streams
  bool read_only_root = false;
  std::optional<int> stop_signal;  // SIGTERM when empty
  ResourceLimits limits;
  std::vector<ExtraHost> extra_hosts;
  std::vector<ResourceBound> bounds;
  std::uint64_t shm_size_bytes = 0;             // of /dev/shm; 0: docker's 64 MiB
  std::vector<std::string> added_capabilities;  // "NET_ADMIN", "CAP_NET_ADMIN" or "ALL"
  std::vector<std::string> dropped_capabilities;
  bool privileged = false;  // all capabilities, no seccomp filter, nothing masked
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
};

}  // namespace estiba::run
