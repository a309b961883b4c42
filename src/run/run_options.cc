#include "run/run_options.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "run/network_json.h"

namespace estiba {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Healthcheck, test, interval, timeout, start_period,
                                                start_interval, retries)

}  // namespace estiba

namespace estiba::run {
namespace {

constexpr std::pair<RestartCondition, std::string_view> kConditions[] = {
    {RestartCondition::kNever, "no"},
    {RestartCondition::kOnFailure, "on-failure"},
    {RestartCondition::kAlways, "always"},
    {RestartCondition::kUnlessStopped, "unless-stopped"}};

}  // namespace

// What is kept of each type: a field that an older record lacks has its default.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RestartPolicy, condition, maximum_retries)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(LogOptions, kept, maximum_file_bytes, maximum_files)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ResourceLimits, memory_bytes, memory_swap_bytes,
                                                cpus, cpu_shares, memory_reservation_bytes,
                                                memory_swappiness, oom_kill_disable, cpu_period,
                                                cpu_quota, cpuset_cpus, cpuset_mems, processes,
                                                block_weight)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(TmpfsMount, destination, size_bytes, mode,
                                                read_only, executable, options)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ResourceBound, name, soft, hard)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ExtraHost, name, address)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DeviceMapping, source, destination, access)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SecurityOptions, no_new_privileges,
                                                shows_kernel_files, seccomp)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SharedNamespaces, ipc, pid, uts, cgroup)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NameResolution, servers, search, options)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HostConfig, limits, added_capabilities,
                                                dropped_capabilities, privileged, read_only_root,
                                                security, devices, bounds, sysctls, shm_size_bytes,
                                                tmpfs_mounts, additional_groups, namespaces,
                                                annotations, domain_name, oom_score_adj,
                                                extra_hosts, names)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RunOverrides, entrypoint, command, environment,
                                                working_directory, user, hostname, terminal)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(VolumeRequest, kind, source, destination, read_only,
                                                copy_from_image, propagation, recursion, subpath,
                                                change_owner)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NetworkEndpoint, network, aliases, address,
                                                address6, hardware_address, gateway_priority)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RunOptions, image_name, name, process, volumes,
                                                volumes_from, network, endpoints, ports,
                                                publish_all, exposed_ports, hostname, interactive,
                                                terminal, remove, input_ends_with_client, init,
                                                host, labels, stop_signal, stop_timeout_seconds,
                                                restart, log, no_healthcheck, health)

RestartPolicy parse_restart_policy(std::string_view text) {
  const std::string_view name = text.substr(0, text.find(':'));
  RestartPolicy policy;
  if (text.empty()) return policy;
  const auto* known = std::ranges::find(kConditions, name, [](const auto& c) { return c.second; });
  if (known == std::end(kConditions)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("invalid restart policy '{}'", text),
                "use no, always, unless-stopped or on-failure[:TIMES]");
  }
  policy.condition = known->first;
  if (name.size() == text.size()) return policy;
  const std::string_view count = text.substr(name.size() + 1);
  const auto [end, error] =
      std::from_chars(count.data(), count.data() + count.size(), policy.maximum_retries);
  if (error != std::errc() || end != count.data() + count.size() || policy.maximum_retries < 0) {
    throw Error(ErrorCode::kInvalidArgument, "maximum retry count must be an integer");
  }
  if (policy.condition != RestartCondition::kOnFailure) {
    throw Error(ErrorCode::kInvalidArgument,
                "maximum retry count can only be used with 'on-failure'");
  }
  return policy;
}

std::string_view name_of(RestartCondition condition) {
  return std::ranges::find(kConditions, condition, [](const auto& c) { return c.first; })->second;
}

bool RunOptions::joins_networks() const {
  return network != "host" && network != "none" && !network.starts_with("container:");
}

std::string RunOptions::serialize() const {
  return nlohmann::json(*this).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

RunOptions RunOptions::parse(std::string_view json) {
  try {
    return nlohmann::json::parse(json).get<RunOptions>();
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("a container's options are damaged: {}", error.what()));
  }
}

}  // namespace estiba::run
