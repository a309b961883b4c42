// What this host has: disk.h, kernel.h, mount_info.h.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/testing/expect_error.h"
#include "fs/disk.h"
#include "fs/kernel.h"
#include "fs/mount_info.h"

namespace estiba::fs {
namespace {

using estiba::testing::error_code_of;

TEST(Disk, TellsTheSpaceAndTheName) {
  const DiskSpace space = disk_space("/");
  EXPECT_GT(space.total_bytes, 0u);
  EXPECT_LE(space.free_bytes, space.total_bytes);
  EXPECT_EQ(filesystem_name("/proc"), "proc");
  EXPECT_EQ(error_code_of([] { (void)disk_space("/nowhere"); }), ErrorCode::kNotFound);
}

TEST(Kernel, ComparesVersionsAndKnowsFilesystems) {
  EXPECT_TRUE(kernel_at_least(4, 20));
  EXPECT_FALSE(kernel_at_least(1000, 0));
  EXPECT_TRUE(supports_filesystem("tmpfs"));
  EXPECT_TRUE(supports_filesystem("proc"));
  EXPECT_FALSE(supports_filesystem("tmp"));
  EXPECT_FALSE(supports_filesystem("no-such-fs"));
}

TEST(MountInfo, ReadsTaggedFieldsAndEscapes) {
  const auto mounts = parse_mount_info(
      "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime shared:1 master:2 - ext3 /dev/ro\\134ot rw,x=y\n"
      "37 36 0:5 / /proc rw - proc proc rw\n");
  ASSERT_EQ(mounts.size(), 2u);
  EXPECT_EQ(mounts[0].id, 36);
  EXPECT_EQ(mounts[0].parent_id, 35);
  EXPECT_EQ(mounts[0].device, "98:0");
  EXPECT_EQ(mounts[0].root, "/mnt1");
  EXPECT_EQ(mounts[0].mount_point, "/mnt 2");
  EXPECT_EQ(mounts[0].options, "rw,noatime");
  EXPECT_EQ(mounts[0].type, "ext3");
  EXPECT_EQ(mounts[0].source, "/dev/ro\\ot");
  EXPECT_EQ(mounts[0].super_options, "rw,x=y");
  EXPECT_EQ(mounts[1].type, "proc");
}

TEST(MountInfo, RefusesStrangeLines) {
  for (const char* line : {"36 35 98:0 / /mnt rw", "36 35 98:0 / /mnt rw - ext3", "x y"}) {
    EXPECT_EQ(error_code_of([&] { (void)parse_mount_info(line); }), ErrorCode::kInternal) << line;
  }
}

TEST(MountInfo, KnowsOurOwnMounts) {
  const auto mounts = read_mount_info();
  EXPECT_TRUE(std::any_of(mounts.begin(), mounts.end(),
                          [](const MountInfo& mount) { return mount.mount_point == "/proc"; }));
}

}  // namespace
}  // namespace estiba::fs
