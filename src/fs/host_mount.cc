#include "fs/host_mount.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "fs/mount_info.h"
#include "fs/mount_namespace.h"
#include "fs/user_namespace.h"

namespace estiba::fs {
namespace {

// Far more than any host's.
constexpr std::size_t kMaxMountInfoBytes = 16u << 20;

// The topmost one that holds the path: of equal mount points the later hides the earlier.
std::optional<MountInfo> mount_holding(const std::vector<MountInfo>& mounts,
                                       const std::string& source) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(source.c_str(), nullptr), ::free);
  const std::string path = real ? real.get() : source;
  std::optional<MountInfo> found;
  for (const MountInfo& mount : mounts) {
    const std::string& point = mount.mount_point;
    const bool holds = path == point || point == "/" || path.starts_with(point + "/");
    if (holds && (!found || point.size() >= found->mount_point.size())) found = mount;
  }
  return found;
}

void check_peers(const HostMount& mount, const std::vector<MountInfo>& mounts) {
  const auto holder = mount_holding(mounts, mount.source);
  if (!holder || holder->is_shared) return;
  const bool may_be_slave = mount.propagation == Propagation::kSlave;
  if (may_be_slave && holder->is_slave) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("path {} is mounted on {} but it is not a shared{} mount", mount.source,
                          holder->mount_point, may_be_slave ? " or slave" : ""),
              fmt::format("mount --make-shared {}", holder->mount_point));
}

struct ForeignTree {
  UniqueFd tree;
  int reason = 0;
  std::string doing;
};

// A thread has a mount namespace of its own: one that ends does not take us along.
ForeignTree clone_in(int mount_namespace, const std::string& source) {
  ForeignTree result;
  std::thread([&] {
    const auto failed = [&](const char* doing) {
      result.reason = errno;
      result.doing = doing;
    };
    if (::unshare(CLONE_FS) != 0 || ::setns(mount_namespace, CLONE_NEWNS) != 0) {
      return failed("enter the mount namespace of");
    }
    result.tree = UniqueFd(
        ::open_tree(AT_FDCWD, source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
    if (!result.tree) return failed("clone the mount of");
  }).join();
  if (result.reason != 0) throw_errno(result.reason, result.doing + " " + source);
  return result;
}

// Those of the process that we came from would do as well, but need not be there any more.
std::vector<MountInfo> mounts_of_host() {
  std::string text;
  std::string reason;
  std::thread([&] {
    if (::unshare(CLONE_FS) != 0 || ::setns(original_mount_namespace(), CLONE_NEWNS) != 0) return;
    try {
      text = read_file("/proc/thread-self/mountinfo", kMaxMountInfoBytes);
    } catch (const Error& error) {
      reason = error.what();
    }
  }).join();
  if (text.empty()) {
    throw Error(ErrorCode::kIo, fmt::format("cannot read the mounts of the host: {}", reason));
  }
  return parse_mount_info(text);
}

Mount attach_tree(const UniqueFd& tree, const std::string& source, const std::string& target) {
  if (::move_mount(tree.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    throw_errno(fmt::format("mount {} on {}", source, target));
  }
  return Mount(target);
}

}  // namespace

Mount mount_of_host(const HostMount& mount) {
  if (in_user_namespace() || original_mount_namespace() < 0) {
    return mount_bind({.source = mount.source, .target = mount.target, .recursive = true});
  }
  const ForeignTree host = clone_in(original_mount_namespace(), mount.source);
  check_peers(mount, mounts_of_host());
  Mount mounted = attach_tree(host.tree, mount.source, mount.target);
  if (mount.propagation == Propagation::kSlave &&
      ::mount(nullptr, mount.target.c_str(), nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
    throw_errno("make the mount of " + mount.source + " a slave");
  }
  return mounted;
}

Mount mount_of_process(pid_t process, const std::string& source, const std::string& target) {
  const UniqueFd entered = open_file(fmt::format("/proc/{}/ns/mnt", process), O_RDONLY);
  return attach_tree(clone_in(entered.get(), source).tree, source, target);
}

}  // namespace estiba::fs
