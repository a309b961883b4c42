#include "base/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/testing/expect_error.h"
#include "base/testing/test_directory.h"

namespace estiba {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::error_code_of;
using testing::TestDirectory;

ProcessOptions shell(const std::string& script) {
  ProcessOptions options;
  options.argv = {"sh", "-c", script};
  return options;
}

TEST(ChildProcess, ReportsExitCodesAndSignals) {
  EXPECT_EQ(ChildProcess::spawn(shell("exit 7")).wait().exit_code(), 7);
  EXPECT_EQ(ChildProcess::spawn(shell("kill -9 $$")).wait().exit_code(), 128 + 9);
  EXPECT_TRUE(ChildProcess::spawn(shell("true")).wait().success());
}

TEST(ChildProcess, SaysWhyAProgramCannotStart) {
  const TestDirectory scratch;
  write_file_atomically(scratch.file("plain"), "text", 0644);
  ProcessOptions options;
  options.argv = {"estiba-no-such-program"};
  EXPECT_EQ(error_code_of([&] { ChildProcess::spawn(options); }), ErrorCode::kNotFound);
  options.argv = {scratch.file("absent")};
  EXPECT_EQ(error_code_of([&] { ChildProcess::spawn(options); }), ErrorCode::kNotFound);
  options.argv = {scratch.file("plain")};
  EXPECT_EQ(error_code_of([&] { ChildProcess::spawn(options); }), ErrorCode::kPermissionDenied);
  options.argv = {"true"};
  options.working_directory = scratch.file("absent");
  EXPECT_EQ(error_code_of([&] { ChildProcess::spawn(options); }), ErrorCode::kNotFound);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a failed child was not reaped";
}

TEST(ChildProcess, GetsOnlyTheDescriptorsItWasGiven) {
  // Without close-on-exec, as a library may open them.
  const UniqueFd leaked(::open("/dev/null", O_RDONLY));
  const UniqueFd kept(::fcntl(leaked.get(), F_DUPFD_CLOEXEC, 50));
  ProcessOptions options;
  options.argv = {"ls", "/proc/self/fd"};
  options.keep_fds = {kept.get()};
  // 3 is the folder that ls itself reads.
  EXPECT_EQ(run_captured(options).standard_output,
            "0\n1\n2\n3\n" + std::to_string(kept.get()) + "\n");
  EXPECT_NE(::fcntl(kept.get(), F_GETFD) & FD_CLOEXEC, 0) << "our own flag must stay";
}

TEST(ChildProcess, PlacesStandardStreamsInAnyOrder) {
  const TestDirectory scratch;
  const UniqueFd file = open_file(scratch.file("both"), O_RDWR | O_CREAT);
  // Standard output and error exchanged: each source is another one's target.
  ProcessOptions options = shell("echo out; echo err >&2");
  const UniqueFd saved = duplicate(2);
  ASSERT_EQ(::dup2(file.get(), 2), 2);
  options.stdout_fd = 2;
  options.stderr_fd = 1;
  ::testing::internal::CaptureStdout();
  const int exit_code = ChildProcess::spawn(options).wait().exit_code();
  const std::string captured = ::testing::internal::GetCapturedStdout();
  ::dup2(saved.get(), 2);
  EXPECT_EQ(exit_code, 0);
  EXPECT_EQ(read_file(scratch.file("both")), "out\n");
  EXPECT_EQ(captured, "err\n");
}

TEST(ChildProcess, ReadsNothingByDefaultAndHonoursEnvironmentAndDirectory) {
  ProcessOptions options = shell("cat; echo $PWD-$GREETING-$HOME");
  options.replace_environment = true;
  options.environment = {"GREETING=hello"};
  options.working_directory = "/usr";
  const CapturedOutput output = run_captured(options);
  EXPECT_EQ(output.standard_output, "/usr-hello-\n");
}

TEST(ChildProcess, StartsWithDefaultSignals) {
  struct sigaction ignore = {};
  struct sigaction before = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  const CapturedOutput output =
      run_captured(shell("exec grep -E 'Sig(Blk|Ign)' /proc/self/status"));
  ::sigaction(SIGPIPE, &before, nullptr);
  EXPECT_EQ(output.standard_output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(ChildProcess, StoppingTerminatesGentlyFirst) {
  const TestDirectory scratch;
  std::stop_source stop;
  ChildProcess child = ChildProcess::spawn(shell("trap 'echo gentle > " + scratch.file("said") +
                                                 "; exit 3' TERM; echo > " + scratch.file("ready") +
                                                 "; while :; do sleep 0.01; done"));
  while (!path_exists(scratch.file("ready"))) std::this_thread::sleep_for(milliseconds(2));
  stop.request_stop();
  EXPECT_EQ(child.wait(stop.get_token(), milliseconds(10'000)).exit_code(), 3);
  EXPECT_EQ(read_file(scratch.file("said")), "gentle\n");
}

TEST(ChildProcess, StoppingKillsWhatDoesNotListenWithAllItStarted) {
  const TestDirectory scratch;
  ProcessOptions options =
      shell("trap '' TERM; sleep 1000 & echo $! > " + scratch.file("pid.tmp") + "; mv " +
            scratch.file("pid.tmp") + " " + scratch.file("pid") + "; wait; wait; sleep 1000");
  options.own_process_group = true;
  ChildProcess child = ChildProcess::spawn(options);
  while (!path_exists(scratch.file("pid"))) std::this_thread::sleep_for(milliseconds(2));
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(30));
    stop.request_stop();
  });
  EXPECT_EQ(child.wait(stop.get_token(), milliseconds(100)).exit_code(), 128 + SIGKILL);
  const pid_t grandchild = std::stoi(read_file(scratch.file("pid")));
  const auto deadline = steady_clock::now() + milliseconds(5000);
  while (::kill(grandchild, 0) == 0 && steady_clock::now() < deadline) {
    // A zombie counts as gone: who reaps it is not our matter.
    if (read_file("/proc/" + std::to_string(grandchild) + "/stat").find(") Z") !=
        std::string::npos) {
      return;
    }
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_NE(::kill(grandchild, 0), 0);
}

TEST(ChildProcess, DestructionKillsAndReaps) {
  pid_t pid = 0;
  {
    const ChildProcess child = ChildProcess::spawn(shell("exec sleep 1000"));
    pid = child.pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ChildProcess, DiesWithItsParent) {
  const TestDirectory scratch;
  const pid_t parent = ::fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    ChildProcess child = ChildProcess::spawn(shell("exec sleep 1000"));
    write_file_atomically(scratch.file("pid"), std::to_string(child.pid()));
    ::raise(SIGKILL);
  }
  ::waitpid(parent, nullptr, 0);
  const pid_t grandchild = std::stoi(read_file(scratch.file("pid")));
  const std::string status_file = "/proc/" + std::to_string(grandchild) + "/stat";
  const auto deadline = steady_clock::now() + milliseconds(5000);
  bool gone = false;
  while (!gone && steady_clock::now() < deadline) {
    gone = !path_exists(status_file) || read_file(status_file).find(") Z") != std::string::npos;
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_TRUE(gone);
}

TEST(RunCaptured, CollectsBothOutputsBeyondAPipesCapacity) {
  const CapturedOutput output = run_captured(
      shell("head -c 300000 /dev/zero | tr '\\0' o; head -c 300000 /dev/zero | tr '\\0' e >&2"));
  EXPECT_EQ(output.standard_output, std::string(300'000, 'o'));
  EXPECT_EQ(output.standard_error, std::string(300'000, 'e'));
}

TEST(RunCaptured, DropsWhatIsBeyondTheLimitWithoutBlockingTheChild) {
  const CapturedOutput output =
      run_captured(shell("head -c 300000 /dev/zero; echo done >&2"), {}, 1000);
  EXPECT_EQ(output.standard_output.size(), 1000u);
  EXPECT_EQ(output.standard_error, "done\n");
}

TEST(RunCaptured, EndsWithTheChildEvenIfAGrandchildKeepsThePipe) {
  const auto start = steady_clock::now();
  const CapturedOutput output = run_captured(shell("sleep 2 & echo started"));
  EXPECT_EQ(output.standard_output, "started\n");
  EXPECT_LT(steady_clock::now() - start, milliseconds(1900));
}

TEST(RunCaptured, StopsOnRequest) {
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(30));
    stop.request_stop();
  });
  EXPECT_EQ(run_captured(shell("exec sleep 1000"), stop.get_token()).status.exit_code(),
            128 + SIGTERM);
}

TEST(FindProgram, LooksIntoTheSystemFoldersToo) {
  EXPECT_TRUE(find_program("sh").has_value());
  EXPECT_TRUE(find_program("ldconfig").has_value());
  EXPECT_FALSE(find_program("estiba-no-such-program").has_value());
  EXPECT_FALSE(find_program("").has_value());
}

}  // namespace
}  // namespace estiba
