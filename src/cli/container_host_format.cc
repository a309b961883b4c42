#include "cli/container_host_format.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

Json binds_json(const std::vector<run::VolumeRequest>& volumes) {
  Json binds = Json::array();
  for (const run::VolumeRequest& volume : volumes) {
    if (volume.kind == run::VolumeKind::kAnonymous || volume.kind == run::VolumeKind::kImage)
      continue;
    binds.push_back(
        fmt::format("{}:{}{}", volume.source, volume.destination, volume.read_only ? ":ro" : ""));
  }
  return binds;
}

std::string host_port_text(const run::PortMapping& port) {
  if (port.host_port == 0) return {};
  if (port.last_host_port == 0) return std::to_string(port.host_port);
  return fmt::format("{}-{}", port.host_port, port.last_host_port);
}

Json port_bindings_json(const std::vector<run::PortMapping>& ports) {
  Json bindings = Json::object();
  for (const run::PortMapping& port : ports) {
    bindings[fmt::format("{}/{}", port.container_port, port.protocol)].push_back(
        {{"HostIp", port.host_ip}, {"HostPort", host_port_text(port)}});
  }
  return bindings;
}

Json security_json(const run::SecurityOptions& security) {
  Json options = Json::array();
  if (security.no_new_privileges) options.push_back("no-new-privileges");
  if (security.seccomp) options.push_back("seccomp=" + *security.seccomp);
  if (security.shows_kernel_files) options.push_back("systempaths=unconfined");
  return options;
}

Json tmpfs_json(const std::vector<run::TmpfsMount>& mounts) {
  Json tmpfs = Json::object();
  for (const run::TmpfsMount& mount : mounts) {
    std::string options;
    if (mount.size_bytes != 0) options = fmt::format("size={}", mount.size_bytes);
    if (mount.read_only) options += options.empty() ? "ro" : ",ro";
    tmpfs[mount.destination] = options;
  }
  return tmpfs;
}

Json log_json(const run::LogOptions& log) {
  return {{"Type", log.kept ? "json-file" : "none"},
          {"Config",
           {{"max-size", std::to_string(log.maximum_file_bytes)},
            {"max-file", std::to_string(log.maximum_files)}}}};
}

void add_names(Json& json, const run::HostConfig& host) {
  json["Dns"] = host.names.servers;
  json["DnsOptions"] = host.names.options;
  json["DnsSearch"] = host.names.search;
  json["ExtraHosts"] = Json::array();
  for (const run::ExtraHost& extra : host.extra_hosts) {
    json["ExtraHosts"].push_back(extra.name + ":" + extra.address);
  }
  json["GroupAdd"] = host.additional_groups;
  json["IpcMode"] = host.namespaces.ipc.empty() ? "private" : host.namespaces.ipc;
  json["PidMode"] = host.namespaces.pid;
  json["UTSMode"] = host.namespaces.uts;
  json["CgroupnsMode"] = host.namespaces.cgroup.empty() ? "private" : host.namespaces.cgroup;
}

void add_limits(Json& json, const run::HostConfig& host) {
  const run::ResourceLimits& limits = host.limits;
  json["Memory"] = limits.memory_bytes.value_or(0);
  json["MemorySwap"] = limits.memory_swap_bytes.value_or(0);
  json["NanoCpus"] = static_cast<std::int64_t>(limits.cpus.value_or(0) * 1e9);
  json["MemoryReservation"] = limits.memory_reservation_bytes.value_or(0);
  json["MemorySwappiness"] =
      limits.memory_swappiness ? Json(*limits.memory_swappiness) : Json(nullptr);
  json["OomKillDisable"] = limits.oom_kill_disable.value_or(false);
  json["CpuPeriod"] = limits.cpu_period.value_or(0);
  json["CpuQuota"] = limits.cpu_quota.value_or(0);
  json["CpusetMems"] = limits.cpuset_mems;
  json["BlkioWeight"] = limits.block_weight.value_or(0);
  json["CpuShares"] = limits.cpu_shares.value_or(0);
  json["CpusetCpus"] = limits.cpuset_cpus;
  json["PidsLimit"] = limits.processes ? Json(*limits.processes) : Json(nullptr);
  json["Ulimits"] = Json::array();
  for (const run::ResourceBound& bound : host.bounds) {
    json["Ulimits"].push_back({{"Name", bound.name}, {"Hard", bound.hard}, {"Soft", bound.soft}});
  }
  json["Devices"] = Json::array();
  for (const run::DeviceMapping& device : host.devices) {
    json["Devices"].push_back({{"PathOnHost", device.source},
                               {"PathInContainer", device.destination},
                               {"CgroupPermissions", device.access}});
  }
}

}  // namespace

std::string host_config_document(const run::Container& container) {
  const run::RunOptions& options = container.record.options;
  const run::HostConfig& host = options.host;
  Json json = {{"Binds", binds_json(options.volumes)},
               {"VolumesFrom", options.volumes_from},
               {"NetworkMode", options.network},
               {"PortBindings", port_bindings_json(options.ports)},
               {"RestartPolicy",
                {{"Name", run::name_of(options.restart.condition)},
                 {"MaximumRetryCount", options.restart.maximum_retries}}},
               {"AutoRemove", options.remove},
               {"LogConfig", log_json(options.log)},
               {"CapAdd", host.added_capabilities},
               {"CapDrop", host.dropped_capabilities},
               {"Privileged", host.privileged},
               {"PublishAllPorts", options.publish_all},
               {"ReadonlyRootfs", host.read_only_root},
               {"SecurityOpt", security_json(host.security)},
               {"ShmSize", host.shm_size_bytes == 0 ? 64u << 20 : host.shm_size_bytes},
               {"Sysctls", host.sysctls},
               {"Tmpfs", tmpfs_json(host.tmpfs_mounts)},
               {"Init", options.init},
               {"Annotations", host.annotations},
               {"OomScoreAdj", host.oom_score_adj.value_or(0)}};
  add_names(json, host);
  add_limits(json, host);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace estiba::cli
