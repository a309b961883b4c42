#include "run/spec_json.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "fs/kernel.h"
#include "fs/user_namespace.h"
#include "run/capabilities.h"
#include "run/default_seccomp.h"
#include "run/spec_resources.h"
#include "run/spec_seccomp.h"

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
constexpr gid_t kTerminalGroup = 5;                      // "tty" everywhere
constexpr std::uint64_t kSharedMemoryBytes = 64u << 20;  // docker's

std::set<std::string> capabilities_of(const ResolvedSpec& resolved) {
  const HostConfig& host = resolved.spec.host;
  if (host.privileged) return all_capabilities();
  std::set<std::string> capabilities =
      effective_capabilities(host.added_capabilities, host.dropped_capabilities);
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

// "nofile" is RLIMIT_NOFILE. The kernel refuses a hard limit above ours without CAP_SYS_RESOURCE.
Json resource_limits(const std::vector<ResourceBound>& bounds) {
  Json limits = Json::array();
  bool names_open_files = false;
  for (const ResourceBound& limit : bounds) {
    std::string type = "RLIMIT_" + limit.name;
    std::ranges::transform(type, type.begin(), [](unsigned char letter) {
      return static_cast<char>(std::toupper(letter));
    });
    names_open_files = names_open_files || limit.name == "nofile";
    limits.push_back({{"type", type}, {"soft", limit.soft}, {"hard", limit.hard}});
  }
  if (!names_open_files) limits.push_back(open_files_limit());
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
      {"rlimits", resource_limits(resolved.spec.host.bounds)},
      {"noNewPrivileges", resolved.spec.host.security.no_new_privileges},
  };
  if (const auto score = resolved.spec.host.oom_score_adj) process["oomScoreAdj"] = *score;
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

// The kernel mounts sysfs only for who is root over the network that it shows.
Json sys_mount(const ResolvedSpec& resolved, const std::string& access) {
  const bool is_foreign = resolved.spec.network == NetworkMode::kHost && fs::in_user_namespace();
  if (!is_foreign) return mount("sysfs", "/sys", {"nosuid", "noexec", "nodev", access});
  return {{"type", "bind"},
          {"source", "/sys"},
          {"destination", "/sys"},
          {"options", {"rbind", "rprivate", "nosuid", "noexec", "nodev", "ro"}}};
}

Json shared_memory(const ResolvedSpec& resolved) {
  const std::uint64_t chosen_bytes = resolved.spec.host.shm_size_bytes;
  const std::uint64_t bytes = chosen_bytes == 0 ? kSharedMemoryBytes : chosen_bytes;
  return mount("tmpfs", "/dev/shm",
               {"nosuid", "noexec", "nodev", "mode=1777", fmt::format("size={}", bytes)});
}

Json kernel_mounts(const ResolvedSpec& resolved) {
  const std::string access = resolved.spec.host.privileged ? "rw" : "ro";
  Json mounts = Json::array();
  mounts.push_back(mount("proc", "/proc", {"nosuid", "noexec", "nodev"}));
  mounts.push_back(mount("tmpfs", "/dev", {"nosuid", "strictatime", "mode=755", "size=65536k"}));
  std::vector<std::string> terminals = {"nosuid", "noexec", "newinstance", "ptmxmode=0666",
                                        "mode=0620"};
  if (fs::has_group(kTerminalGroup)) terminals.push_back(fmt::format("gid={}", kTerminalGroup));
  mounts.push_back(mount("devpts", "/dev/pts", std::move(terminals)));
  mounts.push_back(sys_mount(resolved, access));
  mounts.push_back(mount("mqueue", "/dev/mqueue", {"nosuid", "noexec", "nodev"}));
  // Of another's shared memory it is a mount that the launch has made.
  if (resolved.spec.host.namespaces.ipc.empty()) mounts.push_back(shared_memory(resolved));
  // Of version 1 it is a dozen mounts, which only limits make worth their time, and whoever starts
  // containers in there.
  const bool shows_cgroups =
      resolved.cgroups.usable &&
      (resolved.cgroups.version == CgroupVersion::kV2 || resolved.spec.host.limits.any() ||
       resolved.spec.host.privileged);
  if (shows_cgroups) {
    mounts.push_back(
        mount("cgroup", "/sys/fs/cgroup", {"nosuid", "noexec", "nodev", "relatime", access}));
  }
  return mounts;
}

Json mounts(const ResolvedSpec& resolved) {
  Json mounts = kernel_mounts(resolved);
  for (const TmpfsMount& tmpfs : resolved.spec.host.tmpfs_mounts) {
    std::vector<std::string> options = tmpfs.options;
    options.push_back(fmt::format("mode={:o}", tmpfs.mode));
    const auto unless = [&](const char* allowed, const char* usual) {
      if (std::ranges::find(options, allowed) == options.end()) options.emplace_back(usual);
    };
    unless("suid", "nosuid");
    unless("dev", "nodev");
    if (!tmpfs.executable) options.emplace_back("noexec");
    if (tmpfs.read_only) options.emplace_back("ro");
    if (tmpfs.size_bytes != 0) options.push_back(fmt::format("size={}", tmpfs.size_bytes));
    mounts.push_back(mount("tmpfs", tmpfs.destination.c_str(), std::move(options)));
  }
  for (Json& device : device_mounts_json(resolved.spec.host)) mounts.push_back(std::move(device));
  // Read-only holds for what is mounted below too where the kernel can do that at once; nothing is
  // below a file, which crun cannot make so.
  const bool knows_recursive = fs::kernel_at_least(5, 12);
  for (const BindMount& bind : resolved.mounts) {
    const bool is_recursive =
        knows_recursive && bind.is_directory && bind.recursive && bind.read_only_below;
    const char* read_only = is_recursive ? "rro" : "ro";
    mounts.push_back({{"type", "bind"},
                      {"source", bind.source},
                      {"destination", bind.destination},
                      {"options",
                       {bind.recursive ? "rbind" : "bind", bind.propagation,
                        bind.read_only ? read_only : "rw"}}});
  }
  return mounts;
}

// Where mounts are told to peers, all of the container's root has to let them pass.
const char* root_propagation(const std::vector<BindMount>& mounts) {
  const auto has = [&](std::string_view word) {
    return std::ranges::any_of(mounts, [&](const BindMount& mount) {
      return mount.propagation == word || mount.propagation == fmt::format("r{}", word);
    });
  };
  if (has("shared")) return "shared";
  return has("slave") ? "rslave" : nullptr;
}

Json namespaces(const ResolvedSpec& resolved) {
  Json list = Json::array();
  const auto add = [&](const char* type, const std::string& shared, const std::string& file) {
    if (shared == "host") return;
    Json entry = {{"type", type}};
    if (!file.empty()) entry["path"] = file;
    list.push_back(std::move(entry));
  };
  const SharedNamespaces& shared = resolved.spec.host.namespaces;
  add("mount", "", "");
  add("pid", shared.pid, resolved.namespace_files.pid);
  add("ipc", shared.ipc, resolved.namespace_files.ipc);
  add("uts", shared.uts, "");
  add("network", resolved.spec.network == NetworkMode::kHost ? "host" : "",
      resolved.namespace_files.network);
  if (resolved.cgroups.usable && resolved.cgroups.version == CgroupVersion::kV2) {
    add("cgroup", shared.cgroup, "");
  }
  return list;
}

void add_restrictions(const HostConfig& host, const std::set<std::string>& capabilities,
                      Json& document) {
  Json& linux_part = document["linux"];
  if (host.privileged) return;
  if (!host.security.shows_kernel_files) {
    linux_part["maskedPaths"] = kMaskedPaths;
    linux_part["readonlyPaths"] = kReadOnlyPaths;
  }
  if (host.security.seccomp == "unconfined") return;
  if (host.security.seccomp) {
    linux_part["seccomp"] = custom_seccomp_json(*host.security.seccomp, capabilities);
    return;
  }
  linux_part["seccomp"] = default_seccomp_json(capabilities);
  // crun takes the compiled filter; other runtimes compile the rules.
  if (have_same_seccomp_profile(capabilities, default_capabilities())) {
    document["annotations"]["run.oci.seccomp_bpf_data"] = compiled_default_seccomp();
  }
}

}  // namespace

