// Real mounts in a mount namespace of the test's own. They need root, and fail without it.
#include "fs/mount.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/process.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"
#include "fs/disk.h"
#include "fs/mount_fallback.h"
#include "fs/mount_info.h"
#include "fs/tree.h"

namespace estiba::fs {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;

std::ptrdiff_t count_mounts(const std::string& type) {
  const auto mounts = read_mount_info();
  return std::count_if(mounts.begin(), mounts.end(),
                       [&](const MountInfo& mount) { return mount.type == type; });
}

class MountTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { enter_private_mount_namespace(); }

  std::string folder(const std::string& name) {
    make_directories(scratch_.file(name));
    return scratch_.file(name);
  }
  void file(const std::string& name, const std::string& content) {
    write_file_atomically(scratch_.file(name), content);
  }
  std::string content(const std::string& name) { return read_file(scratch_.file(name)); }

  TestDirectory scratch_;
};

using Overlay = Mount (*)(const OverlayMount&);

// Both ways to mount an overlay.
class OverlayTest : public MountTest, public ::testing::WithParamInterface<Overlay> {
 protected:
  static void SetUpTestSuite() {}
  [[nodiscard]] Mount mount(const OverlayMount& overlay) const { return GetParam()(overlay); }
};

TEST_F(MountTest, VanishesOnDestructionUnlessReleased) {
  const std::string target = folder("target");
  const auto before = count_mounts("tmpfs");
  {
    const Mount mount = mount_tmpfs({.target = target, .size_bytes = 1 << 20, .mode = 01777});
    EXPECT_EQ(filesystem_name(target), "tmpfs");
    struct stat status = {};
    ASSERT_EQ(::stat(target.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 01777u);
    EXPECT_EQ(disk_space(target).total_bytes, 1u << 20);
  }
  EXPECT_EQ(count_mounts("tmpfs"), before);
  EXPECT_EQ(mount_tmpfs({.target = target}).release(), target);
  EXPECT_EQ(count_mounts("tmpfs"), before + 1);
  Mount again(target);
  again.unmount();
  EXPECT_EQ(count_mounts("tmpfs"), before);
  EXPECT_THROW(Mount(target).unmount(), Error);
}

TEST_F(MountTest, BindsReadOnlyWithWhatIsBelow) {
  folder("source/inner");
  const Mount inner = mount_tmpfs({.target = scratch_.file("source/inner")});
  file("source/inner/deep", "x");
  const std::string target = folder("target");
  {
    const Mount flat = mount_bind({.source = scratch_.file("source"), .target = target});
    EXPECT_FALSE(path_exists(target + "/inner/deep"));
    EXPECT_NO_THROW(file("target/new", "written"));
  }
  EXPECT_EQ(content("source/new"), "written");
  const Mount whole = mount_bind(
      {.source = scratch_.file("source"), .target = target, .read_only = true, .recursive = true});
  EXPECT_EQ(content("target/inner/deep"), "x");
  EXPECT_EQ(error_code_of([&] { file("target/other", "x"); }), ErrorCode::kPermissionDenied);
  EXPECT_EQ(error_code_of([&] { file("target/inner/other", "x"); }), ErrorCode::kPermissionDenied);
}

TEST_F(MountTest, BindsASingleFile) {
  file("source", "inside");
  file("target", "");
  const Mount mount =
      mount_bind({.source = scratch_.file("source"), .target = scratch_.file("target")});
  EXPECT_EQ(content("target"), "inside");
}

TEST_F(MountTest, MissingPathsAreNamed) {
  EXPECT_EQ(
      error_code_of([&] { (void)mount_bind({.source = "/nowhere", .target = folder("target")}); }),
      ErrorCode::kNotFound);
  try {
    (void)mount_overlay({.lowers = {"/nowhere/lower"}, .target = folder("target")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere/lower"), std::string::npos) << error.what();
  }
}

TEST_F(MountTest, RemovingATreeNeverEntersAMount) {
  folder("tree/before");
  folder("precious");
  file("precious/data", "x");
  folder("tree/mounted");
  Mount mount =
      mount_bind({.source = scratch_.file("precious"), .target = scratch_.file("tree/mounted")});
  EXPECT_EQ(error_code_of([&] { remove_tree(scratch_.file("tree")); }), ErrorCode::kConflict);
  EXPECT_EQ(error_code_of([&] { remove_tree(scratch_.file("tree/mounted")); }),
            ErrorCode::kConflict);
  EXPECT_EQ(content("precious/data"), "x");
  mount.unmount();
  remove_tree(scratch_.file("tree"));
  EXPECT_FALSE(path_exists(scratch_.file("tree")));
}

TEST_P(OverlayTest, StacksTheFirstLowerOnTop) {
  folder("bottom");
  file("bottom/name", "bottom");
  folder("top");
  file("top/name", "top");
  file("bottom/only", "below");
  const Mount view =
      mount({.lowers = {scratch_.file("top"), scratch_.file("bottom")}, .target = folder("view")});
  EXPECT_EQ(content("view/name"), "top");
  EXPECT_EQ(content("view/only"), "below");
  EXPECT_EQ(error_code_of([&] { file("view/new", "x"); }), ErrorCode::kPermissionDenied);
}

TEST_P(OverlayTest, WritesGoToTheUpper) {
  folder("lower");
  file("lower/name", "old");
  {
    const Mount view = mount({.lowers = {scratch_.file("lower")},
                              .upper = folder("upper"),
                              .work = folder("work"),
                              .target = folder("view"),
                              .options = {"index=off", "metacopy=off"}});
    file("view/name", "new");
  }
  EXPECT_EQ(content("lower/name"), "old");
  EXPECT_EQ(content("upper/name"), "new");
}

TEST_P(OverlayTest, TakesPathsWithSeparators) {
  const std::string lower = folder("low:er,1");
  file("low:er,1/name", "found");
  const Mount view = mount({.lowers = {lower},
                            .upper = folder("up:per,1"),
                            .work = folder("wo:rk,1"),
                            .target = folder("view")});
  file("view/new", "x");
  EXPECT_EQ(content("view/name"), "found");
  EXPECT_EQ(content("up:per,1/new"), "x");
}

TEST_P(OverlayTest, TakesPathsWithBackslashes) {
  const std::string lower = folder("low\\er");
  file("low\\er/name", "found");
  const Mount view = mount({.lowers = {lower},
                            .upper = folder("up\\per"),
                            .work = folder("wo\\rk"),
                            .target = folder("view")});
  file("view/new", "x");
  EXPECT_EQ(content("view/name"), "found");
  EXPECT_EQ(content("up\\per/new"), "x");
}

INSTANTIATE_TEST_SUITE_P(BothWays, OverlayTest,
                         ::testing::Values(&mount_overlay, &mount_overlay_with_option_string));

TEST_F(MountTest, ManyLowersNeedTheNewWay) {
  OverlayMount overlay{.target = folder("view")};
  for (int i = 0; i < 120; ++i) {
    const std::string name = "layer-with-a-name-as-long-as-digests-are-" + std::to_string(i);
    overlay.lowers.push_back(folder(name));
    file(name + "/" + std::to_string(i), "x");
  }
  {
    const Mount view = mount_overlay(overlay);
    EXPECT_TRUE(path_exists(scratch_.file("view/0")));
    EXPECT_TRUE(path_exists(scratch_.file("view/119")));
  }
  EXPECT_EQ(error_code_of([&] { (void)mount_overlay_with_option_string(overlay); }),
            ErrorCode::kUnsupported);
}

using Erofs = Mount (*)(const ErofsMount&);

// Both ways to mount EROFS, with an image whose data lies in a second file.
class ErofsTest : public MountTest, public ::testing::WithParamInterface<Erofs> {
 protected:
  static void SetUpTestSuite() {}

  ErofsMount make_image() {
    folder("tree/sub");
    file("tree/sub/big", std::string(100'000, 'e'));
    file("tree/small", "hello");
    ProcessOptions mkfs;
    mkfs.argv = {"mkfs.erofs", "--chunksize=4096", "--blobdev=" + scratch_.file("data"),
                 scratch_.file("image"), scratch_.file("tree")};
    const CapturedOutput output = run_captured(mkfs);
    EXPECT_TRUE(output.status.success()) << output.standard_error;
    return {.image = scratch_.file("image"),
            .devices = {scratch_.file("data")},
            .target = folder("mounted")};
  }
};

TEST_P(ErofsTest, MountsAnImageWithItsDataFile) {
  const ErofsMount erofs = make_image();
  const auto before = count_mounts("erofs");
  {
    const Mount mount = GetParam()(erofs);
    EXPECT_EQ(content("mounted/small"), "hello");
    EXPECT_EQ(content("mounted/sub/big"), std::string(100'000, 'e'));
    EXPECT_EQ(error_code_of([&] { file("mounted/new", "x"); }), ErrorCode::kPermissionDenied);
  }
  EXPECT_EQ(count_mounts("erofs"), before);
}

TEST_P(ErofsTest, CarriesAnOverlay) {
  const ErofsMount erofs = make_image();
  const Mount lower = GetParam()(erofs);
  const Mount view = mount_overlay({.lowers = {erofs.target},
                                    .upper = folder("upper"),
                                    .work = folder("work"),
                                    .target = folder("view")});
  file("view/sub/new", "x");
  EXPECT_EQ(content("view/small"), "hello");
  EXPECT_EQ(content("upper/sub/new"), "x");
}

TEST_P(ErofsTest, RefusesADamagedImage) {
  ErofsMount erofs = make_image();
  write_file_atomically(erofs.image, std::string(8192, '\0'));
  EXPECT_THROW((void)GetParam()(erofs), Error);
  erofs.image = scratch_.file("absent");
  EXPECT_EQ(error_code_of([&] { (void)GetParam()(erofs); }), ErrorCode::kNotFound);
}

INSTANTIATE_TEST_SUITE_P(BothWays, ErofsTest,
                         ::testing::Values(&mount_erofs, &mount_erofs_on_loop_devices));

TEST_F(MountTest, LoopDevicesVanishWithTheirMount) {
  folder("tree");
  ProcessOptions mkfs;
  mkfs.argv = {"mkfs.erofs", scratch_.file("image"), scratch_.file("tree")};
  ASSERT_TRUE(run_captured(mkfs).status.success());
  const auto in_use = [&] {
    ProcessOptions losetup;
    losetup.argv = {"losetup", "--associated", scratch_.file("image")};
    return !run_captured(losetup).standard_output.empty();
  };
  {
    const Mount mount = mount_erofs_on_loop_devices(
        {.image = scratch_.file("image"), .devices = {}, .target = folder("mounted")});
    EXPECT_TRUE(in_use());
  }
  for (int i = 0; i < 100 && in_use(); ++i) ::usleep(20'000);
  EXPECT_FALSE(in_use());
}

TEST_F(MountTest, NothingReachesTheNamespaceOutside) {
  const std::string target = folder("target");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    enter_private_mount_namespace();
    mount_tmpfs({.target = target}).release();
    ::_exit(filesystem_name(target) == "tmpfs" ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_NE(filesystem_name(target), "tmpfs");
}

TEST_F(MountTest, ThreadsForbidANamespace) {
  std::jthread thread([](std::stop_token token) {
    while (!token.stop_requested()) ::usleep(1000);
  });
  EXPECT_EQ(error_code_of([] { enter_private_mount_namespace(); }), ErrorCode::kInternal);
}

TEST_F(MountTest, DetachesCgroup2OfHybridHostsOnly) {
  const bool hybrid = count_mounts("cgroup") > 0;
  const auto before = count_mounts("cgroup2");
  unmount_hybrid_cgroup2();
  EXPECT_EQ(count_mounts("cgroup2"), hybrid ? 0 : before);
}

}  // namespace
}  // namespace estiba::fs
