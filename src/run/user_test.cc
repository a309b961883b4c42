#include "run/user.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/error.h"
#include "base/fd.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"
#include "fs/root_dir.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

using estiba::testing::error_code_of;

class Users : public ::testing::Test {
 protected:
  Users() {
    make_directories(directory_.file("etc"));
    write_file_atomically(directory_.file("etc/passwd"),
                          "# people\n"
                          "root:x:0:0:root:/root:/bin/sh\n"
                          "broken line\n"
                          "half:x:12\n"
                          "ann:x:1000:1001:Ann:/home/ann:/bin/sh\n"
                          "1234:x:7:8::/home/number:\n"
                          "nohome:x:20:20::\n");
    write_file_atomically(directory_.file("etc/group"),
                          "root:x:0:\nann:x:1001:\nwheel:x:10:ann,bob\ntools:x:11:bob,ann\n"
                          "99:x:500:\n");
  }

  ResolvedUser resolve(std::string_view user) {
    return resolve_user(fs::RootDir::open(directory_.path()), user);
  }

  estiba::testing::TestDirectory directory_;
};

TEST_F(Users, AreFoundByNameAndNumber) {
  struct Case {
    const char* text;
    uid_t uid;
    gid_t gid;
    std::vector<gid_t> groups;
    const char* home;
  };
  const Case cases[] = {
      {"", 0, 0, {}, "/root"},
      {"root", 0, 0, {}, "/root"},
      {"ann", 1000, 1001, {10, 11}, "/home/ann"},
      {"1000", 1000, 1001, {10, 11}, "/home/ann"},
      {"ann:wheel", 1000, 10, {}, "/home/ann"},
      {"ann:4", 1000, 4, {}, "/home/ann"},
      {"555", 555, 0, {}, "/"},
      {"555:666", 555, 666, {}, "/"},
      {":tools", 0, 11, {}, "/root"},
      // A name wins that looks like a number.
      {"1234", 7, 8, {}, "/home/number"},
      {"ann:99", 1000, 500, {}, "/home/ann"},
      {"nohome", 20, 20, {}, "/"},
  };
  for (const Case& given : cases) {
    const ResolvedUser user = resolve(given.text);
    EXPECT_EQ(user.uid, given.uid) << given.text;
    EXPECT_EQ(user.gid, given.gid) << given.text;
    EXPECT_EQ(user.additional_gids, given.groups) << given.text;
    EXPECT_EQ(user.home, given.home) << given.text;
  }
}

TEST_F(Users, WhoAreUnknownAreRefusedInDockersWords) {
  const std::pair<const char*, const char*> cases[] = {
      {"bob", "unable to find user bob: no matching entries in passwd file"},
      {"-1", "unable to find user -1: no matching entries in passwd file"},
      {"4294967295", "unable to find user 4294967295: no matching entries in passwd file"},
      {"half", "unable to find user half: no matching entries in passwd file"},
      {"ann:nobody", "unable to find group nobody: no matching entries in group file"},
  };
  for (const auto& [user, message] : cases) {
    try {
      (void)resolve(user);
      ADD_FAILURE() << user;
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), message);
    }
  }
}

TEST_F(Users, NeedNoFilesWhenTheyAreNumbers) {
  std::filesystem::remove_all(directory_.file("etc"));
  EXPECT_EQ(resolve("5:6").gid, 6U);
  EXPECT_EQ(resolve("").home, "/");
  EXPECT_EQ(error_code_of([&] { (void)resolve("ann"); }), ErrorCode::kInvalidArgument);
}

TEST_F(Users, AreNotReadFromOutsideTheImage) {
  const estiba::testing::TestDirectory outside;
  write_file_atomically(outside.file("passwd"), "evil:x:0:0::/:\n");
  std::filesystem::remove(directory_.file("etc/passwd"));
  std::filesystem::create_symlink(outside.file("passwd"), directory_.file("etc/passwd"));
  EXPECT_EQ(error_code_of([&] { (void)resolve("evil"); }), ErrorCode::kInvalidArgument);
}

TEST_F(Users, AreNotReadFromWhatIsNoFileOrTooLarge) {
  std::filesystem::remove(directory_.file("etc/passwd"));
  ASSERT_EQ(::mkfifo(directory_.file("etc/passwd").c_str(), 0600), 0);
  EXPECT_EQ(resolve("9").uid, 9U);  // and does not hang
  std::filesystem::remove(directory_.file("etc/passwd"));
  write_file_atomically(directory_.file("etc/passwd"), std::string(kMaxAccountFileBytes + 1, 'x'));
  EXPECT_EQ(error_code_of([&] { (void)resolve("ann"); }), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace estiba::run
