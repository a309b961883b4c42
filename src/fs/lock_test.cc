#include "fs/lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "base/process.h"
#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba::fs {
namespace {

using estiba::testing::error_code_of;
using estiba::testing::TestDirectory;

TEST(FileLock, ExcludesAndReleases) {
  const TestDirectory scratch;
  const std::string path = scratch.file("lock");
  {
    const FileLock held = FileLock::exclusive(path);
    EXPECT_FALSE(FileLock::try_exclusive(path).has_value());
    EXPECT_FALSE(FileLock::try_shared(path).has_value());
  }
  const FileLock first = FileLock::shared(path);
  EXPECT_TRUE(FileLock::try_shared(path).has_value());
  EXPECT_FALSE(FileLock::try_exclusive(path).has_value());
}

TEST(FileLock, DiesWithTheProcessThatHoldsIt) {
  const TestDirectory scratch;
  const std::string path = scratch.file("lock");
  const pid_t holder = ::fork();
  ASSERT_GE(holder, 0);
  if (holder == 0) {
    const FileLock held = FileLock::exclusive(path);
    write_file_atomically(scratch.file("ready"), "");
    for (;;) ::pause();
  }
  while (!path_exists(scratch.file("ready"))) ::usleep(1000);
  EXPECT_FALSE(FileLock::try_exclusive(path).has_value());
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  EXPECT_TRUE(FileLock::try_exclusive(path).has_value());
}

TEST(FileLock, WaitingEndsOnRequest) {
  const TestDirectory scratch;
  const FileLock held = FileLock::exclusive(scratch.file("lock"));
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop.request_stop();
  });
  EXPECT_EQ(
      error_code_of([&] { (void)FileLock::exclusive(scratch.file("lock"), stop.get_token()); }),
      ErrorCode::kCancelled);
}

TEST(FileLock, RemovingTheFileNeverLetsTwoIn) {
  const TestDirectory scratch;
  const std::string path = scratch.file("lock");
  std::atomic<int> inside = 0;
  std::atomic<bool> violated = false;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 100; ++round) {
          FileLock lock = FileLock::exclusive(path);
          if (++inside != 1) violated = true;
          --inside;
          if (round % 2 == 0) lock.remove();
        }
      });
    }
  }
  EXPECT_FALSE(violated);
}

TEST(ProcessIdentity, KnowsTheLivingFromTheDead) {
  const ProcessIdentity self = ProcessIdentity::current();
  EXPECT_EQ(self.pid, ::getpid());
  EXPECT_TRUE(self.is_alive());
  EXPECT_EQ(ProcessIdentity::of(::getpid()), self);

  ProcessIdentity another_life = self;
  another_life.start_time_ticks += 1;
  EXPECT_FALSE(another_life.is_alive());
  ProcessIdentity before_reboot = self;
  before_reboot.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_FALSE(before_reboot.is_alive());
  EXPECT_FALSE(ProcessIdentity{}.is_alive());
}

TEST(ProcessIdentity, AZombieIsDead) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (;;) ::pause();
  }
  const auto identity = ProcessIdentity::of(child);
  ASSERT_TRUE(identity.has_value());
  EXPECT_TRUE(identity->is_alive());
  ::kill(child, SIGKILL);
  siginfo_t info = {};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_FALSE(identity->is_alive()) << "not reaped yet";
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(identity->is_alive());
  EXPECT_FALSE(ProcessIdentity::of(child).has_value());
}

TEST(ProcessIdentity, IsNotFooledByAProgramsName) {
  const TestDirectory scratch;
  const std::string program = scratch.file("a) Z 1 (b");
  ASSERT_EQ(::symlink(find_program("sleep").value().c_str(), program.c_str()), 0);
  ProcessOptions options;
  options.argv = {program, "1000"};
  const ChildProcess child = ChildProcess::spawn(options);
  const auto identity = ProcessIdentity::of(child.pid());
  ASSERT_TRUE(identity.has_value());
  EXPECT_TRUE(identity->is_alive());
}

}  // namespace
}  // namespace estiba::fs
