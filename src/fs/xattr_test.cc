#include "fs/xattr.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::fs {
namespace {

using estiba::testing::TestDirectory;

TEST(Xattr, ReadsWhatWasWrittenWithAnyBytes) {
  const TestDirectory scratch;
  write_file_atomically(scratch.file("file"), "x");
  const UniqueFd folder = open_file(scratch.path(), O_PATH | O_DIRECTORY);
  const std::string binary("\x01\x00\xff", 3);
  write_xattr(folder.get(), "file", "trusted.estiba", binary);
  write_xattr(folder.get(), "file", "user.empty", "");
  EXPECT_EQ(read_xattrs(folder.get(), "file"),
            (Xattrs{{"trusted.estiba", binary}, {"user.empty", ""}}));
}

TEST(Xattr, AnEmptyNameIsTheDirectoryItself) {
  const TestDirectory scratch;
  const UniqueFd folder = open_file(scratch.path(), O_PATH | O_DIRECTORY);
  write_xattr(folder.get(), "", "trusted.overlay.opaque", "y");
  EXPECT_EQ(read_xattrs(folder.get(), ""), (Xattrs{{"trusted.overlay.opaque", "y"}}));
}

TEST(Xattr, LinksAreNotFollowed) {
  const TestDirectory scratch;
  write_file_atomically(scratch.file("file"), "x");
  ASSERT_EQ(::symlink("file", scratch.file("link").c_str()), 0);
  const UniqueFd folder = open_file(scratch.path(), O_PATH | O_DIRECTORY);
  write_xattr(folder.get(), "file", "trusted.estiba", "of the file");
  write_xattr(folder.get(), "link", "trusted.estiba", "of the link");
  EXPECT_EQ(read_xattrs(folder.get(), "link"), (Xattrs{{"trusted.estiba", "of the link"}}));
}

TEST(Xattr, FilesystemsWithoutThemHaveNone) {
  const UniqueFd proc = open_file("/proc", O_PATH | O_DIRECTORY);
  EXPECT_EQ(read_xattrs(proc.get(), "version"), Xattrs{});
}

TEST(Xattr, AbsentEntriesAreErrors) {
  const TestDirectory scratch;
  const UniqueFd folder = open_file(scratch.path(), O_PATH | O_DIRECTORY);
  EXPECT_EQ(estiba::testing::error_code_of([&] { (void)read_xattrs(folder.get(), "absent"); }),
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace estiba::fs
