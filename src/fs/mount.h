// Mounts, owned. All of this needs CAP_SYS_ADMIN in the mount namespace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace estiba::fs {

// Detaches its mount when it dies. Files that are still open in it keep working (MNT_DETACH).
class Mount {
 public:
  Mount() = default;
  // Takes over what is mounted on `target`.
  explicit Mount(std::string target) : target_(std::move(target)) {}
  Mount(Mount&& other) noexcept;
  Mount& operator=(Mount&& other) noexcept;
  ~Mount();

  [[nodiscard]] const std::string& target() const { return target_; }
  [[nodiscard]] bool mounted() const { return !target_.empty(); }
  // Detaches now, and says so when that fails.
  void unmount();
  // Leaves it mounted; the caller cares for it from here on.
  std::string release();

 private:
  std::string target_;
};

struct OverlayMount {
  std::vector<std::string> lowers = {};  // topmost first, at least one
  std::string upper = {};  // with `work` both or neither: without, the mount is read-only
  std::string work = {};   // an empty directory on the filesystem of `upper`
  std::string target = {};
  std::vector<std::string> options = {};  // more options, "key=value" or "key"
};
// Linux 6.5 takes any number of lowers up to 500; before it all paths must fit one page, and more
// fail with kUnsupported.
[[nodiscard]] Mount mount_overlay(const OverlayMount& overlay);

struct BindMount {
  std::string source = {};
  std::string target = {};
  bool read_only = false;
  bool recursive = false;  // with what is mounted below; then read_only holds for that too
};
[[nodiscard]] Mount mount_bind(const BindMount& bind);

struct TmpfsMount {
  std::string target = {};
  std::uint64_t size_bytes = 0;  // 0: the kernel's default, half of the memory
  unsigned mode = 0755;
};
[[nodiscard]] Mount mount_tmpfs(const TmpfsMount& tmpfs);

struct ErofsMount {
  std::string image = {};                 // a regular file
  std::vector<std::string> devices = {};  // the files that hold the data of a metadata-only image
  std::string target = {};
};
// Read-only. Mounts the files themselves where the kernel can (Linux 6.12 and its
// CONFIG_EROFS_FS_BACKED_BY_FILE), else through loop devices that vanish with the mount.
[[nodiscard]] Mount mount_erofs(const ErofsMount& erofs);

// Gives this process a mount namespace of its own from which nothing propagates to the host's, so
// that the kernel undoes every mount when the last process in it ends, however it ends. Call it
// before any thread exists: it would hold for one thread only (kInternal).
void enter_private_mount_namespace();

// Inside a private namespace: on hosts with a hybrid setup (version 1 controllers with version 2 at
// /sys/fs/cgroup/unified) detaches the version 2 mount, which crun cannot start with. Elsewhere
// nothing happens.
void unmount_hybrid_cgroup2();

}  // namespace estiba::fs
