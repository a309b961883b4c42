// What the host's cgroups let us do (cgroups(7)), and the cgroup of one container.
//
// Where it can be had, every container gets a cgroup of its own: limits are enforced by it, and so
// is which devices may be opened. Its name tells the process that made it, so that what a killed
// process left is found and removed by the next.
#pragma once

#include <string>

namespace estiba::run {

enum class CgroupVersion { kNone, kV1, kV2 };

struct CgroupSupport {
  CgroupVersion version = CgroupVersion::kNone;
  bool usable = false;  // a cgroup may be made
};

// Looks at /sys/fs/cgroup; in a hybrid setup, detaches the version 2 mount from our private mount
// namespace first, because crun refuses to start beside it. Thread-safe.
[[nodiscard]] CgroupSupport prepare_cgroups();

// The path, from the root of the hierarchies, of the cgroup for a container of this process.
[[nodiscard]] std::string cgroup_path(const std::string& container_id);

// Kills what is still in the cgroup (only what shares a pid namespace outlives its runtime) and
// removes it: a runtime that was killed did not.
void remove_cgroup(const CgroupSupport& support, const std::string& path);
// The same for all cgroups whose makers are dead.
void sweep_cgroups(const CgroupSupport& support);

}  // namespace estiba::run
