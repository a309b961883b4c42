#include "run/spec_json.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "fs/kernel.h"
#include "run/capabilities.h"
#include "run/default_seccomp.h"

namespace estiba::run {
namespace {

using Json = nlohmann::json;

// What of the kernel a container shall not see, and what it shall not change.
constexpr const char* kMaskedPaths[] = {
    "/proc/acpi",        "/proc/asound",  "/proc/interrupts",
    "/proc/kcore",       "/proc/keys",    "/proc/latency_stats",
    "/proc/sched_debug", "/proc/scsi",    "/proc/timer_list",
    "/proc/timer_stats", "/sys/firmware", "/sys/devices/virtual/powercap"};
constexpr const char* kReadOnlyPaths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                          "/proc/sysrq-trigger"};

// What systemd gives to services: programs that close every descriptor up to the limit stay quick,
// those that need more raise it themselves. Not ours, so that a build does not depend on it.
constexpr rlim_t kSoftOpenFiles = 1024;
constexpr rlim_t kHardOpenFiles = 524288;

constexpr std::uint64_t kCpuPeriodMicroseconds = 100000;

std::set<std::string> capabilities_of(const ResolvedSpec& resolved) {
  if (resolved.spec.privileged) return all_capabilities();
  std::set<std::string> capabilities =
      effective_capabilities(resolved.spec.added_capabilities, resolved.spec.dropped_capabilities);
  // Without a cgroup nothing keeps a process from opening the device nodes that it made.
  if (!resolved.cgroups.usable) capabilities.erase("CAP_MKNOD");
  return capabilities;
}

Json open_files_limit() {
  rlimit current = {};
  rlim_t hard = kHardOpenFiles;
  if (::getrlimit(RLIMIT_NOFILE, &current) == 0) hard = std::min(hard, current.rlim_max);
  return {{"type", "RLIMIT_NOFILE"}, {"soft", std::min(kSoftOpenFiles, hard)}, {"hard", hard}};
}

Json resource_limits(const std::vector<ResourceBound>& bounds) {
  Json limits = Json::array();
  const auto is_files = [](const ResourceBound& bound) { return bound.name == "nofile"; };
  if (std::ranges::none_of(bounds, is_files)) limits.push_back(open_files_limit());
  for (const ResourceBound& bound : bounds) {
    std::string type = "RLIMIT_";
    for (const char letter : bound.name) type += static_cast<char>(std::toupper(letter));
    limits.push_back({{"type", type}, {"soft", bound.soft}, {"hard", bound.hard}});
  }
  return limits;
}

Json process(const ResolvedSpec& resolved, const std::set<std::string>& capabilities) {
  Json process = {
      {"terminal", resolved.spec.terminal},
      {"user", {{"uid", resolved.user.uid}, {"gid", resolved.user.gid}}},
      {"args", resolved.spec.arguments},
      {"env", resolved.environment},
      {"cwd", resolved.working_directory},
      // Nothing inheritable: programs with file capabilities must not gain more than they state.
      {"capabilities",
       {{"bounding", capabilities}, {"effective", capabilities}, {"permitted", capabilities}}},
      {"rlimits", resource_limits(resolved.spec.bounds)},
      {"noNewPrivileges", false},
  };
  if (!resolved.user.additional_gids.empty()) {
    process["user"]["additionalGids"] = resolved.user.additional_gids;
  }
  if (resolved.window) {
    process["consoleSize"] = {{"height", resolved.window->rows},
                              {"width", resolved.window->columns}};
  }
  return process;
}

Json mount(const char* type, const char* destination, std::vector<std::string> options) {
  return {{"type", type},
          {"source", type},
          {"destination", destination},
          {"options", std::move(options)}};
}

Json kernel_mounts(const ResolvedSpec& resolved) {
  const std::string access = resolved.spec.privileged ? "rw" : "ro";
  Json mounts = Json::array();
  mounts.push_back(mount("proc", "/proc", {"nosuid", "noexec", "nodev"}));
  mounts.push_back(mount("tmpfs", "/dev", {"nosuid", "strictatime", "mode=755", "size=65536k"}));
  mounts.push_back(
      mount("devpts", "/dev/pts",
            {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}));
  mounts.push_back(mount("sysfs", "/sys", {"nosuid", "noexec", "nodev", access}));
  mounts.push_back(mount("mqueue", "/dev/mqueue", {"nosuid", "noexec", "nodev"}));
  const std::uint64_t shm_bytes = resolved.spec.shm_size_bytes;
  mounts.push_back(
      mount("tmpfs", "/dev/shm",
            {"nosuid", "noexec", "nodev", "mode=1777",
             shm_bytes == 0 ? std::string("size=65536k") : fmt::format("size={}", shm_bytes)}));
  // Of version 1 it is a dozen mounts, which only limits make worth their time.
  const bool shows_cgroups =
      resolved.cgroups.usable &&
      (resolved.cgroups.version == CgroupVersion::kV2 || resolved.spec.limits.any());
  if (shows_cgroups) {
    mounts.push_back(
        mount("cgroup", "/sys/fs/cgroup", {"nosuid", "noexec", "nodev", "relatime", access}));
  }
  return mounts;
}

Json mounts(const ResolvedSpec& resolved) {
  Json mounts = kernel_mounts(resolved);
  for (const TmpfsMount& tmpfs : resolved.spec.tmpfs_mounts) {
    std::vector<std::string> options = {"nosuid", "nodev", fmt::format("mode={:o}", tmpfs.mode)};
    if (tmpfs.size_bytes != 0) options.push_back(fmt::format("size={}", tmpfs.size_bytes));
    mounts.push_back(mount("tmpfs", tmpfs.destination.c_str(), std::move(options)));
  }
  // Read-only holds for what is mounted below too where the kernel can do that at once; nothing is
  // below a file, which crun cannot make so.
  const bool knows_recursive = fs::kernel_at_least(5, 12);
  for (const BindMount& bind : resolved.mounts) {
    const char* read_only = knows_recursive && bind.is_directory ? "rro" : "ro";
    mounts.push_back({{"type", "bind"},
                      {"source", bind.source},
                      {"destination", bind.destination},
                      {"options", {"rbind", bind.propagation, bind.read_only ? read_only : "rw"}}});
  }
  return mounts;
}

Json device_rule(bool allow, const char* type, std::optional<int> major, std::optional<int> minor,
                 const char* access) {
  Json rule = {{"allow", allow}, {"type", type}, {"access", access}};
  if (major) rule["major"] = *major;
  if (minor) rule["minor"] = *minor;
  return rule;
}

// Any node may be made, only harmless ones opened: null, zero, full, random, urandom, tty, console,
// ptmx and the pseudo terminals.
Json device_rules(bool privileged) {
  if (privileged) return Json::array({device_rule(true, "a", {}, {}, "rwm")});
  return Json::array({device_rule(false, "a", {}, {}, "rwm"), device_rule(true, "c", {}, {}, "m"),
                      device_rule(true, "b", {}, {}, "m"), device_rule(true, "c", 1, 3, "rwm"),
                      device_rule(true, "c", 1, 5, "rwm"), device_rule(true, "c", 1, 7, "rwm"),
                      device_rule(true, "c", 1, 8, "rwm"), device_rule(true, "c", 1, 9, "rwm"),
                      device_rule(true, "c", 5, 0, "rwm"), device_rule(true, "c", 5, 1, "rwm"),
                      device_rule(true, "c", 5, 2, "rwm"), device_rule(true, "c", 136, {}, "rwm")});
}

Json resources(const ContainerSpec& spec) {
  Json resources = {{"devices", device_rules(spec.privileged)}};
  if (spec.limits.memory_bytes) resources["memory"] = {{"limit", *spec.limits.memory_bytes}};
  if (spec.limits.cpus) {
    const double quota = *spec.limits.cpus * static_cast<double>(kCpuPeriodMicroseconds);
    resources["cpu"] = {{"period", kCpuPeriodMicroseconds},
                        {"quota", static_cast<std::int64_t>(quota)}};
  }
  if (spec.limits.processes) resources["pids"] = {{"limit", *spec.limits.processes}};
  return resources;
}

Json namespaces(const ResolvedSpec& resolved) {
  Json list = Json::array();
  for (const char* type : {"pid", "ipc", "uts", "mount"}) list.push_back({{"type", type}});
  if (resolved.spec.network == NetworkMode::kNone) list.push_back({{"type", "network"}});
  if (resolved.cgroups.usable && resolved.cgroups.version == CgroupVersion::kV2) {
    list.push_back({{"type", "cgroup"}});
  }
  return list;
}

const char* operator_name(SeccompCondition::Compare compare) {
  switch (compare) {
    case SeccompCondition::Compare::kEqual:
      return "SCMP_CMP_EQ";
    case SeccompCondition::Compare::kNotEqual:
      return "SCMP_CMP_NE";
    case SeccompCondition::Compare::kMaskedEqual:
      return "SCMP_CMP_MASKED_EQ";
  }
  return "";
}

Json seccomp_condition(const SeccompCondition& condition) {
  // The specification names the mask first: (argument & value) == valueTwo.
  const bool masked = condition.compare == SeccompCondition::Compare::kMaskedEqual;
  return {{"index", condition.argument},
          {"op", operator_name(condition.compare)},
          {"value", masked ? condition.mask : condition.value},
          {"valueTwo", masked ? condition.value : 0}};
}

Json seccomp(const std::set<std::string>& capabilities) {
  const SeccompProfile profile = default_seccomp_profile(capabilities);
  Json syscalls = Json::array();
  for (const SeccompRule& rule : profile.rules) {
    const bool allowed = rule.errno_value == 0;
    Json entry = {{"names", rule.names}, {"action", allowed ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO"}};
    if (!allowed) entry["errnoRet"] = rule.errno_value;
    if (rule.condition) entry["args"] = Json::array({seccomp_condition(*rule.condition)});
    syscalls.push_back(std::move(entry));
  }
  return {{"defaultAction", "SCMP_ACT_ERRNO"},
          {"defaultErrnoRet", profile.default_errno},
          {"architectures", profile.architectures},
          {"syscalls", std::move(syscalls)}};
}

}  // namespace

std::string runtime_spec_json(const ResolvedSpec& resolved) {
  const ContainerSpec& spec = resolved.spec;
  const std::set<std::string> capabilities = capabilities_of(resolved);
  Json document = {
      {"ociVersion", "1.0.2"},
      {"process", process(resolved, capabilities)},
      {"root", {{"path", spec.root_directory}, {"readonly", spec.read_only_root}}},
      {"hostname", resolved.hostname},
      {"mounts", mounts(resolved)},
      {"linux", {{"namespaces", namespaces(resolved)}, {"resources", resources(spec)}}},
  };
  Json& linux_part = document["linux"];
  if (resolved.cgroups.usable) linux_part["cgroupsPath"] = resolved.cgroup_path;
  if (!spec.privileged) {
    linux_part["maskedPaths"] = kMaskedPaths;
    linux_part["readonlyPaths"] = kReadOnlyPaths;
    linux_part["seccomp"] = seccomp(capabilities);
    // crun takes the compiled filter; other runtimes compile the rules.
    if (have_same_seccomp_profile(capabilities, default_capabilities())) {
      document["annotations"]["run.oci.seccomp_bpf_data"] = compiled_default_seccomp();
    }
  }
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace estiba::run