std::string runtime_spec_json(const ResolvedSpec& resolved) {
  const ContainerSpec& spec = resolved.spec;
  const std::set<std::string> capabilities = capabilities_of(resolved);
  Json document = {
      {"ociVersion", "1.0.2"},
      {"process", process(resolved, capabilities)},
      {"root", {{"path", spec.root_directory}, {"readonly", spec.host.read_only_root}}},
      {"mounts", mounts(resolved)},
      {"linux", {{"namespaces", namespaces(resolved)}, {"resources", resources_json(spec.host)}}},
  };
  if (spec.host.namespaces.uts != "host") document["hostname"] = resolved.hostname;
  if (!spec.host.domain_name.empty()) document["domainname"] = spec.host.domain_name;
  Json& linux_part = document["linux"];
  if (resolved.cgroups.usable) linux_part["cgroupsPath"] = resolved.cgroup_path;
  if (!spec.host.sysctls.empty()) linux_part["sysctl"] = spec.host.sysctls;
  if (const char* propagation = root_propagation(resolved.mounts)) {
    linux_part["rootfsPropagation"] = propagation;
  }
  if (Json devices = devices_json(spec.host); !devices.empty()) linux_part["devices"] = devices;
  for (const auto& [key, value] : spec.host.annotations) document["annotations"][key] = value;
  add_restrictions(spec.host, capabilities, document);
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace estiba::run
