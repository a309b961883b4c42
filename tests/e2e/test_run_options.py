"""estiba run: what each option changes, asked from inside of a container."""

import json
import os
import stat
from pathlib import Path

import pytest

from lib.program import Estiba

CGROUPS = Path("/sys/fs/cgroup")


@pytest.fixture(scope="module")
def box(tmp_path_factory, busybox_bytes):
    """One store for all: no test here changes its images."""
    estiba = Estiba(tmp_path_factory.mktemp("options"))
    estiba.ok("import", "-", "busybox", stdin=busybox_bytes)
    return estiba


def shell(box, script, *options):
    return box.run("--network", "none", *options, "busybox", "sh", "-c", script).strip()


def test_variables_come_from_files_and_from_options_which_win(box, tmp_path):
    (tmp_path / "env").write_text("# a comment\n\nA=from file\nB=from file\nTAKEN\n")
    out = box.ok("run", "--rm", "--env-file", tmp_path / "env", "-e", "B=given", "busybox", "sh", "-c",
                 "echo $A, $B, $TAKEN", env={"TAKEN": "ours"}).out
    assert out == "from file, given, ours\n"


def test_groups_are_added_by_name_and_number(box):
    out = shell(box, "id -G", "-u", "app", "--group-add", "root", "--group-add", "4711")
    assert set(out.split()) == {"1000", "1001", "0", "4711"}
    refused = box.fails("run", "--rm", "--group-add", "nosuchgroup", "busybox", "true")
    assert "unable to find group nosuchgroup" in refused.err


def test_the_host_name_is_told_everywhere(box):
    out = shell(box, "hostname; cat /etc/hostname; grep -c chosen /etc/hosts; echo $HOSTNAME",
                "-h", "chosen")
    assert out.split() == ["chosen", "chosen", "1", "chosen"]


def test_hosts_are_added(box):
    out = shell(box, "cat /etc/hosts", "--add-host", "db:10.1.2.3", "--add-host", "six:::1",
                "--add-host", "gate:host-gateway")
    assert "10.1.2.3\tdb\n" in out and "::1\tsix\n" in out and "\tgate" in out
    assert "host-gateway" not in out
    for wrong in ["db", "db:", "db:nowhere", "a b:1.2.3.4"]:
        assert "add-host" in box.fails("run", "--rm", "--add-host", wrong, "busybox", "true").err


def test_the_resolver_is_as_asked(box):
    out = shell(box, "cat /etc/resolv.conf", "--dns", "10.9.8.7", "--dns", "10.9.8.6",
                "--dns-search", "corp.example", "--dns-option", "ndots:3")
    assert out.splitlines() == [
        "search corp.example", "nameserver 10.9.8.7", "nameserver 10.9.8.6", "options ndots:3"]
    assert "search" not in shell(box, "cat /etc/resolv.conf", "--dns", "10.9.8.7", "--dns-search", ".")


CAPABILITIES = "grep ^CapEff /proc/self/status | cut -f2"


@pytest.mark.parametrize("options, expected", [
    (["--cap-drop", "ALL"], 0),
    (["--cap-drop", "all", "--cap-add", "chown"], 1 << 0),
    (["--cap-drop", "ALL", "--cap-add", "CAP_NET_ADMIN"], 1 << 12),
])
def test_capabilities_are_what_was_asked_for(box, options, expected):
    assert int(shell(box, CAPABILITIES, *options), 16) == expected


def test_a_capability_that_is_added_can_be_used(box):
    assert shell(box, "mount -t tmpfs x /tmp && echo mounted", "--cap-add", "SYS_ADMIN") == "mounted"
    assert "unknown capability" in box.fails("run", "--rm", "--cap-add", "FLY", "busybox", "true").err


def test_new_privileges_can_be_refused(box):
    script = "grep ^NoNewPrivs /proc/self/status | cut -f2"
    assert shell(box, script) == "0"
    for option in ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"]:
        assert shell(box, script, "--security-opt", option) == "1"
    assert shell(box, script, "--security-opt", "no-new-privileges:false") == "0"


def test_the_system_call_filter_can_be_lifted(box):
    assert shell(box, "grep ^Seccomp: /proc/self/status | cut -f2",
                 "--security-opt", "seccomp=unconfined") == "0"


