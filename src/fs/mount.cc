#include "fs/mount.h"

#include "fs/mount_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/fd.h"
#include "fs/mount_context.h"
#include "fs/mount_info.h"
#include "fs/tree.h"
#include "fs/user_namespace.h"

namespace estiba::fs {
namespace {

void make_read_only(int mount_fd, const BindMount& bind) {
  struct mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  const unsigned flags = AT_EMPTY_PATH | (bind.recursive ? AT_RECURSIVE : 0u);
  if (::mount_setattr(mount_fd, "", flags, &attributes, sizeof attributes) != 0) {
    throw_errno(fmt::format("make the mount of {} read-only", bind.source));
  }
}

bool is_hybrid(const std::vector<MountInfo>& mounts) {
  return std::any_of(mounts.begin(), mounts.end(),
                     [](const MountInfo& mount) { return mount.type == "cgroup"; });
}

// What a whole process has one of, as it has one current directory.
int original_namespace = -1;

}  // namespace

Mount::Mount(Mount&& other) noexcept : target_(std::exchange(other.target_, {})) {}

Mount& Mount::operator=(Mount&& other) noexcept {
  std::swap(target_, other.target_);
  return *this;
}

Mount::~Mount() {
  if (mounted()) ::umount2(target_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
}

void Mount::unmount() {
  if (!mounted()) return;
  const std::string target = release();
  if (::umount2(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
    throw_errno("unmount " + target);
  }
}

std::string Mount::release() {
  return std::exchange(target_, {});
}

Mount mount_bind(const BindMount& bind) {
  // Cloned first and attached when it is as it should be: nobody sees it writable in between.
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (bind.recursive ? AT_RECURSIVE : 0u);
  const UniqueFd tree(::open_tree(AT_FDCWD, bind.source.c_str(), flags));
  if (!tree) throw_errno("clone the mount of " + bind.source);
  if (bind.read_only) make_read_only(tree.get(), bind);
  if (::move_mount(tree.get(), "", AT_FDCWD, bind.target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    throw_errno(fmt::format("mount {} on {}", bind.source, bind.target));
  }
  return Mount(bind.target);
}

Mount mount_tmpfs(const TmpfsMount& tmpfs) {
  MountContext context("tmpfs");
  context.set("source", "tmpfs");
  context.set("mode", fmt::format("{:o}", tmpfs.mode));
  if (tmpfs.size_bytes != 0) context.set("size", std::to_string(tmpfs.size_bytes));
  return context.mount_on(tmpfs.target, MountContext::Access::kReadWrite);
}

int original_mount_namespace() {
  return original_namespace;
}

void enter_private_mount_namespace() {
  const UniqueFd tasks = open_file("/proc/self/task", O_RDONLY | O_DIRECTORY);
  if (list_directory(tasks.get()).size() != 1) {
    throw Error(ErrorCode::kInternal, "a mount namespace is wanted after threads were started");
  }
  UniqueFd before = open_file("/proc/self/ns/mnt", O_RDONLY);
  if (::unshare(CLONE_NEWNS) != 0) throw_errno("make a mount namespace");
  // Once in the life of a process, and as long as that.
  original_namespace = before.release();
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    throw_errno("make the mount namespace private");
  }
}

void unmount_hybrid_cgroup2() {
  const std::vector<MountInfo> mounts = read_mount_info();
  if (!is_hybrid(mounts)) return;
  for (const MountInfo& mount : mounts) {
    if (mount.type != "cgroup2") continue;
    if (in_user_namespace()) {
      // What came from above cannot be unmounted, only hidden; no cgroup can be made there anyway.
      mount_tmpfs({.target = mount.mount_point}).release();
      continue;
    }
    if (::umount2(mount.mount_point.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
      throw_errno("unmount " + mount.mount_point);
    }
  }
}

}  // namespace estiba::fs
