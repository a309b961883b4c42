#include "fs/root_dir.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::fs {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;

// A root with a secret beside it, and links that try to get there.
class RootDirTest : public ::testing::Test {
 protected:
  RootDirTest() : root_(RootDir::open(make_root())) {}

  std::string make_root() {
    estiba::make_directories(scratch_.file("root/etc/sub"));
    write_file_atomically(scratch_.file("secret"), "outside");
    write_file_atomically(scratch_.file("root/etc/passwd"), "inside");
    link("/etc", "root/absolute");
    link("etc", "root/relative");
    link("../secret", "root/dotdot");
    link(scratch_.file("secret"), "root/escape");
    link("loop", "root/loop");
    link("nowhere/at/all", "root/dangling");
    link("/proc/self/root", "root/magic");
    return scratch_.file("root");
  }

  void link(const std::string& target, const std::string& path) {
    ASSERT_EQ(::symlink(target.c_str(), scratch_.file(path).c_str()), 0);
  }

  std::string content(std::string_view path) {
    return read_fd(root_.open(path, O_RDONLY).get(), path);
  }

  TestDirectory scratch_;
  RootDir root_;
};

TEST_F(RootDirTest, FollowsLinksAndDotsInsideTheTree) {
  for (const char* path : {"etc/passwd", "/etc/passwd", "absolute/passwd", "relative/passwd",
                           "../../etc/passwd", "etc/sub/../passwd"}) {
    EXPECT_EQ(content(path), "inside") << path;
  }
}

TEST_F(RootDirTest, NothingLeadsOut) {
  for (const char* path : {"dotdot", "escape", "../secret", "/../secret", "loop"}) {
    EXPECT_THROW((void)root_.open(path, O_RDONLY), Error) << path;
  }
  EXPECT_FALSE(root_.stat("escape").has_value());
  EXPECT_EQ(error_code_of([&] { (void)root_.open("loop", O_RDONLY); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_code_of([&] {
              (void)root_.open({"etc\0/../x", 9}, O_RDONLY);
            }),
            ErrorCode::kInvalidArgument);
}

TEST_F(RootDirTest, StricterResolutionsRefuseLinksAsTheyPromise) {
  const auto code = [&](const char* path, Resolve resolve) {
    return error_code_of([&] { (void)root_.open(path, O_RDONLY, 0, resolve); });
  };
  EXPECT_EQ(code("absolute/passwd", Resolve::kBeneath), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("dotdot", Resolve::kBeneath), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("relative/passwd", Resolve::kBeneathNoSymlinks), ErrorCode::kInvalidArgument);
  EXPECT_NO_THROW((void)root_.open("relative/passwd", O_RDONLY, 0, Resolve::kBeneath));
  EXPECT_NO_THROW((void)root_.open("/etc/passwd", O_RDONLY, 0, Resolve::kBeneathNoSymlinks));
}

TEST_F(RootDirTest, MagicLinksOfProcAreNeverFollowed) {
  const RootDir proc = RootDir::open("/proc");
  EXPECT_THROW((void)proc.open("self/root/etc", O_RDONLY), Error);
}

TEST_F(RootDirTest, AbsenceIsAnOrdinaryAnswer) {
  EXPECT_FALSE(root_.lstat("absent").has_value());
  EXPECT_FALSE(root_.lstat("etc/passwd/below").has_value());
  EXPECT_FALSE(root_.stat("dangling").has_value());
  EXPECT_TRUE(S_ISLNK(root_.lstat("dangling")->st_mode));
  EXPECT_TRUE(S_ISDIR(root_.stat("")->st_mode));
  EXPECT_FALSE(root_.try_open("absent", O_RDONLY).has_value());
  EXPECT_EQ(error_code_of([&] { (void)root_.open("absent", O_RDONLY); }), ErrorCode::kNotFound);
}

TEST_F(RootDirTest, ReadsLinksAsTheyAreWritten) {
  EXPECT_EQ(root_.read_link("absolute"), "/etc");
  EXPECT_EQ(root_.read_link("dangling"), "nowhere/at/all");
  EXPECT_EQ(error_code_of([&] { (void)root_.read_link("etc/passwd"); }),
            ErrorCode::kInvalidArgument);
}

TEST_F(RootDirTest, ResolveGivesThePathWithoutLinks) {
  const struct {
    const char* path;
    const char* resolved;
  } cases[] = {
      {"", ""},
      {"/", ""},
      {".", ""},
      {"../..", ""},
      {"absolute/passwd", "etc/passwd"},
      {"/relative//sub/./x/y", "etc/sub/x/y"},
      {"new/../etc/", "etc"},
      {"relative/sub/../..", ""},
      {"dotdot", "secret"},
      {"dangling/more", "nowhere/at/all/more"},
      {"magic/etc", "proc/self/root/etc"},
  };
  for (const auto& each : cases) EXPECT_EQ(root_.resolve(each.path), each.resolved) << each.path;
  EXPECT_EQ(error_code_of([&] { (void)root_.resolve("loop/x"); }), ErrorCode::kInvalidArgument);
}

TEST_F(RootDirTest, MakesMissingFoldersInsideAndTellsWhich) {
  const Ownership owner{.mode = 02775, .uid = 12, .gid = 34};
  EXPECT_EQ(root_.make_directories("absolute/new/deep", owner),
            (std::vector<std::string>{"etc/new", "etc/new/deep"}));
  EXPECT_EQ(root_.make_directories("etc/new/deep", owner), std::vector<std::string>{});
  const auto status = root_.lstat("etc/new/deep");
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->st_mode & 07777, 02775u);
  EXPECT_EQ(status->st_uid, 12u);
  EXPECT_EQ(status->st_gid, 34u);
  EXPECT_EQ(error_code_of([&] { root_.make_directories("etc/passwd", owner); }),
            ErrorCode::kAlreadyExists);
  EXPECT_THROW(root_.make_directories("etc/passwd/below", owner), Error);
}

TEST_F(RootDirTest, RemovesALinkNotItsTarget) {
  root_.remove_tree("absolute");
  EXPECT_FALSE(root_.lstat("absolute").has_value());
  root_.remove_tree("relative/sub/");
  EXPECT_FALSE(root_.lstat("etc/sub").has_value());
  EXPECT_EQ(content("etc/passwd"), "inside");
  root_.remove_tree("absent/below");
  EXPECT_EQ(error_code_of([&] { root_.remove_tree("/"); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_code_of([&] { root_.remove_tree("etc/.."); }), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace estiba::fs
