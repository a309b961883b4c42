// What a container may not do, asked from inside.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>

#include "base/text.h"
#include "run/capabilities.h"
#include "run/cgroups.h"
#include "run/testing/container_fixture.h"

namespace estiba::run {
namespace {

using testing::Result;
using Isolation = testing::ContainerTest;

// docker's fourteen: bits 0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31.
constexpr const char* kDockersCapabilities = "00000000a80425fb";
constexpr const char* kWithoutMknod = "00000000a00425fb";

const char* expected_capabilities() {
  return prepare_cgroups().usable ? kDockersCapabilities : kWithoutMknod;
}

TEST_F(Isolation, FiltersSystemCalls) {
  EXPECT_EQ(output_of("grep ^Seccomp: /proc/self/status"), "Seccomp:\t2");
}

TEST_F(Isolation, RefusesWhatDockerRefuses) {
  // EPERM for what is refused by intent, so that programs give the right reason.
  for (const char* script : {"unshare -m true", "unshare -U true", "hostname other",
                             "chmod 4755 /bin/busybox && chroot / true && unshare -i true"}) {
    const Result result = run(shell(script));
    EXPECT_NE(result.exit_code, 0) << script;
    EXPECT_NE(result.error_output.find("not permitted"), std::string::npos)
        << script << ": " << result.error_output;
  }
}

TEST_F(Isolation, GivesDockersCapabilities) {
  const std::string expected = expected_capabilities();
  EXPECT_EQ(output_of("grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status | cut -f2"),
            expected + "\n" + expected + "\n" + expected);
  EXPECT_EQ(output_of("grep -E '^Cap(Inh|Amb)' /proc/self/status | cut -f2"),
            "0000000000000000\n0000000000000000");
}

TEST_F(Isolation, LeavesOrdinaryUsersNoCapabilities) {
  ContainerSpec spec = shell("grep -E '^Cap(Prm|Eff)' /proc/self/status | cut -f2");
  spec.user = "worker";
  EXPECT_EQ(run(spec).output, "0000000000000000\n0000000000000000\n");
}

TEST_F(Isolation, AddsAndDropsCapabilities) {
  ContainerSpec spec = shell("grep ^CapEff /proc/self/status | cut -f2");
  spec.host.dropped_capabilities = {"ALL"};
  spec.host.added_capabilities = {"chown", "CAP_KILL"};
  EXPECT_EQ(run(spec).output, "0000000000000021\n");
  // One that opens system calls needs another filter than the compiled one.
  spec = shell("mount -t tmpfs none /tmp && unshare -m true");
  spec.host.added_capabilities = {"SYS_ADMIN"};
  EXPECT_EQ(run(spec).exit_code, 0);
}

TEST_F(Isolation, MasksKernelFiles) {
  EXPECT_EQ(output_of("cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c"), "0");
  EXPECT_EQ(output_of("ls -A /sys/firmware | wc -l"), "0");
  EXPECT_NE(run(shell("echo 1 > /proc/sys/kernel/sysrq")).exit_code, 0);
  EXPECT_NE(run(shell("echo b > /proc/sysrq-trigger")).exit_code, 0);
  EXPECT_NE(run(shell("mkdir /sys/fs/cgroup/x || echo x > /sys/kernel/mm/ksm/run")).exit_code, 0);
}

TEST_F(Isolation, HasTheUsualDevices) {
  EXPECT_EQ(output_of("for d in null zero full random urandom tty; do test -c /dev/$d || echo $d;"
                      "done; readlink /dev/fd; readlink /dev/stdin; readlink /dev/ptmx"),
            "/proc/self/fd\n/proc/self/fd/0\npts/ptmx");
  EXPECT_EQ(output_of("head -c 3 /dev/zero | wc -c; echo x > /dev/null; stat -c %a /dev/shm"),
            "3\n1777");
}

TEST_F(Isolation, OpensNoOtherDevices) {
  // The memory of the kernel: made, if at all, but never opened.
  const Result result = run(shell("mknod /tmp/kmsg c 1 11; head -c 1 /tmp/kmsg"));
  EXPECT_NE(result.exit_code, 0);
  EXPECT_NE(result.error_output.find("not permitted"), std::string::npos) << result.error_output;
}

TEST_F(Isolation, LimitsOpenFiles) {
  EXPECT_EQ(output_of("ulimit -Sn"), "1024");
}

TEST_F(Isolation, EnforcesLimits) {
  if (!prepare_cgroups().usable) {
    ContainerSpec spec = command({"true"});
    spec.host.limits.processes = 10;
    EXPECT_THROW(run(spec), Error);
    return;
  }
  ContainerSpec spec = shell("for i in 1 2 3 4 5 6; do sleep 1 & done; echo all");
  spec.host.limits.processes = 4;
  EXPECT_NE(run(spec).exit_code, 0);
  spec.host.limits.processes = 20;
  spec.host.limits.memory_bytes = 64 << 20;
  spec.host.limits.cpus = 0.5;
  EXPECT_EQ(run(spec).output, "all\n");
  spec = shell("head -c 60000000 /dev/zero > /dev/shm/too-much; echo survived");
  spec.host.limits.memory_bytes = 16 << 20;
  EXPECT_NE(run(spec).output, "survived\n");
}

TEST_F(Isolation, LeavesNoCgroup) {
  const ContainerSpec spec = command({"true"});
  EXPECT_EQ(run(spec).exit_code, 0);
  EXPECT_FALSE(path_exists("/sys/fs/cgroup/devices" + cgroup_path(spec.id)));
  EXPECT_FALSE(path_exists("/sys/fs/cgroup" + cgroup_path(spec.id)));
}

TEST_F(Isolation, OpensEverythingWhenPrivileged) {
  ContainerSpec spec = shell("grep ^Seccomp: /proc/self/status; mount -t tmpfs none /tmp");
  spec.host.privileged = true;
  const Result result = run(spec);
  EXPECT_EQ(result.output, "Seccomp:\t0\n");
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
}

TEST_F(Isolation, ShowsNothingOfTheHostsDescriptors) {
  // Standard streams, and the directory that ls reads.
  EXPECT_EQ(output_of("ls /proc/self/fd | wc -l"), "4");
}

}  // namespace
}  // namespace estiba::run
