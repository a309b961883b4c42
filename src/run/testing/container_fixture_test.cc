#include "run/testing/container_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "fs/mount.h"

namespace estiba::run::testing {
namespace {

constexpr const char* kApplets[] = {
    "cat",   "chmod", "chroot",   "cut",      "date",     "dd",     "echo",    "env",
    "grep",  "head",  "hostname", "id",       "ifconfig", "ls",     "mkdir",   "mknod",
    "mount", "ps",    "pwd",      "readlink", "rm",       "setsid", "sh",      "sleep",
    "stat",  "stty",  "sync",     "touch",    "true",     "tty",    "unshare", "wc"};

}  // namespace

void ContainerTest::SetUpTestSuite() {
  static const bool entered = [] {
    fs::enter_private_mount_namespace();
    return true;
  }();
  ASSERT_TRUE(entered);
}

ContainerTest::ContainerTest() {
  for (const char* name : {"bin", "etc", "tmp", "home/worker", "work"}) {
    make_directories(rootfs_ + "/" + name);
  }
  std::filesystem::copy_file("/bin/busybox", rootfs_ + "/bin/busybox");
  for (const char* applet : kApplets) {
    std::filesystem::create_symlink("busybox", rootfs_ + "/bin/" + applet);
  }
  ::chmod((rootfs_ + "/tmp").c_str(), 01777);
  write_rootfs_file("etc/passwd",
                    "root:x:0:0:root:/root:/bin/sh\n"
                    "worker:x:1000:1001:a worker:/home/worker:/bin/sh\n");
  write_rootfs_file("etc/group", "root:x:0:\nworkers:x:1001:\ntools:x:2000:worker,other\n");
}

ContainerSpec ContainerTest::command(std::vector<std::string> arguments) const {
  ContainerSpec spec;
  spec.id = new_container_id();
  spec.root_directory = rootfs_;
  spec.arguments = std::move(arguments);
  spec.environment = {"PATH=/usr/local/bin:/bin"};
  spec.network = NetworkMode::kNone;
  return spec;
}

ContainerSpec ContainerTest::shell(const std::string& script) const {
  return command({"sh", "-c", script});
}

std::string ContainerTest::state_directory() {
  std::string path = scratch("state-" + std::to_string(states_++));
  make_directories(path, 0700);
  return path;
}

Result ContainerTest::run(const ContainerSpec& spec, int stdin_fd) {
  const std::string state = state_directory();
  const UniqueFd output = open_file(state + "/stdout", O_RDWR | O_CREAT);
  const UniqueFd error_output = open_file(state + "/stderr", O_RDWR | O_CREAT);
  const ContainerIo io = {
      .stdin_fd = stdin_fd, .stdout_fd = output.get(), .stderr_fd = error_output.get()};
  const ExitStatus status = runtime_.run(spec, io, state, {});
  return {.exit_code = status.exit_code(),
          .output = read_file(state + "/stdout"),
          .error_output = read_file(state + "/stderr")};
}

std::string ContainerTest::output_of(const std::string& script) {
  Result result = run(shell(script));
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  while (result.output.ends_with('\n')) result.output.pop_back();
  return result.output;
}

void ContainerTest::write_rootfs_file(const std::string& path, std::string_view text,
                                      unsigned mode) {
  write_file_atomically(rootfs_ + "/" + path, text, mode);
}

}  // namespace estiba::run::testing