def test_a_system_call_filter_of_ones_own_is_enforced(box, tmp_path):
    profile = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
        "syscalls": [
            {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 30},
            # Holds for other containers only: this one has the capability.
            {"names": ["rmdir"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_CHOWN"]}},
        ],
    }
    (tmp_path / "profile.json").write_text(json.dumps(profile))
    out = shell(box, "mkdir /tmp/x 2>&1; rmdir /home && echo removed",
                "--security-opt", f"seccomp={tmp_path}/profile.json")
    assert "Read-only file system" in out and out.endswith("removed")
    (tmp_path / "broken.json").write_text("{")
    broken = box.fails("run", "--rm", "--security-opt", f"seccomp={tmp_path}/broken.json", "busybox", "true")
    assert "seccomp profile" in broken.err


def test_kernel_files_are_masked_unless_asked_otherwise(box):
    script = "grep -c ' /proc/sys ' /proc/mounts"
    assert box("run", "--rm", "busybox", "sh", "-c", script).out == "1\n"
    assert box("run", "--rm", "--security-opt", "systempaths=unconfined", "busybox", "sh", "-c",
               script).out == "0\n"


def test_an_unknown_security_option_is_refused(box):
    assert "security-opt" in box.fails("run", "--rm", "--security-opt", "magic", "busybox", "true").err


def test_a_privileged_container_may_do_everything(box):
    out = shell(box, f"{CAPABILITIES}; grep ^Seccomp: /proc/self/status | cut -f2; ls /dev",
                "--privileged")
    capabilities, filtered, *devices = out.split()
    bounding = [line for line in Path("/proc/self/status").read_text().splitlines()
                if line.startswith("CapBnd")][0].split()[1]
    assert int(capabilities, 16) == int(bounding, 16)
    assert filtered == "0"
    if os.path.exists("/dev/loop-control"):
        assert "loop-control" in devices


def test_the_root_can_be_read_only_with_places_in_memory(box):
    assert box("run", "--rm", "--read-only", "busybox", "touch", "/f").code != 0
    out = shell(box, "touch /scratch/f && touch /f 2>/dev/null || grep ' /scratch ' /proc/mounts",
                "--read-only", "--tmpfs", "/scratch:size=64k,mode=700")
    assert "tmpfs" in out and "size=64k" in out and "mode=700" in out and "noexec" in out
    assert shell(box, "cp /bin/busybox /x/; /x/busybox echo runs", "--tmpfs", "/x:exec") == "runs"


@pytest.mark.parametrize("wrong", ["relative", "/", "/x:size=lots", "/x:mode=9", "/x:unknown"])
def test_a_wrong_tmpfs_is_refused(box, wrong):
    assert box.fails("run", "--rm", "--tmpfs", wrong, "busybox", "true").code == 125


def test_limits_of_processes_are_set(box):
    out = shell(box, "ulimit -Sn; ulimit -Hn; ulimit -c", "--ulimit", "nofile=100:200", "--ulimit", "core=0")
    assert out.split() == ["100", "200", "0"]
    for wrong in ["nofile", "files=1", "nofile=2:1", "nofile=x"]:
        assert "ulimit" in box.fails("run", "--rm", "--ulimit", wrong, "busybox", "true").err


def limit_of(box, v1, v2, *options):
    """A limit as the container's own cgroup has it, whichever version the host uses."""
    if (CGROUPS / "cgroup.controllers").exists():
        return shell(box, f"cat /sys/fs/cgroup/{v2}", *options)
    return shell(box, f"cat /sys/fs/cgroup/{v1}", *options)


def test_memory_and_processes_are_limited(box):
    assert limit_of(box, "memory/memory.limit_in_bytes", "memory.max", "-m", "64m") == str(64 << 20)
    assert limit_of(box, "pids/pids.max", "pids.max", "--pids-limit", "33") == "33"
    greedy = box("run", "--rm", "-m", "16m", "--memory-swap", "16m", "busybox", "sh", "-c",
                 "head -c 60000000 /dev/zero > /dev/shm/f; echo survived")
    assert "survived" not in greedy.out or greedy.err


def test_processors_are_limited(box):
    if (CGROUPS / "cgroup.controllers").exists():
        assert shell(box, "cat /sys/fs/cgroup/cpu.max", "--cpus", "0.5") == "50000 100000"
    else:
        assert shell(box, "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us", "--cpus", "0.5") == "50000"
        assert shell(box, "cat /sys/fs/cgroup/cpu/cpu.shares", "-c", "512") == "512"
    assert shell(box, "grep Cpus_allowed_list /proc/self/status | cut -f2", "--cpuset-cpus", "0") == "0"
    assert "CPUs available" in box.fails("run", "--rm", "--cpus", "4000", "busybox", "true").err
    assert box.fails("run", "--rm", "--cpuset-cpus", "7000", "busybox", "true").code == 125


def test_a_limit_that_the_host_cannot_enforce_is_a_warning(box):
    if (CGROUPS / "memory" / "memory.memsw.limit_in_bytes").exists() or \
            (CGROUPS / "cgroup.controllers").exists():
        result = box.ok("run", "--rm", "-m", "64m", "--memory-swap", "65m", "busybox", "true")
        assert "WARNING" not in result.err
    else:
        result = box.ok("run", "--rm", "-m", "64m", "--memory-swap", "65m", "busybox", "true")
        assert "WARNING: Your kernel does not support swap limit" in result.err


def test_a_device_can_be_given_with_less_access(box):
    assert shell(box, "ls /dev/fuse 2>&1 || true").startswith("ls:")
    assert stat.S_ISCHR(os.stat("/dev/fuse").st_mode)
    out = shell(box, "stat -c %t:%T /dev/fuse /dev/other", "--device", "/dev/fuse",
                "--device", "/dev/fuse:/dev/other:r")
    assert out.split() == ["a:e5", "a:e5"]
    assert shell(box, "head -c 4 /dev/null2 | wc -c", "--device", "/dev/zero:/dev/null2") == "4"
    assert "no such file" in box.fails("run", "--rm", "--device", "/dev/nosuch", "busybox", "true").err
    assert "not a device" in box.fails("run", "--rm", "--device", "/etc/passwd", "busybox", "true").err


def test_shared_memory_has_the_size_asked_for(box):
    assert shell(box, "df -k /dev/shm | tail -1 | awk '{print $2}'") == str(64 << 10)
    assert shell(box, "df -k /dev/shm | tail -1 | awk '{print $2}'", "--shm-size", "1m") == "1024"


def test_kernel_parameters_of_its_namespaces_can_be_set(box):
    assert shell(box, "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni", "--sysctl",
                 "net.ipv4.ip_forward=1", "--sysctl", "kernel.shmmni=99").split() == ["1", "99"]
    for wrong in ["kernel.sysrq=1", "net/../kernel/sysrq=1", "nothing"]:
        assert "sysctl" in box.fails("run", "--rm", "--sysctl", wrong, "busybox", "true").err


def test_namespaces_of_the_host_can_be_shared(box):
    def of_host(kind):
        return os.readlink(f"/proc/self/ns/{kind}")

    for kind in ["ipc", "pid", "uts"]:
        assert shell(box, f"readlink /proc/self/ns/{kind}") != of_host(kind)
        assert shell(box, f"readlink /proc/self/ns/{kind}", f"--{kind}", "host") == of_host(kind)
    assert shell(box, "hostname", "--uts", "host") == os.uname().nodename
    assert box.fails("run", "--rm", "--pid", "container:", "busybox", "true").code == 125
    assert box.fails("run", "--rm", "--userns", "other", "busybox", "true").code == 125


def test_namespaces_of_another_container_can_be_shared(box):
    box.ok("run", "-d", "--name", "shared", "busybox", "sleep", "60")
    try:
        pid = json.loads(box.ok("inspect", "shared").out)[0]["State"]["Pid"]
        for kind, option in [("pid", "--pid"), ("ipc", "--ipc"), ("net", "--network")]:
            out = box.run(option, "container:shared", "busybox", "readlink", f"/proc/self/ns/{kind}")
            assert out.strip() == os.readlink(f"/proc/{pid}/ns/{kind}")
    finally:
        box.ok("rm", "-f", "shared")
    assert "No such container" in box.fails("run", "--rm", "--pid", "container:shared", "busybox", "true").err


def test_what_shares_the_hosts_processes_dies_with_its_maker(box):
    process = box.start("run", "--rm", "--pid", "host", "--network", "none", "busybox", "sleep", "4321.5")

    def sleepers():
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if b"4321.5" in path.read_bytes() and b"estiba" not in path.read_bytes():
                    found.append(path)
            except OSError:
                continue
        return found

    wait_until(lambda: any(b"sleep" in path.read_bytes() for path in sleepers()))
    process.kill()
    process.wait()
    shell(box, "true")  # the next command sweeps
    wait_until(lambda: not sleepers())


def wait_until(condition, seconds=10):
    import time

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")
