#include "base/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba {
namespace {

using testing::error_code_of;
using testing::TestDirectory;

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(UniqueFd, ClosesOnceAndMovesOwnership) {
  UniqueFd first = open_file("/dev/null", O_RDONLY);
  const int number = first.get();
  EXPECT_NE(::fcntl(number, F_GETFD) & FD_CLOEXEC, 0);
  UniqueFd second = std::move(first);
  EXPECT_FALSE(first.valid());
  EXPECT_TRUE(is_open(number));
  second = UniqueFd();
  EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, DuplicateIsIndependentAndClosesOnExec) {
  UniqueFd original = open_file("/dev/null", O_RDONLY);
  const UniqueFd copy = duplicate(original.get());
  original.reset();
  EXPECT_TRUE(is_open(copy.get()));
  EXPECT_NE(::fcntl(copy.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Files, OpeningWhatIsMissingNamesThePath) {
  try {
    (void)open_file("/nowhere/at/all", O_RDONLY);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(std::string(error.what()).find("/nowhere/at/all"), std::string::npos);
  }
}

TEST(Files, ReadFileTakesFilesOfUnknownSizeAndRefusesLargeOnes) {
  EXPECT_NE(read_file("/proc/self/status").find("Pid:"), std::string::npos);
  const TestDirectory scratch;
  const std::string path = scratch.file("data");
  write_file_atomically(path, std::string(100'000, 'x'));
  EXPECT_EQ(read_file(path).size(), 100'000u);
  EXPECT_EQ(read_file(path, 100'000).size(), 100'000u);
  EXPECT_EQ(error_code_of([&] { (void)read_file(path, 99'999); }), ErrorCode::kResourceExhausted);
}

TEST(Files, AtomicWriteReplacesSetsTheModeAndLeavesNothingBehind) {
  const TestDirectory scratch;
  const std::string path = scratch.file("config");
  write_file_atomically(path, "old", 0644);
  write_file_atomically(path, "new", 0600);
  EXPECT_EQ(read_file(path), "new");
  struct stat status = {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.path()), {}), 1);
}

TEST(Files, AtomicWriteThatFailsLeavesNothingBehind) {
  const TestDirectory scratch;
  make_directories(scratch.file("taken/inner"));
  EXPECT_THROW(write_file_atomically(scratch.file("taken"), "x"), Error);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.path()), {}), 1);
}

TEST(Files, ReadAtKeepsThePositionAndStopsAtTheEnd) {
  const TestDirectory scratch;
  write_file_atomically(scratch.file("data"), "0123456789");
  const UniqueFd file = open_file(scratch.file("data"), O_RDONLY);
  std::array<std::byte, 8> buffer = {};
  EXPECT_EQ(read_at(file.get(), buffer, 6, "data"), 4u);
  EXPECT_EQ(static_cast<char>(buffer[0]), '6');
  EXPECT_EQ(read_at(file.get(), buffer, 100, "data"), 0u);
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 0);
  EXPECT_EQ(file_size(file.get(), "data"), 10u);
}

TEST(Files, MakeDirectoriesMakesParentsAndAcceptsWhatIsThere) {
  const TestDirectory scratch;
  make_directories(scratch.file("a/b/c"));
  make_directories(scratch.file("a/b/c/"));
  EXPECT_TRUE(path_exists(scratch.file("a/b/c")));
  write_file_atomically(scratch.file("plain"), "");
  EXPECT_EQ(error_code_of([&] { make_directories(scratch.file("plain")); }),
            ErrorCode::kAlreadyExists);
  EXPECT_FALSE(path_exists(scratch.file("plain/inside")));
  EXPECT_FALSE(path_exists(scratch.file("absent")));
}

}  // namespace
}  // namespace estiba
