#include "fs/temp.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::fs {
namespace {

using estiba::testing::TestDirectory;

std::ptrdiff_t count_entries(const std::string& path) {
  return std::distance(std::filesystem::directory_iterator(path), {});
}

TEST(TemporaryDirectory, VanishesWithAllInIt) {
  const TestDirectory scratch;
  {
    const TemporaryDirectory folder = TemporaryDirectory::create(scratch.path(), "build");
    make_directories(folder.path() + "/a/b");
    EXPECT_NE(folder.path().find("/build-"), std::string::npos);
  }
  EXPECT_EQ(count_entries(scratch.path()), 0);
}

TEST(TemporaryDirectory, PublishesOnceAndKeepsTheFirst) {
  const TestDirectory scratch;
  TemporaryDirectory first = TemporaryDirectory::create(scratch.path());
  TemporaryDirectory second = TemporaryDirectory::create(scratch.path());
  write_file_atomically(first.path() + "/who", "first");
  write_file_atomically(second.path() + "/who", "second");
  EXPECT_TRUE(first.publish(scratch.file("final")));
  EXPECT_FALSE(second.publish(scratch.file("final")));
  EXPECT_EQ(read_file(scratch.file("final/who")), "first");
  EXPECT_EQ(count_entries(scratch.path()), 1);
}

TEST(TemporaryDirectory, ReleasedOnesStay) {
  const TestDirectory scratch;
  const std::string path = TemporaryDirectory::create(scratch.path()).release();
  EXPECT_TRUE(path_exists(path));
}

TEST(TemporaryFile, HasNoNameUntilItIsPublished) {
  const TestDirectory scratch;
  TemporaryFile file = TemporaryFile::create(scratch.path());
  write_all(file.fd(), std::string_view("content"), "a file");
  EXPECT_EQ(count_entries(scratch.path()), 0);
  EXPECT_EQ(read_file(file.path()), "content");
  EXPECT_TRUE(file.publish(scratch.file("blob"), 0440));
  EXPECT_EQ(read_file(scratch.file("blob")), "content");
  struct stat status = {};
  ASSERT_EQ(::stat(scratch.file("blob").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0440u);
}

TEST(TemporaryFile, TheFirstToPublishWins) {
  const TestDirectory scratch;
  TemporaryFile first = TemporaryFile::create(scratch.path());
  TemporaryFile second = TemporaryFile::create(scratch.path());
  write_all(first.fd(), std::string_view("first"), "a file");
  EXPECT_TRUE(first.publish(scratch.file("blob")));
  EXPECT_FALSE(second.publish(scratch.file("blob")));
  EXPECT_EQ(read_file(scratch.file("blob")), "first");
  EXPECT_EQ(count_entries(scratch.path()), 1);
}

TEST(TemporaryFile, MissingParentsAreReported) {
  EXPECT_EQ(estiba::testing::error_code_of([] { (void)TemporaryFile::create("/nowhere/at/all"); }),
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace estiba::fs
