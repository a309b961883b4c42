#include "fs/disk.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace estiba::fs {
namespace {

struct statfs examine(const std::string& path) {
  struct statfs status = {};
  while (::statfs(path.c_str(), &status) != 0) {
    if (errno != EINTR) throw_errno("examine the filesystem of " + path);
  }
  return status;
}

constexpr unsigned long kXfsMagic = 0x58465342;  // fs/xfs; the header of magics lacks these three
constexpr unsigned long kZfsMagic = 0x2fc12fc1;
constexpr unsigned long kBcachefsMagic = 0xca451a4e;

constexpr std::array kNames = std::to_array<std::pair<unsigned long, std::string_view>>({
    {EXT4_SUPER_MAGIC, "ext4"},
    {kXfsMagic, "xfs"},
    {BTRFS_SUPER_MAGIC, "btrfs"},
    {kZfsMagic, "zfs"},
    {kBcachefsMagic, "bcachefs"},
    {F2FS_SUPER_MAGIC, "f2fs"},
    {TMPFS_MAGIC, "tmpfs"},
    {RAMFS_MAGIC, "ramfs"},
    {OVERLAYFS_SUPER_MAGIC, "overlay"},
    {EROFS_SUPER_MAGIC_V1, "erofs"},
    {SQUASHFS_MAGIC, "squashfs"},
    {NFS_SUPER_MAGIC, "nfs"},
    {FUSE_SUPER_MAGIC, "fuse"},
    {PROC_SUPER_MAGIC, "proc"},
    {SYSFS_MAGIC, "sysfs"},
});

}  // namespace

DiskSpace disk_space(const std::string& path) {
  const struct statfs status = examine(path);
  const auto block_bytes = static_cast<std::uint64_t>(status.f_frsize);
  return {.total_bytes = status.f_blocks * block_bytes,
          .free_bytes = status.f_bavail * block_bytes};
}

std::string filesystem_name(const std::string& path) {
  const auto magic = static_cast<unsigned long>(examine(path).f_type) & 0xffffffffUL;
  for (const auto& [known, name] : kNames) {
    if (known == magic) return std::string(name);
  }
  return fmt::format("{:#x}", magic);
}

}  // namespace estiba::fs
