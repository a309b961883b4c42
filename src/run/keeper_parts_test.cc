#include "run/restarts.h"

#include <gtest/gtest.h>

#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"
#include "run/attach_client.h"
#include "run/container_log.h"
#include "run/detach_keys.h"
#include "run/health.h"

namespace estiba::run {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RestartPolicy, IsReadAsDockerWritesIt) {
  EXPECT_EQ(parse_restart_policy("").condition, RestartCondition::kNever);
  EXPECT_EQ(parse_restart_policy("always").condition, RestartCondition::kAlways);
  EXPECT_EQ(parse_restart_policy("on-failure:5").maximum_retries, 5);
  for (const char* wrong : {"sometimes", "always:3", "on-failure:x", "on-failure:-1", ":"}) {
    EXPECT_EQ(estiba::testing::error_code_of([&] { (void)parse_restart_policy(wrong); }),
              ErrorCode::kInvalidArgument)
        << wrong;
  }
}

TEST(Restarts, AreWantedAsThePolicySays) {
  Restarts restarts;
  EXPECT_FALSE(restarts.wanted(parse_restart_policy("no"), 1));
  EXPECT_TRUE(restarts.wanted(parse_restart_policy("always"), 0));
  EXPECT_FALSE(restarts.wanted(parse_restart_policy("on-failure:1"), 0));
  EXPECT_TRUE(restarts.wanted(parse_restart_policy("on-failure:1"), 1));
  (void)restarts.next_wait(seconds(0));
  EXPECT_FALSE(restarts.wanted(parse_restart_policy("on-failure:1"), 1));
}

TEST(Restarts, WaitLongerEachTimeUntilARunWasGood) {
  Restarts restarts;
  EXPECT_EQ(restarts.next_wait(seconds(1)), milliseconds(100));
  EXPECT_EQ(restarts.next_wait(seconds(1)), milliseconds(200));
  EXPECT_EQ(restarts.next_wait(seconds(10)), milliseconds(100));
  for (int i = 0; i < 20; ++i) (void)restarts.next_wait(seconds(1));
  EXPECT_EQ(restarts.next_wait(seconds(1)), milliseconds(60'000));
  EXPECT_EQ(restarts.count(), 24);
}

TEST(DetachKeys, ArePassedOnUnlessTheyAreComplete) {
  DetachKeys keys(parse_detach_keys(""));
  EXPECT_EQ(keys.pass("ab\x10"), "ab");
  EXPECT_EQ(keys.pass("c"),
            "\x10"
            "c");
  EXPECT_EQ(keys.pass("\x10\x10"), "\x10");
  EXPECT_FALSE(keys.pressed());
  EXPECT_EQ(keys.pass("\x11xyz"), "");
  EXPECT_TRUE(keys.pressed());
  EXPECT_EQ(parse_detach_keys("ctrl-x,x"), "\x18x");
  for (const char* wrong : {"ctrl-", "xx", "ctrl-1", ","}) {
    EXPECT_EQ(estiba::testing::error_code_of([&] { (void)parse_detach_keys(wrong); }),
              ErrorCode::kInvalidArgument)
        << wrong;
  }
}

std::vector<std::string> lines_of(const std::string& directory, const LogQuery& query) {
  std::vector<std::string> lines;
  read_log(
      directory, query, [&](const LogEntry& entry) { lines.push_back(entry.text); },
      [] { return true; }, {});
  return lines;
}

TEST(ContainerLog, KeepsLinesHoweverTheyArrive) {
  const estiba::testing::TestDirectory directory;
  {
    ContainerLog log(directory.path(), {});
    log.write(false, "on");
    log.write(true, "err\n");
    log.write(false, "e\ntwo\nthr");
    log.write(false, "ee");
  }
  EXPECT_EQ(lines_of(directory.path(), {}),
            (std::vector<std::string>{"err\n", "one\n", "two\n", "three"}));
  EXPECT_EQ(lines_of(directory.path(), {.since = {}, .until = {}, .tail = 2, .follow = false}),
            (std::vector<std::string>{"two\n", "three"}));
  EXPECT_TRUE(lines_of(directory.path(), {.since = now(), .until = {}, .tail = {}, .follow = false})
                  .empty());
}

TEST(ContainerLog, IsRotated) {
  const estiba::testing::TestDirectory directory;
  {
    ContainerLog log(directory.path(),
                     {.kept = true, .maximum_file_bytes = 500, .maximum_files = 2});
    for (int i = 0; i < 100; ++i) log.write(false, std::to_string(i) + "\n");
  }
  const auto lines = lines_of(directory.path(), {});
  EXPECT_EQ(lines.back(), "99\n");
  EXPECT_LT(lines.size(), 20U);
  EXPECT_GT(lines.size(), 5U);
  EXPECT_FALSE(path_exists(directory.file("container.log.2")));
}

HealthResult result(int exit_code, Timestamp start) {
  return {.start = start, .end = start, .exit_code = exit_code, .output = ""};
}

TEST(Health, IsLostAfterTheRetriesAndComesBackAtOnce) {
  Healthcheck check;
  check.retries = 2;
  check.start_period = seconds(60);
  const Timestamp start = now();
  HealthTracker tracker(check, start);
  for (int i = 0; i < 5; ++i) tracker.add(result(1, start + seconds(i)));
  EXPECT_EQ(tracker.state().status, "starting");
  tracker.add(result(1, start + seconds(61)));
  EXPECT_EQ(tracker.state().status, "starting");
  tracker.add(result(1, start + seconds(62)));
  EXPECT_EQ(tracker.state().status, "unhealthy");
  EXPECT_EQ(tracker.state().log.size(), 5U);
  tracker.add(result(0, start + seconds(63)));
  EXPECT_EQ(tracker.state().status, "healthy");
  EXPECT_EQ(tracker.state().failing_streak, 0);
}

TEST(Health, IsOfTheImageUnlessTheOptionsSayOtherwise) {
  Healthcheck of_image;
  of_image.test = {"CMD-SHELL", "true"};
  of_image.interval = seconds(5);
  RunOptions options;
  options.health.timeout = seconds(7);
  const Healthcheck check = effective_health(of_image, options);
  EXPECT_EQ(check.interval, seconds(5));
  EXPECT_EQ(check.timeout, seconds(7));
  EXPECT_EQ(check.retries, 3);
  options.no_healthcheck = true;
  EXPECT_TRUE(effective_health(of_image, options).test.empty());
  EXPECT_TRUE(effective_health({}, {}).test.empty());
}

}  // namespace
}  // namespace estiba::run
