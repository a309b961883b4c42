#include "run/cgroup_warm_up.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

// The list of members of the cgroup that we are in: of version 2, or of the hierarchy that limits
// devices. "0::/path" or "5:devices:/path".
std::string own_members_file() {
  std::string version2;
  for (const std::string& line : split(read_file("/proc/self/cgroup", kMaxHostFileBytes), '\n')) {
    constexpr std::string_view kDevices = ":devices:";
    const std::size_t devices = line.find(kDevices);
    if (devices != std::string::npos) {
      return "/sys/fs/cgroup/devices" + line.substr(devices + kDevices.size()) + "/cgroup.procs";
    }
    if (line.starts_with("0::")) version2 = "/sys/fs/cgroup" + line.substr(3) + "/cgroup.procs";
  }
  return version2;
}

void move_to_where_we_are() {
  try {
    const UniqueFd members(::open(own_members_file().c_str(), O_WRONLY | O_CLOEXEC));
    // What cannot be done is not missed: the runtime waits instead.
    if (members && ::write(members.get(), "0", 1) < 0) return;
  } catch (const Error&) {
    return;  // no cgroups
  }
}

}  // namespace

CgroupWarmUp::CgroupWarmUp() : thread_(move_to_where_we_are) {}

}  // namespace estiba::run
