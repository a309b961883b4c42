#include "run/spec_resources.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "fs/user_namespace.h"
#include "run/device_nodes.h"

namespace estiba::run {
namespace {

using Json = nlohmann::json;

// PID_MAX_LIMIT, the kernel's own bound: a runtime writes numbers only.
constexpr std::int64_t kMostProcesses = 4 << 20;
constexpr std::uint64_t kCpuPeriodMicroseconds = 100000;

Json device_rule(bool allow, const char* type, std::optional<unsigned> major,
                 std::optional<unsigned> minor, const std::string& access) {
  Json rule = {{"allow", allow}, {"type", type}, {"access", access}};
  if (major) rule["major"] = *major;
  if (minor) rule["minor"] = *minor;
  return rule;
}

// Any node may be made, only harmless ones opened: null, zero, full, random, urandom, tty, console,
// ptmx and the pseudo terminals.
Json usual_device_rules() {
  return Json::array({device_rule(false, "a", {}, {}, "rwm"), device_rule(true, "c", {}, {}, "m"),
                      device_rule(true, "b", {}, {}, "m"), device_rule(true, "c", 1, 3, "rwm"),
                      device_rule(true, "c", 1, 5, "rwm"), device_rule(true, "c", 1, 7, "rwm"),
                      device_rule(true, "c", 1, 8, "rwm"), device_rule(true, "c", 1, 9, "rwm"),
                      device_rule(true, "c", 5, 0, "rwm"), device_rule(true, "c", 5, 1, "rwm"),
                      device_rule(true, "c", 5, 2, "rwm"), device_rule(true, "c", 136, {}, "rwm")});
}

Json device_rules(const HostConfig& host) {
  if (host.privileged) return Json::array({device_rule(true, "a", {}, {}, "rwm")});
  Json rules = usual_device_rules();
  for (const DeviceNode& node : device_nodes(host)) {
    rules.push_back(
        device_rule(true, node.is_block ? "b" : "c", node.major, node.minor, node.access));
  }
  return rules;
}

Json memory(const ResourceLimits& limits) {
  Json memory = Json::object();
  if (limits.memory_bytes) memory["limit"] = *limits.memory_bytes;
  if (limits.memory_swap_bytes) memory["swap"] = *limits.memory_swap_bytes;
  if (limits.memory_reservation_bytes) memory["reservation"] = *limits.memory_reservation_bytes;
  if (limits.memory_swappiness) memory["swappiness"] = *limits.memory_swappiness;
  if (limits.oom_kill_disable) memory["disableOOMKiller"] = *limits.oom_kill_disable;
  return memory;
}

Json cpu(const ResourceLimits& limits) {
  Json cpu = Json::object();
  if (limits.cpus) {
    const double quota = *limits.cpus * static_cast<double>(kCpuPeriodMicroseconds);
    cpu["period"] = kCpuPeriodMicroseconds;
    cpu["quota"] = static_cast<std::int64_t>(quota);
  }
  if (limits.cpu_period) cpu["period"] = *limits.cpu_period;
  if (limits.cpu_quota) cpu["quota"] = *limits.cpu_quota;
  if (!limits.cpuset_mems.empty()) cpu["mems"] = limits.cpuset_mems;
  if (limits.cpu_shares) cpu["shares"] = *limits.cpu_shares;
  if (!limits.cpuset_cpus.empty()) cpu["cpus"] = limits.cpuset_cpus;
  return cpu;
}

// A controller that docker's sentence calls by `name`.
struct Controller {
  const char* v1_file;  // below /sys/fs/cgroup
  const char* v2_name;  // in cgroup.controllers
};

bool has_controller(const CgroupSupport& support, const Controller& controller) {
  if (!support.usable) return false;
  if (support.version == CgroupVersion::kV1) {
    return path_exists(fmt::format("/sys/fs/cgroup/{}", controller.v1_file));
  }
  const std::string names = read_file("/sys/fs/cgroup/cgroup.controllers", 4096);
  return fmt::format(" {} ", names.substr(0, names.find('\n')))
             .find(fmt::format(" {} ", controller.v2_name)) != std::string::npos;
}

std::string unsupported(std::string_view what, std::string_view consequence) {
  return fmt::format("Your kernel does not support {} or the cgroup is not mounted. {}", what,
                     consequence);
}

}  // namespace

Json limits_json(const ResourceLimits& limits) {
  Json resources = Json::object();
  if (const Json part = memory(limits); !part.empty()) resources["memory"] = part;
  if (const Json part = cpu(limits); !part.empty()) resources["cpu"] = part;
  if (limits.processes) {
    resources["pids"] = {{"limit", *limits.processes > 0 ? *limits.processes : kMostProcesses}};
  }
  if (limits.block_weight) resources["blockIO"] = {{"weight", *limits.block_weight}};
  return resources;
}

Json resources_json(const HostConfig& host) {
  Json resources = limits_json(host.limits);
  resources["devices"] = device_rules(host);
  return resources;
}

Json devices_json(const HostConfig& host) {
  Json devices = Json::array();
  if (fs::in_user_namespace()) return devices;
  for (const DeviceNode& node : device_nodes(host)) {
    devices.push_back({{"path", node.path},
                       {"type", node.is_block ? "b" : "c"},
                       {"major", node.major},
                       {"minor", node.minor},
                       {"fileMode", node.mode},
                       {"uid", node.uid},
                       {"gid", node.gid}});
  }
  return devices;
}

Json device_mounts_json(const HostConfig& host) {
  Json mounts = Json::array();
  if (!fs::in_user_namespace()) return mounts;
  for (const DeviceNode& node : device_nodes(host)) {
    mounts.push_back({{"type", "bind"},
                      {"source", node.host_path},
                      {"destination", node.path},
                      {"options", {"bind", "rprivate", "nosuid", "noexec"}}});
  }
  return mounts;
}

std::vector<std::string> drop_unsupported_limits(ResourceLimits& limits,
                                                 const CgroupSupport& support) {
  if (limits.any() && !support.usable && fs::in_user_namespace()) {
    limits = {};
    return {
        "Limits are discarded: an ordinary user can make no cgroups on this host. They need "
        "cgroup version 2 with a part of it that is the user's, or root."};
  }
  std::vector<std::string> warnings;
  const auto drop = [&](auto& limit, const Controller& controller, std::string_view what,
                        std::string_view consequence) {
    if (!limit || has_controller(support, controller)) return;
    limit.reset();
    warnings.push_back(unsupported(what, consequence));
  };
  drop(limits.memory_bytes, {"memory/memory.limit_in_bytes", "memory"}, "memory limit capabilities",
       "Limitation discarded.");
  const bool swap_wanted = limits.memory_swap_bytes.has_value();
  drop(limits.memory_swap_bytes, {"memory/memory.memsw.limit_in_bytes", "memory"},
       "swap limit capabilities", "Memory limited without swap.");
  // docker's rule for what was left open: as much swap as memory.
  if (limits.memory_bytes && !swap_wanted &&
      has_controller(support, {"memory/memory.memsw.limit_in_bytes", "memory"})) {
    limits.memory_swap_bytes = static_cast<std::int64_t>(2 * *limits.memory_bytes);
  }
  drop(limits.memory_reservation_bytes, {"memory/memory.soft_limit_in_bytes", "memory"},
       "memory soft limit capabilities", "Limitation discarded.");
  // Version 2 has neither.
  drop(limits.memory_swappiness, {"memory/memory.swappiness", "-"},
       "memory swappiness capabilities", "Memory swappiness discarded.");
  drop(limits.oom_kill_disable, {"memory/memory.oom_control", "-"}, "OomKillDisable",
       "OomKillDisable discarded.");
  drop(limits.cpu_period, {"cpu/cpu.cfs_period_us", "cpu"}, "CPU CFS period", "Period discarded.");
  drop(limits.cpu_quota, {"cpu/cpu.cfs_quota_us", "cpu"}, "CPU CFS quota", "Quota discarded.");
  drop(limits.block_weight, {"blkio/blkio.weight", "io"}, "Block I/O weight", "Weight discarded.");
  drop(limits.cpus, {"cpu/cpu.cfs_quota_us", "cpu"}, "CPU CFS quota", "Quota discarded.");
  drop(limits.cpu_shares, {"cpu/cpu.shares", "cpu"}, "CPU shares", "Shares discarded.");
  drop(limits.processes, {"pids", "pids"}, "PIDs limit capabilities", "PIDs limit discarded.");
  const bool has_set = !limits.cpuset_cpus.empty() || !limits.cpuset_mems.empty();
  if (has_set && !has_controller(support, {"cpuset/cpuset.cpus", "cpuset"})) {
    limits.cpuset_cpus.clear();
    limits.cpuset_mems.clear();
    warnings.push_back(unsupported("cpuset", "Cpuset discarded."));
  }
  return warnings;
}

}  // namespace estiba::run
