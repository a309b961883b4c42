// What the person who runs a container decides about it, beside the image's own configuration: its
// rights, limits, devices and names. docker's HostConfig.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace estiba::run {

// Enforced by a cgroup of the container's own; nothing set needs none.
struct ResourceLimits {
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::int64_t> memory_swap_bytes;  // memory and swap together; -1: no limit of swap
  std::optional<double> cpus;                     // 1.5: one and a half processors' time
  std::optional<std::uint64_t> cpu_shares;        // 1024 is the usual weight
  std::optional<std::uint64_t> memory_reservation_bytes;
  std::optional<unsigned> memory_swappiness;  // 0 to 100
  std::optional<bool> oom_kill_disable;
  std::optional<std::int64_t> cpu_period;  // microseconds; instead of `cpus`
  std::optional<std::int64_t> cpu_quota;
  std::string cpuset_cpus;  // "0-2,4"
  std::string cpuset_mems;
  std::optional<std::int64_t> processes;  // -1: no limit
  std::optional<unsigned> block_weight;   // 10 to 1000
  [[nodiscard]] bool any() const { return *this != ResourceLimits(); }
  friend bool operator==(const ResourceLimits&, const ResourceLimits&) = default;
};

struct TmpfsMount {
  std::string destination;
  std::uint64_t size_bytes = 0;  // 0: the kernel's default
  unsigned mode = 01777;
  bool read_only = false;
  bool executable = false;             // programs in it may be run
  std::vector<std::string> options{};  // more of mount(8)'s: "uid=5", "noatime", "suid"
  friend bool operator==(const TmpfsMount&, const TmpfsMount&) = default;
};

// A line of /etc/hosts.
struct ExtraHost {
  std::string name;
  std::string address;  // or "host-gateway": where this host is reached
  friend bool operator==(const ExtraHost&, const ExtraHost&) = default;
};

// setrlimit(2).
struct ResourceBound {
  std::string name;  // "nofile", in lower case
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
  friend bool operator==(const ResourceBound&, const ResourceBound&) = default;
};

struct DeviceMapping {
  std::string source;          // a device node of the host
  std::string destination;     // absolute, in the container
  std::string access = "rwm";  // read, write, make nodes
  friend bool operator==(const DeviceMapping&, const DeviceMapping&) = default;
};

struct SecurityOptions {
  bool no_new_privileges = false;
  bool shows_kernel_files = false;     // systempaths=unconfined: nothing masked or read-only
  std::optional<std::string> seccomp;  // "unconfined", or a profile: docker's JSON; empty: ours
  friend bool operator==(const SecurityOptions&, const SecurityOptions&) = default;
};

// Whose namespaces the container lives in: "" its own, "host", or "container:ID"; an ipc of "none"
// is its own without /dev/shm.
struct SharedNamespaces {
  std::string ipc;
  std::string pid;
  std::string uts;
  std::string cgroup;
  friend bool operator==(const SharedNamespaces&, const SharedNamespaces&) = default;
};

// What it finds in /etc/resolv.conf beside what its network gives.
struct NameResolution {
  std::vector<std::string> servers;
  std::vector<std::string> search;  // "." alone: none
  std::vector<std::string> options;
  friend bool operator==(const NameResolution&, const NameResolution&) = default;
};

struct HostConfig {
  ResourceLimits limits;
  std::vector<std::string> added_capabilities;  // "NET_ADMIN", "CAP_NET_ADMIN" or "ALL"
  std::vector<std::string> dropped_capabilities;
  bool privileged = false;  // all capabilities and devices, no seccomp filter, nothing masked
  bool read_only_root = false;
  SecurityOptions security;
  std::vector<DeviceMapping> devices;
  std::vector<ResourceBound> bounds;
  std::map<std::string, std::string> sysctls;
  std::uint64_t shm_size_bytes = 0;  // of /dev/shm; 0: docker's 64 MiB
  std::vector<TmpfsMount> tmpfs_mounts;
  std::vector<std::string> additional_groups;  // names of the container's /etc/group, or numbers
  SharedNamespaces namespaces;
  std::map<std::string, std::string> annotations;  // for the OCI runtime
  std::string domain_name;                         // NIS
  std::optional<int> oom_score_adj;                // proc(5): -1000 to 1000
  std::vector<ExtraHost> extra_hosts;
  NameResolution names;
  friend bool operator==(const HostConfig&, const HostConfig&) = default;
};

}  // namespace estiba::run
