"""Limits that change while a container runs, and the rarer ones from the start."""

from pathlib import Path

import pytest

from lib.containers import details

CGROUPS = Path("/sys/fs/cgroup")
IS_V2 = (CGROUPS / "cgroup.controllers").exists()
SLEEP = ("busybox", "sleep", "300")


def value(box, name, v1, v2):
    """What the container's own cgroup says, as the kernel enforces it."""
    pid = details(box, name)["State"]["Pid"]
    controller = v1.split("/")[0]
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if IS_V2 and not controllers:
            return (CGROUPS / path.strip("/") / v2).read_text().strip()
        if not IS_V2 and controller in controllers.split(","):
            return (CGROUPS / controller / path.strip("/") / v1.split("/")[1]).read_text().strip()
    raise AssertionError(f"no cgroup of {controller}")


@pytest.fixture(scope="module")
def limited(box):
    box.ok("run", "-d", "--name", "limited", "--network", "none", "-m", "64m", "--memory-swap", "-1", *SLEEP)
    return "limited"


def memory(box, name):
    return value(box, name, "memory/memory.limit_in_bytes", "memory.max")


def test_memory_can_be_raised_and_lowered_at_once(box, limited):
    assert memory(box, limited) == str(64 << 20)
    assert box.ok("update", "-m", "96m", limited).out == "limited\n"
    assert memory(box, limited) == str(96 << 20)
    box.ok("update", "--memory", "48m", "--memory-swap", "-1", limited)
    assert memory(box, limited) == str(48 << 20)
    assert details(box, limited)["HostConfig"]["Memory"] == 48 << 20


def test_processors_and_processes_can_be_changed_at_once(box, limited):
    box.ok("update", "--cpus", "0.5", "--pids-limit", "44", "-c", "512", "--cpuset-cpus", "0", limited)
    assert value(box, limited, "pids/pids.max", "pids.max") == "44"
    assert value(box, limited, "cpuset/cpuset.cpus", "cpuset.cpus") == "0"
    if IS_V2:
        assert value(box, limited, "", "cpu.max") == "50000 100000"
    else:
        assert value(box, limited, "cpu/cpu.cfs_quota_us", "") == "50000"
        assert value(box, limited, "cpu/cpu.shares", "") == "512"
    box.ok("update", "--pids-limit", "-1", limited)
    assert value(box, limited, "pids/pids.max", "pids.max") in ("max", "4194304")
    host = details(box, limited)["HostConfig"]
    assert host["NanoCpus"] == 500000000 and host["CpuShares"] == 512


def test_what_was_changed_holds_at_the_next_start_too(box):
    box.ok("create", "--name", "later", "--network", "none", *SLEEP)
    box.ok("update", "--pids-limit", "55", "--memory", "70m", "later")
    box.ok("start", "later")
    assert value(box, "later", "pids/pids.max", "pids.max") == "55" and memory(box, "later") == str(70 << 20)


def test_what_does_not_fit_is_refused(box, limited):
    box.ok("create", "--name", "unlimited", *SLEEP)
    assert "Memoryswap" in box.fails("update", "--memory-swap", "1g", "unlimited").err
    assert "Minimum memoryswap limit" in box.fails("update", "-m", "2g", "--memory-swap", "1g", "unlimited").err
    assert "CPUs available" in box.fails("update", "--cpus", "4000", limited).err
    assert "memory reservation" in box.fails("update", "-m", "32m", "--memory-reservation", "64m", limited).err
    assert "Conflicting options" in box.fails("update", "--cpus", "1", "--cpu-quota", "1000", limited).err
    assert "Minimum memory limit allowed is 6MB" in box.fails("update", "-m", "1m", limited).err
    assert "must provide one or more flags" in box.fails("update", limited).err
    assert "invalid restart policy" in box.fails("update", "--restart", "often", limited).err
    box.ok("create", "--rm", "--name", "passing", *SLEEP)
    assert "AutoRemove" in box.fails("update", "--restart", "always", "passing").err
    assert box("update", "--memory", "64m", "nobody", limited).code == 1


def test_the_rarer_limits_are_enforced(box):
    flags = ["--cpu-period", "50000", "--cpu-quota", "20000", "--cpuset-mems", "0", "--memory-reservation", "32m"]
    box.ok("run", "-d", "--name", "rare", "--network", "none", "-m", "64m", *flags, *SLEEP)
    assert value(box, "rare", "cpuset/cpuset.mems", "cpuset.mems") == "0"
    assert value(box, "rare", "memory/memory.soft_limit_in_bytes", "memory.low") == str(32 << 20)
    if IS_V2:
        assert value(box, "rare", "", "cpu.max") == "20000 50000"
    else:
        assert value(box, "rare", "cpu/cpu.cfs_quota_us", "") == "20000"
        assert value(box, "rare", "cpu/cpu.cfs_period_us", "") == "50000"
    host = details(box, "rare")["HostConfig"]
    assert (host["CpuPeriod"], host["CpuQuota"], host["MemoryReservation"]) == (50000, 20000, 32 << 20)


def test_killing_for_memory_can_be_turned_off_where_the_kernel_can(box):
    done = box.ok("run", "-d", "--name", "unkilled", "--network", "none", "-m", "64m", "--oom-kill-disable",
                  "--memory-swappiness", "10", *SLEEP)
    if (CGROUPS / "memory" / "memory.oom_control").exists():
        assert "oom_kill_disable 1" in value(box, "unkilled", "memory/memory.oom_control", "")
        assert value(box, "unkilled", "memory/memory.swappiness", "") == "10"
    else:
        assert "OomKillDisable discarded" in done.err and "Memory swappiness discarded" in done.err


def test_annotations_reach_the_runtime(box):
    box.ok("run", "-d", "--name", "noted", "--network", "none", "--annotation", "org.example.key=value", *SLEEP)
    bundle = box.root / "containers" / details(box, "noted")["Id"] / "bundle"
    assert '"org.example.key":"value"' in (bundle / "config.json").read_text()
    assert details(box, "noted")["HostConfig"]["Annotations"] == {"org.example.key": "value"}


def test_the_domain_name_is_set(box):
    out = box.run("--network", "none", "--domainname", "example.test", "busybox", "cat", "/proc/sys/kernel/domainname")
    assert out == "example.test\n"


def test_gpus_are_refused_with_the_way_to_go(box):
    refused = box.fails("run", "--rm", "--gpus", "all", "busybox", "true")
    assert "--gpus is not supported" in refused.err and "--device" in refused.err
