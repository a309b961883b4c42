// What a cgroup enforces, and the devices of a container; for .cc files only: it shows JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "run/cgroups.h"
#include "run/host_config.h"

namespace estiba::run {

// "linux.resources": limits, and which devices may be opened. Throws kNotFound for a device that
// the host does not have.
[[nodiscard]] nlohmann::json resources_json(const HostConfig& host);
// The limits alone.
[[nodiscard]] nlohmann::json limits_json(const ResourceLimits& limits);
// "linux.devices": the nodes to make in /dev beside the usual ones. Of a privileged container these
// are all of the host's.
[[nodiscard]] nlohmann::json devices_json(const HostConfig& host);
// The same as mounts of the host's nodes, for user namespaces, where none can be made.
[[nodiscard]] nlohmann::json device_mounts_json(const HostConfig& host);

// Takes out the limits that this host's cgroups cannot enforce, and says so in docker's words, one
// sentence each.
[[nodiscard]] std::vector<std::string> drop_unsupported_limits(ResourceLimits& limits,
                                                               const CgroupSupport& support);

}  // namespace estiba::run
