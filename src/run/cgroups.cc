#include "run/cgroups.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "fs/mount.h"
#include "fs/tree.h"

namespace estiba::run {
namespace {

constexpr const char* kRoot = "/sys/fs/cgroup";
constexpr const char* kHybridControllers = "/sys/fs/cgroup/unified/cgroup.controllers";
constexpr const char* kParent = "estiba";

CgroupVersion mounted_version() {
  struct statfs status = {};
  if (::statfs(kRoot, &status) != 0) return CgroupVersion::kNone;
  if (status.f_type == CGROUP2_SUPER_MAGIC) return CgroupVersion::kV2;
  return status.f_type == TMPFS_MAGIC ? CgroupVersion::kV1 : CgroupVersion::kNone;
}

// The devices hierarchy stands for all: a runtime needs it, and they have one owner.
bool may_make_cgroups(CgroupVersion version) {
  if (version == CgroupVersion::kNone) return false;
  const std::string root = version == CgroupVersion::kV2 ? kRoot : std::string(kRoot) + "/devices";
  return ::access(root.c_str(), W_OK) == 0;
}

// The roots of all hierarchies.
std::vector<std::string> hierarchies(const CgroupSupport& support) {
  if (support.version == CgroupVersion::kV2) return {kRoot};
  const UniqueFd root = open_file(kRoot, O_RDONLY | O_DIRECTORY);
  std::vector<std::string> paths;
  for (const std::string& name : fs::list_directory(root.get())) {
    paths.push_back(fmt::format("{}/{}", kRoot, name));
  }
  return paths;
}

// "<pid>-<part of the container's id>".
bool maker_is_dead(const std::string& name) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || end == name.data() + name.size() || *end != '-' || pid <= 0) {
    return false;
  }
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

void kill_members(const std::string& directory) {
  const std::string list = directory + "/cgroup.procs";
  const UniqueFd file(::open(list.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return;
  for (const std::string& line : split(read_fd(file.get(), list), '\n')) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), pid);
    if (error == std::errc() && pid > 0) ::kill(pid, SIGKILL);
  }
}

std::vector<std::string> cgroups_below(const std::string& directory) {
  std::vector<std::string> paths;
  const UniqueFd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return paths;
  for (const std::string& name : fs::list_directory(opened.get())) {
    struct stat status = {};
    const bool is_directory =
        ::fstatat(opened.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(status.st_mode);
    if (is_directory) paths.push_back(directory + "/" + name);
  }
  return paths;
}

bool is_cgroup(const std::string& directory) {
  struct statfs status = {};
  return ::statfs(directory.c_str(), &status) == 0 &&
         (status.f_type == CGROUP_SUPER_MAGIC || status.f_type == CGROUP2_SUPER_MAGIC);
}

// A process that was killed leaves its cgroup a moment later.
void kill_and_remove(const std::string& directory) {
  constexpr int kAttempts = 50;
  if (!is_cgroup(directory)) {
    // What the runtime writes below a mount point whose version 2 was detached are plain files:
    // the numbers in there are nobody's.
    try {
      fs::remove_tree(directory);
    } catch (const Error&) {
      // Another container removes it at the same time; what stays is met by the next.
    }
    return;
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::rmdir(directory.c_str()) == 0 || (errno != EBUSY && errno != ENOTEMPTY)) return;
    // Those that the runtime, or a container, made below.
    for (const std::string& child : cgroups_below(directory)) kill_and_remove(child);
    kill_members(directory);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

CgroupSupport prepare_cgroups() {
  CgroupSupport support;
  support.version = mounted_version();
  if (support.version == CgroupVersion::kV1 && path_exists(kHybridControllers)) {
    // Two threads must not both find the mount and detach it.
    static std::mutex detaching;
    const std::lock_guard lock(detaching);
    if (path_exists(kHybridControllers)) fs::unmount_hybrid_cgroup2();
  }
  support.usable = may_make_cgroups(support.version);
  return support;
}

std::string cgroup_path(const std::string& container_id) {
  return fmt::format("/{}/{}-{}", kParent, ::getpid(), container_id.substr(0, 12));
}

void remove_cgroup(const CgroupSupport& support, const std::string& path) {
  if (!support.usable) return;
  for (const std::string& root : hierarchies(support)) kill_and_remove(root + path);
}

void sweep_cgroups(const CgroupSupport& support) {
  if (!support.usable) return;
  // Whoever was killed in the middle of making one has it in some hierarchies only.
  for (const std::string& root : hierarchies(support)) {
    const std::string parent = fmt::format("{}/{}", root, kParent);
    const UniqueFd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) continue;
    for (const std::string& name : fs::list_directory(directory.get())) {
      if (maker_is_dead(name)) kill_and_remove(fmt::format("{}/{}", parent, name));
    }
  }
}

}  // namespace estiba::run
