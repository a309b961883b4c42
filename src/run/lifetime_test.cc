// A container lives as long as its maker, whatever kills that.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "base/stream.h"
#include "base/text.h"
#include "run/cgroups.h"
#include "run/signals.h"
#include "run/testing/container_fixture.h"

namespace estiba::run {
namespace {

using std::chrono::milliseconds;
using Lifetime = testing::ContainerTest;

// Waits up to ten seconds.
bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 500; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return false;
}

// Processes of the whole machine whose command line has `word`.
int count_processes(const std::string& word) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string path = entry.path().string() + "/cmdline";
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    const UniqueFd file(fd);
    std::array<std::byte, 4096> text = {};
    const ssize_t size = ::read(fd, text.data(), text.size());
    if (size > 0 &&
        as_text({text.data(), static_cast<std::size_t>(size)}).find(word) != std::string::npos) {
      ++count;
    }
  }
  return count;
}

// Runs the container in a process of its own and returns that process.
pid_t run_in_child(const OciRuntime& runtime, const ContainerSpec& spec, const ContainerIo& io,
                   const std::string& state) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int code = 99;
  try {
    code = runtime.run(spec, io, state, {}).exit_code();
  } catch (const Error&) {
    code = 98;
  }
  ::_exit(code);
}

int exit_code_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(Lifetime, NothingOfAContainerSurvivesKill9) {
  for (const char* user : {"", "worker"}) {
    const std::string word = "marker-" + random_hex(8);
    // A daemon in a session of its own, a child, and the first process.
    ContainerSpec spec = shell("setsid sh -c 'sleep 300; : " + word + "' & (sleep 300; : " + word +
                               ") & sleep 300; : " + word);
    spec.user = user;
    const std::string state = state_directory();
    const pid_t child = run_in_child(runtime_, spec, {}, state);
    ASSERT_TRUE(eventually([&] { return count_processes(word) >= 3; }));
    ::kill(child, SIGKILL);
    EXPECT_EQ(exit_code_of(child), 128 + SIGKILL);
    EXPECT_TRUE(eventually([&] { return count_processes(word) == 0; })) << user;
    EXPECT_TRUE(eventually([&] { return count_processes(spec.id) == 0; })) << "the runtime";
    // All that the runtime knew of it goes with the state directory.
    std::filesystem::remove_all(state);
  }
}

TEST_F(Lifetime, KilledAtAnyMomentOfItsStartAContainerIsGone) {
  for (int delay_ms = 0; delay_ms < 60; delay_ms += 3) {
    const std::string word = "marker-" + random_hex(8);
    const ContainerSpec spec = shell("sleep 300; : " + word);
    const std::string state = state_directory();
    const pid_t child = run_in_child(runtime_, spec, {}, state);
    std::this_thread::sleep_for(milliseconds(delay_ms));
    ::kill(child, SIGKILL);
    exit_code_of(child);
    EXPECT_TRUE(eventually([&] {
      return count_processes(word) == 0 && count_processes(spec.id) == 0;
    })) << "after "
        << delay_ms << " ms";
  }
}

TEST_F(Lifetime, TheNextContainerSweepsTheCgroupOfAKilledOne) {
  const CgroupSupport support = prepare_cgroups();
  if (!support.usable) return;
  const ContainerSpec spec = command({"sleep", "300"});
  const pid_t child = run_in_child(runtime_, spec, {}, state_directory());
  const std::string hierarchy =
      support.version == CgroupVersion::kV2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/devices";
  const std::string path =
      hierarchy + "/estiba/" + std::to_string(child) + "-" + spec.id.substr(0, 12);
  ASSERT_TRUE(eventually([&] { return path_exists(path); })) << path;
  ::kill(child, SIGKILL);
  exit_code_of(child);
  // The kernel lets go of a cgroup a moment after the last process in it died.
  EXPECT_TRUE(eventually([&] {
    EXPECT_EQ(run(command({"true"})).exit_code, 0);
    return !path_exists(path);
  }));
}

TEST_F(Lifetime, ForwardsSignalsToTheFirstProcess) {
  const struct {
    int number;
    const char* name;
  } signals[] = {{SIGTERM, "TERM"}, {SIGHUP, "HUP"}, {SIGUSR1, "USR1"}, {SIGINT, "INT"}};
  for (const auto& signal : signals) {
    const std::string word = "marker-" + random_hex(8);
    const ContainerSpec spec = shell("trap 'exit 42' " + std::string(signal.name) +
                                     "; touch /ready; while true; do sleep 0.05; done; : " + word);
    const pid_t child = ::fork();
    if (child == 0) {
      const UniqueFd taken = take_forwarded_signals();
      const ExitStatus status =
          runtime_.run(spec, {.signal_fd = taken.get()}, state_directory(), {});
      ::_exit(status.exit_code());
    }
    ASSERT_TRUE(eventually([&] { return path_exists(rootfs() + "/ready"); }));
    ::kill(child, signal.number);
    EXPECT_EQ(exit_code_of(child), 42) << signal.name;
    std::filesystem::remove(rootfs() + "/ready");
  }
}

TEST_F(Lifetime, TheThirdInterruptKillsAContainerThatIgnoresThem) {
  const pid_t child = ::fork();
  if (child == 0) {
    const UniqueFd taken = take_forwarded_signals();
    const ContainerSpec spec = shell(
        "n=0; trap 'n=$((n+1)); touch /seen$n' INT; touch /seen0; while true; do sleep 0.05; done");
    const ExitStatus status = runtime_.run(spec, {.signal_fd = taken.get()}, state_directory(), {});
    ::_exit(status.exit_code());
  }
  // One after the other: the kernel keeps only one of a kind pending.
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(eventually([&] { return path_exists(rootfs() + "/seen" + std::to_string(i)); }));
    ::kill(child, SIGINT);
  }
  EXPECT_EQ(exit_code_of(child), 137);
}

}  // namespace
}  // namespace estiba::run
