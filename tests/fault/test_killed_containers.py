"""kill -9 of what looks after a container, at random moments: nothing of it stays on the host."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from lib.containers import details, eventually, state, status
from lib.moments import kill_after, moments

KILLS = 4


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def keeper(box, name):
    """The supervisor, the runtime and the first process of a container."""
    found = box.root / "containers" / details(box, name)["Id"] / "state.json"
    numbers = json.loads(found.read_text())
    return {kind: numbers[f"{kind}_pid"] if kind != "first" else numbers["pid"]
            for kind in ("keeper", "runtime", "first")}


def is_published(box, port):
    rules = subprocess.run(["iptables", "-t", "nat", "-S"], capture_output=True, text=True, check=True)
    return f"--dport {port} " in rules.stdout


def assert_nothing_is_left(box, port):
    eventually(lambda: not is_published(box, port))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("", port))
    mounted = Path("/proc/self/mountinfo").read_text()
    assert str(box.folder) not in mounted
    containers = {path.name for path in Path("/run/estiba/networks/containers").glob("*")}
    assert not containers & {path.name for path in (box.root / "containers").glob("*")}
    eventually(lambda: not processes_of(box))


def processes_of(box):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if str(box.folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def test_a_killed_foreground_run_leaves_nothing(busybox):
    port = free_port()
    command = ("run", "--rm", "--name", "web", "-p", f"{port}:80", "busybox", "sleep", "600")
    for moment in moments(0.5, KILLS):
        kill_after(busybox.start(*command), moment)
        eventually(lambda: status(busybox, "web") != "running")
        busybox.ok("rm", "-f", "web")
        assert_nothing_is_left(busybox, port)
    assert busybox.run("--name", "web", "-p", f"{port}:80", "busybox", "echo", "again") == "again\n"


@pytest.mark.parametrize("victim", ["keeper", "runtime", "first"])
def test_whoever_is_killed_ps_tells_the_truth_and_nothing_stays(busybox, victim):
    port = free_port()
    for moment in moments(0.2, KILLS):
        busybox.ok("run", "-d", "--name", "web", "-p", f"{port}:80", "busybox", "sleep", "600")
        time.sleep(moment)
        found = keeper(busybox, "web")
        os.kill(found[victim], signal.SIGKILL)
        eventually(lambda: status(busybox, "web") == "exited")
        assert state(busybox, "web")["ExitCode"] == 137 and state(busybox, "web")["Pid"] == 0
        eventually(lambda: not os.path.exists(f"/proc/{found['first']}"))
        busybox.ok("rm", "-f", "web")
        assert_nothing_is_left(busybox, port)
    assert busybox.ok("ps", "-aq").out == ""


def test_a_killed_stop_or_removal_can_be_repeated(busybox):
    for moment in moments(0.15, KILLS):
        busybox.ok("run", "-d", "--name", "web", "--stop-signal", "KILL", "busybox", "sleep", "600")
        kill_after(busybox.start("rm", "-f", "web"), moment)
        busybox.ok("rm", "-f", "web")
        assert status(busybox, "web") is None
    busybox.check()


def test_after_a_reboot_a_container_has_ended_and_its_policy_brings_it_back(busybox):
    """What a reboot leaves: states that say "running", numbers that are other processes' by now."""
    for name, policy in [("always", "always"), ("stopped", "unless-stopped"), ("kept", "unless-stopped"), ("never", "no")]:
        busybox.ok("run", "-d", "--name", name, "--restart", policy, "--stop-signal", "KILL", "busybox", "sleep", "600")
    busybox.ok("stop", "stopped")
    for name in ("always", "kept", "never"):
        found = keeper(busybox, name)
        os.kill(found["keeper"], signal.SIGKILL)
        eventually(lambda: not os.path.exists(f"/proc/{found['first']}"))
        path = busybox.root / "containers" / details(busybox, name)["Id"] / "state.json"
        lying = json.loads(path.read_text()) | {"pid": os.getpid(), "keeper_pid": os.getpid(), "status": 1}
        path.write_text(json.dumps(lying))
    for name in ("always", "kept", "never"):
        assert status(busybox, name) == "exited"
        assert "is not running" in busybox.fails("kill", name).err
    assert sorted(busybox.ok("system", "restart").out.split()) == ["always", "kept"]
    assert {name: status(busybox, name) for name in ("always", "kept", "never", "stopped")} == {
        "always": "running", "kept": "running", "never": "exited", "stopped": "exited"}
    assert busybox.ok("system", "restart").out == ""
