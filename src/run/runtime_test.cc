#include "run/runtime.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/testing/expect_error.h"
#include "base/text.h"
#include "run/testing/container_fixture.h"

namespace estiba::run {
namespace {

using estiba::testing::error_code_of;
using testing::Result;
using Runtime = testing::ContainerTest;

TEST_F(Runtime, HandsBackTheExitCode) {
  EXPECT_EQ(run(command({"true"})).exit_code, 0);
  EXPECT_EQ(run(shell("exit 7")).exit_code, 7);
  EXPECT_EQ(run(shell("exit 127")).exit_code, 127);
  EXPECT_EQ(run(shell("sh -c 'kill -9 $$'; exit $?")).exit_code, 137);
}

TEST_F(Runtime, KeepsTheStreamsApart) {
  const Result result = run(shell("echo out; echo err >&2"));
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error_output, "err\n");
}

TEST_F(Runtime, PassesStandardInput) {
  write_file_atomically(scratch("input"), "one\ntwo\n");
  const UniqueFd input = open_file(scratch("input"), O_RDONLY);
  EXPECT_EQ(run(command({"wc", "-l"}), input.get()).output, "2\n");
  EXPECT_EQ(run(command({"wc", "-c"})).output, "0\n");
}

TEST_F(Runtime, GivesTheEnvironmentAndHome) {
  ContainerSpec spec = shell("echo $A; echo $HOME");
  spec.environment.emplace_back("A=b c");
  EXPECT_EQ(run(spec).output, "b c\n/root\n");
  spec.user = "worker";
  EXPECT_EQ(run(spec).output, "b c\n/home/worker\n");
  spec.environment.emplace_back("HOME=/elsewhere");
  EXPECT_EQ(run(spec).output, "b c\n/elsewhere\n");
}

TEST_F(Runtime, RunsAsTheUser) {
  struct Case {
    const char* user;
    const char* ids;
  };
  const Case cases[] = {{"", "0 0 0"},
                        {"worker", "1000 1001 1001 2000"},
                        {"1000", "1000 1001 1001 2000"},
                        {"worker:tools", "1000 2000 2000"},
                        {"77:88", "77 88 88"}};
  for (const Case& given : cases) {
    ContainerSpec spec = shell("echo $(id -u) $(id -g) $(id -G)");
    spec.user = given.user;
    EXPECT_EQ(run(spec).output, std::string(given.ids) + "\n") << given.user;
  }
  ContainerSpec spec = command({"true"});
  spec.user = "nobody-knows";
  EXPECT_EQ(error_code_of([&] { run(spec); }), ErrorCode::kInvalidArgument);
}

TEST_F(Runtime, MakesTheWorkingDirectory) {
  ContainerSpec spec = shell("pwd");
  EXPECT_EQ(run(spec).output, "/\n");
  spec.working_directory = "/new/place";
  EXPECT_EQ(run(spec).output, "/new/place\n");
  EXPECT_TRUE(path_exists(rootfs() + "/new/place"));
  write_rootfs_file("file", "");
  spec.working_directory = "/file";
  EXPECT_NE(error_code_of([&] { run(spec); }), ErrorCode::kInternal);
}

TEST_F(Runtime, SaysInDockersWordsWhyAProgramCannotStart) {
  write_rootfs_file("plain", "text", 0644);
  write_rootfs_file("bin/plain", "text", 0644);
  std::filesystem::create_symlink("loop", rootfs() + "/loop");
  struct Case {
    const char* program;
    const char* message;
    int exit_code;
  };
  const Case cases[] = {
      {"nosuch", "exec: \"nosuch\": executable file not found in $PATH", 127},
      {"", "exec: \"\": executable file not found in $PATH", 127},
      {"/nosuch", "exec: \"/nosuch\": stat /nosuch: no such file or directory", 127},
      {"./nosuch", "exec: \"./nosuch\": stat ./nosuch: no such file or directory", 127},
      {"/plain", "exec: \"/plain\": permission denied", 126},
      {"plain", "exec: \"plain\": permission denied", 126},
      {"/etc", "exec: \"/etc\": is a directory", 126},
  };
  for (const Case& given : cases) {
    try {
      run(command({given.program}));
      ADD_FAILURE() << given.program << " was started";
    } catch (const StartError& error) {
      EXPECT_EQ(error.message(), given.message);
      EXPECT_EQ(error.exit_code(), given.exit_code) << given.program;
    }
  }
}

TEST_F(Runtime, FindsAProgramThatAMountBrings) {
  make_directories(scratch("tools"));
  std::filesystem::copy_file("/bin/busybox", scratch("tools/busybox"));
  ContainerSpec spec = command({"/tools/busybox", "echo", "mounted"});
  spec.mounts = {{.source = scratch("tools"), .destination = "/tools"}};
  EXPECT_EQ(run(spec).output, "mounted\n");
  spec.arguments = {"/tools/absent"};
  EXPECT_THROW(run(spec), StartError);
}

TEST_F(Runtime, LeavesNoMountPointsInTheRoot) {
  struct stat before = {};
  ASSERT_EQ(::stat((rootfs() + "/etc").c_str(), &before), 0);
  ContainerSpec spec = shell("touch /made; test -s /etc/hosts && test -s /etc/hostname");
  make_directories(scratch("volume"));
  spec.mounts = {{.source = scratch("volume"), .destination = "/deep/down/volume"}};
  EXPECT_EQ(run(spec).exit_code, 0);
  for (const char* name : {"dev", "proc", "sys", "deep", "etc/hosts", "etc/resolv.conf"}) {
    EXPECT_FALSE(path_exists(rootfs() + "/" + name)) << name;
  }
  EXPECT_TRUE(path_exists(rootfs() + "/made"));
  struct stat after = {};
  ASSERT_EQ(::stat((rootfs() + "/etc").c_str(), &after), 0);
  EXPECT_EQ(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
  EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

TEST_F(Runtime, KeepsMountPointsThatTheImageHasOrTheContainerUses) {
  write_rootfs_file("etc/hosts", "the image's\n");
  make_directories(rootfs() + "/dev");
  ContainerSpec spec = shell("touch /deep/kept");
  make_directories(scratch("volume"));
  spec.mounts = {{.source = scratch("volume"), .destination = "/deep/volume"}};
  EXPECT_EQ(run(spec).exit_code, 0);
  EXPECT_EQ(read_file(rootfs() + "/etc/hosts"), "the image's\n");
  EXPECT_TRUE(path_exists(rootfs() + "/dev"));
  EXPECT_TRUE(path_exists(rootfs() + "/deep/kept"));
  EXPECT_FALSE(path_exists(rootfs() + "/deep/volume"));
}

TEST_F(Runtime, MountsTheEtcFilesInsideTheRootEvenThroughLinks) {
  std::filesystem::create_symlink("/run/resolve/stub.conf", rootfs() + "/etc/resolv.conf");
  std::filesystem::create_symlink("../../../../etc-outside/hosts", rootfs() + "/etc/hosts");
  EXPECT_EQ(output_of("cat /etc/hosts | grep -c localhost"), "2");
  EXPECT_FALSE(path_exists(rootfs() + "/run"));
  EXPECT_FALSE(path_exists("/etc-outside"));
  EXPECT_TRUE(std::filesystem::is_symlink(rootfs() + "/etc/resolv.conf"));
}

TEST_F(Runtime, BindsDirectoriesReadWriteAndReadOnly) {
  make_directories(scratch("data"));
  write_file_atomically(scratch("data/file"), "content");
  ContainerSpec spec = shell("cat /data/file; echo more > /data/new");
  spec.mounts = {{.source = scratch("data"), .destination = "/data"}};
  EXPECT_EQ(run(spec).output, "content");
  EXPECT_EQ(read_file(scratch("data/new")), "more\n");
  spec.mounts[0].read_only = true;
  EXPECT_NE(run(spec).exit_code, 0);
  spec.mounts[0].source = scratch("absent");
  EXPECT_EQ(error_code_of([&] { run(spec); }), ErrorCode::kNotFound);
}

TEST_F(Runtime, MakesTheRootReadOnlyOnRequest) {
  ContainerSpec spec = shell("touch /file");
  spec.host.read_only_root = true;
  EXPECT_NE(run(spec).exit_code, 0);
  spec = shell("touch /tmp/file");
  spec.host.read_only_root = true;
  spec.host.tmpfs_mounts = {{.destination = "/tmp", .size_bytes = 1 << 20}};
  EXPECT_EQ(run(spec).exit_code, 0);
}

TEST_F(Runtime, NamesTheHost) {
  ContainerSpec spec = shell("hostname; cat /etc/hostname; grep -c tester /etc/hosts");
  spec.hostname = "tester";
  EXPECT_EQ(run(spec).output, "tester\ntester\n1\n");
  spec = command({"hostname"});
  EXPECT_EQ(run(spec).output, spec.id.substr(0, 12) + "\n");
}

TEST_F(Runtime, HasLoopbackOnlyWithoutNetwork) {
  EXPECT_EQ(output_of("ls /sys/class/net"), "lo");
  EXPECT_NE(output_of("ifconfig lo").find("UP LOOPBACK"), std::string::npos);
  EXPECT_EQ(output_of("cat /etc/resolv.conf"), "");
}

TEST_F(Runtime, SharesTheHostsNetworkOnRequest) {
  ContainerSpec spec = command({"readlink", "/proc/self/ns/net"});
  spec.network = NetworkMode::kHost;
  EXPECT_EQ(run(spec).output, std::filesystem::read_symlink("/proc/self/ns/net").string() + "\n");
  spec.arguments = {"cat", "/etc/resolv.conf"};
  EXPECT_EQ(run(spec).output, read_file("/etc/resolv.conf"));
}

TEST_F(Runtime, GivesEveryContainerItsOwnProcesses) {
  EXPECT_EQ(output_of("echo $$"), "1");
  // The shell, its subshell and what runs in that.
  EXPECT_LE(std::stoi(output_of("ls /proc | grep -c '^[0-9]*$'")), 4);
}

TEST_F(Runtime, EndsAContainerOnRequest) {
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  ContainerSpec spec = shell("trap 'exit 0' TERM; while true; do sleep 0.1; done");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(
      error_code_of([&] { (void)runtime_.run(spec, {}, state_directory(), stop.get_token()); }),
      ErrorCode::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1500));
}

TEST_F(Runtime, KillsAContainerThatDoesNotStop) {
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  // The first process of a container has no default action for SIGTERM.
  EXPECT_EQ(
      error_code_of([&] {
        (void)runtime_.run(command({"sleep", "100"}), {}, state_directory(), stop.get_token());
      }),
      ErrorCode::kCancelled);
}

TEST_F(Runtime, RunsSeveralContainersAtOnce) {
  std::vector<std::jthread> threads;
  std::vector<Result> results(4);
  std::vector<std::string> states(results.size());
  std::vector<ContainerSpec> specs(results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    states[i] = state_directory();
    specs[i] = shell("sleep 0.2; echo " + std::to_string(i));
    specs[i].root_directory = scratch("rootfs-" + std::to_string(i));
    std::filesystem::copy(
        rootfs(), specs[i].root_directory,
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      const UniqueFd output = open_file(states[i] + "/out", O_RDWR | O_CREAT);
      const auto status = runtime_.run(specs[i], {.stdout_fd = output.get()}, states[i], {});
      results[i] = {.exit_code = status.exit_code(),
                    .output = read_file(states[i] + "/out"),
                    .error_output = {}};
    });
  }
  threads.clear();
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].exit_code, 0);
    EXPECT_EQ(results[i].output, std::to_string(i) + "\n");
  }
}

TEST_F(Runtime, NeedsARuntime) {
  EXPECT_EQ(error_code_of([] { (void)OciRuntime::find("no-such-runtime"); }), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace estiba::run
