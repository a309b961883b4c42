#include "fs/tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::fs {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;

// In memory: what these tests make thousands of, a disk takes seconds to remove.
constexpr const char* kInMemory = "/dev/shm";

// Deeper than any path may be long, and than descriptors are allowed.
void make_deep_tree(const std::string& top, std::size_t levels) {
  UniqueFd place = open_file(top, O_PATH | O_DIRECTORY);
  for (std::size_t i = 0; i < levels; ++i) {
    ASSERT_EQ(::mkdirat(place.get(), "d", 0700), 0);
    place = open_at(place.get(), "d", O_PATH | O_DIRECTORY);
  }
}

std::vector<std::string> paths_below(const std::string& top) {
  std::vector<std::string> paths;
  walk(open_file(top, O_PATH | O_DIRECTORY).get(), [&](const WalkEntry& entry) {
    paths.emplace_back(entry.path);
    return WalkStep::kContinue;
  });
  return paths;
}

TEST(RemoveTree, RemovesEverythingButWhatLinksName) {
  const TestDirectory scratch;
  make_directories(scratch.file("tree/a/b/c"));
  make_directories(scratch.file("kept"));
  write_file_atomically(scratch.file("kept/file"), "x");
  write_file_atomically(scratch.file("tree/a/file"), "x");
  ASSERT_EQ(::symlink("../../kept", scratch.file("tree/a/link").c_str()), 0);
  ASSERT_EQ(::mkfifo(scratch.file("tree/a/b/pipe").c_str(), 0600), 0);
  remove_tree(scratch.file("tree") + "/");
  EXPECT_FALSE(path_exists(scratch.file("tree")));
  EXPECT_TRUE(path_exists(scratch.file("kept/file")));
}

TEST(RemoveTree, TakesFilesAndLinksAndWhatIsAbsent) {
  const TestDirectory scratch;
  write_file_atomically(scratch.file("file"), "x");
  ASSERT_EQ(::symlink("file", scratch.file("link").c_str()), 0);
  remove_tree(scratch.file("link"));
  EXPECT_TRUE(path_exists(scratch.file("file")));
  remove_tree(scratch.file("file"));
  remove_tree(scratch.file("file"));
  remove_tree(scratch.file("no/such/parent"));
  EXPECT_FALSE(path_exists(scratch.file("file")));
}

TEST(RemoveTree, DepthCostsNeitherStackNorDescriptors) {
  const TestDirectory scratch(kInMemory);
  make_directories(scratch.file("deep"));
  make_deep_tree(scratch.file("deep"), 6000);
  remove_tree(scratch.file("deep"));
  EXPECT_FALSE(path_exists(scratch.file("deep")));
}

TEST(RemoveTree, TakesADirectoryWithManyEntries) {
  const TestDirectory scratch(kInMemory);
  make_directories(scratch.file("wide"));
  const UniqueFd wide = open_file(scratch.file("wide"), O_PATH | O_DIRECTORY);
  for (int i = 0; i < 3000; ++i) {
    const std::string name = "entry-" + std::to_string(i);
    if (i % 3 == 0) {
      ASSERT_EQ(::mkdirat(wide.get(), name.c_str(), 0700), 0);
    } else {
      (void)open_at(wide.get(), name, O_CREAT | O_WRONLY);
    }
  }
  remove_tree(scratch.file("wide"));
  EXPECT_FALSE(path_exists(scratch.file("wide")));
}

TEST(Walk, VisitsDirectoriesBeforeTheirEntriesInOrder) {
  const TestDirectory scratch;
  make_directories(scratch.file("b/c"));
  write_file_atomically(scratch.file("b/c/file"), "x");
  write_file_atomically(scratch.file("b.txt"), "x");
  write_file_atomically(scratch.file("a"), "x");
  ASSERT_EQ(::symlink("b", scratch.file("link").c_str()), 0);
  EXPECT_EQ(paths_below(scratch.path()),
            (std::vector<std::string>{"a", "b", "b/c", "b/c/file", "b.txt", "link"}));
}

TEST(Walk, GivesTheParentAndTheEntrysOwnStatus) {
  const TestDirectory scratch;
  make_directories(scratch.file("b"));
  write_file_atomically(scratch.file("b/file"), "12345");
  int files = 0;
  walk(open_file(scratch.path(), O_PATH | O_DIRECTORY).get(), [&](const WalkEntry& entry) {
    if (!S_ISREG(entry.status.st_mode)) return WalkStep::kContinue;
    ++files;
    EXPECT_EQ(entry.name, "file");
    EXPECT_EQ(entry.status.st_size, 5);
    EXPECT_EQ(read_fd(open_at(entry.parent_fd, entry.name, O_RDONLY).get(), "file"), "12345");
    return WalkStep::kContinue;
  });
  EXPECT_EQ(files, 1);
}

TEST(Walk, SkipsAndStops) {
  const TestDirectory scratch;
  for (const char* name : {"a/inside", "b/inside", "c/inside"}) {
    make_directories(scratch.file(name));
  }
  std::vector<std::string> paths;
  walk(open_file(scratch.path(), O_PATH | O_DIRECTORY).get(), [&](const WalkEntry& entry) {
    paths.emplace_back(entry.path);
    if (entry.path == "a") return WalkStep::kSkipDirectory;
    return entry.path == "b/inside" ? WalkStep::kStop : WalkStep::kContinue;
  });
  EXPECT_EQ(paths, (std::vector<std::string>{"a", "b", "b/inside"}));
}

TEST(Walk, RefusesATreeThatIsTooDeep) {
  const TestDirectory scratch(kInMemory);
  make_deep_tree(scratch.path(), kMaxTreeDepth + 10);
  EXPECT_EQ(error_code_of([&] { (void)paths_below(scratch.path()); }), ErrorCode::kInvalidArgument);
  remove_tree(scratch.file("d"));
}

TEST(Walk, NoticesADirectoryThatIsMovedAwayMeanwhile) {
  const TestDirectory scratch;
  make_directories(scratch.file("tree/a/b"));
  make_directories(scratch.file("elsewhere"));
  const auto moving_walk = [&] {
    walk(open_file(scratch.file("tree"), O_PATH | O_DIRECTORY).get(), [&](const WalkEntry& entry) {
      if (entry.path == "a/b") {
        EXPECT_EQ(::rename(scratch.file("tree/a").c_str(), scratch.file("elsewhere/a").c_str()), 0);
      }
      return WalkStep::kContinue;
    });
  };
  EXPECT_EQ(error_code_of(moving_walk), ErrorCode::kConflict);
}

}  // namespace
}  // namespace estiba::fs
