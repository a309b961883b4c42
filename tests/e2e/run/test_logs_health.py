"""What a container says and how it is: logs and their rotation, health, restart policies."""

import re
import subprocess

import pytest

from lib.containers import detached, details, eventually, state, status

SLEEP = ("busybox", "sleep", "300")


def ended(box, name):
    eventually(lambda: status(box, name) == "exited")


def test_logs_can_be_cut_and_stamped(box):
    detached(box, "spoken", "busybox", "sh", "-c",
             "echo one; echo two >&2; sleep 1.2; echo three; printf four")
    ended(box, "spoken")
    both = box.ok("logs", "spoken")
    assert (both.out, both.err) == ("one\nthree\nfour", "two\n")
    assert box.ok("logs", "--tail", "2", "spoken").out == "three\nfour"
    assert box.ok("logs", "-n", "0", "spoken").text == ""
    stamped = box.ok("logs", "-t", "spoken").out.splitlines()
    times = [re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z) (\w+)$", line) for line in stamped]
    assert [found.group(2) for found in times] == ["one", "three", "four"]
    middle = times[1].group(1)
    assert box.ok("logs", "--since", middle, "spoken").text == "three\nfour"
    before = box.ok("logs", "--until", times[0].group(1), "spoken").out
    assert before in ("", "one\n") and "three" not in before
    assert box.ok("logs", "--since", "1h", "spoken").out == both.out
    assert "tail" in box.fails("logs", "--tail", "x", "spoken").err


def test_logs_follow_until_the_end(box):
    detached(box, "followed", "busybox", "sh", "-c",
             "echo begin; while [ ! -e /go ]; do sleep 0.05; done; echo end")
    follower = box.start("logs", "-f", "followed", stdout=subprocess.PIPE, text=True)
    assert follower.stdout.readline() == "begin\n"
    box.ok("exec", "followed", "touch", "/go")
    assert follower.communicate(timeout=20)[0] == "end\n"
    assert follower.returncode == 0


def test_logs_are_rotated(box):
    name = detached(box, "rotated", "--log-opt", "max-size=4k", "--log-opt", "max-file=3", "busybox",
                    "sh", "-c", "for i in $(seq 1 400); do echo line $i; done")
    ended(box, "rotated")
    files = sorted((box.root / "containers" / name).glob("container.log*"))
    assert len(files) == 3 and all(file.stat().st_size <= 4 << 10 for file in files)
    lines = box.ok("logs", "rotated").out.splitlines()
    assert lines[-1] == "line 400" and 10 < len(lines) < 400
    first = int(lines[0].split()[1])
    assert lines == [f"line {i}" for i in range(first, 401)]


def test_logs_are_followed_through_rotations(box):
    detached(box, "turning", "--log-opt", "max-size=4k", "--log-opt", "max-file=30", "busybox", "sh", "-c",
             "while [ ! -e /go ]; do sleep 0.05; done; for i in $(seq 1 600); do echo line $i; "
             "[ $((i % 50)) = 0 ] && sleep 0.1; done; true")
    follower = box.start("logs", "-f", "turning", stdout=subprocess.PIPE, text=True)
    box.ok("exec", "turning", "touch", "/go")
    lines = follower.communicate(timeout=60)[0].splitlines()
    assert lines == [f"line {i}" for i in range(1, 601)]


def test_logs_can_be_off(box):
    detached(box, "silent", "--log-driver", "none", "busybox", "echo", "unheard")
    ended(box, "silent")
    assert "nothing was kept" in box.fails("logs", "silent").err
    assert "unknown log driver" in box.fails("run", "--log-driver", "syslog", "busybox").err
    assert "unknown log opt" in box.fails("run", "--log-opt", "x=y", "busybox").err


def test_health_is_seen_in_ps_and_inspect(box):
    detached(box, "checked", "--health-cmd", "echo looking; test -e /well", "--health-interval",
             "100ms", "--health-retries", "2", "--health-timeout", "10s", *SLEEP)
    eventually(lambda: state(box, "checked")["Health"]["Status"] == "unhealthy")
    assert "(unhealthy)" in box.ok("ps", "-f", "name=checked").out
    assert box.ok("ps", "-f", "health=unhealthy", "--format", "{{.Names}}").out == "checked\n"
    found = state(box, "checked")["Health"]
    assert found["FailingStreak"] >= 2 and found["Log"][-1]["ExitCode"] == 1
    assert "looking" in found["Log"][-1]["Output"]
    box.ok("exec", "checked", "touch", "/well")
    eventually(lambda: state(box, "checked")["Health"]["Status"] == "healthy")
    assert "(healthy)" in box.ok("ps", "-f", "name=checked").out
    test = details(box, "checked")["Config"]["Healthcheck"]
    assert test["Test"] == ["CMD-SHELL", "echo looking; test -e /well"] and test["Retries"] == 2
    told = box.ok("events", "--since", "1h", "--until", "0s", "-f", "container=checked", "--format",
                  "{{.Action}}").out
    assert "health_status: unhealthy" in told and "health_status: healthy" in told


def test_checks_come_sooner_as_long_as_it_starts(box):
    detached(box, "early-checked", "--health-cmd", "test -e /well", "--health-interval", "1h", "--health-start-period", "1h",
             "--health-start-interval", "50ms", *SLEEP)
    eventually(lambda: len(state(box, "early-checked")["Health"]["Log"]) >= 2)
    assert state(box, "early-checked")["Health"]["Status"] == "starting"
    box.ok("exec", "early-checked", "touch", "/well")
    eventually(lambda: state(box, "early-checked")["Health"]["Status"] == "healthy")


def test_failures_at_the_start_do_not_count(box):
    detached(box, "starting", "--health-cmd", "false", "--health-interval", "100ms",
             "--health-retries", "1", "--health-start-period", "1h", *SLEEP)
    eventually(lambda: len(state(box, "starting")["Health"]["Log"]) > 2)
    assert state(box, "starting")["Health"]["Status"] == "starting"
    assert "(health: starting)" in box.ok("ps", "-f", "name=starting").out


def test_a_check_of_the_image_can_be_left_out(box, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\nHEALTHCHECK --interval=100ms CMD true\n")
    box.build(tmp_path, tag="healthy")
    detached(box, "imaged", "healthy", "sleep", "300")
    eventually(lambda: state(box, "imaged")["Health"]["Status"] == "healthy")
    detached(box, "unchecked", "--no-healthcheck", "healthy", "sleep", "300")
    assert "Health" not in state(box, "unchecked")
    assert "conflicts" in box.fails("run", "--no-healthcheck", "--health-cmd", "x", "busybox").err


def counting(box, name, policy, code):
    detached(box, name, "--restart", policy, "busybox", "sh", "-c", f"echo x >> /runs; exit {code}")


def test_on_failure_ends_after_so_many_times(box):
    counting(box, "thrice", "on-failure:2", 3)
    ended(box, "thrice")
    assert details(box, "thrice")["RestartCount"] == 2 and state(box, "thrice")["ExitCode"] == 3
    counting(box, "once", "on-failure:2", 0)
    ended(box, "once")
    assert details(box, "once")["RestartCount"] == 0


@pytest.mark.parametrize("policy", ["always", "unless-stopped"])
def test_others_go_on_until_they_are_stopped(box, policy):
    counting(box, policy, policy, 0)
    eventually(lambda: details(box, policy)["RestartCount"] >= 2)
    box.ok("stop", "-t", "5", policy)
    count = details(box, policy)["RestartCount"]
    assert status(box, policy) == "exited"
    assert details(box, policy)["RestartCount"] == count
    conflict = box.fails("run", "--rm", "--restart", policy, "busybox", "true")
    assert "Conflicting options" in conflict.err


def test_stopping_waits_as_long_as_asked(box):
    detached(box, "deaf", "--stop-timeout", "1", "busybox", "sh", "-c",
             "trap '' TERM; echo up; while :; do sleep 0.1; done")
    eventually(lambda: "up" in box.ok("logs", "deaf").out)
    box.ok("stop", "deaf")
    assert state(box, "deaf")["ExitCode"] == 137
    detached(box, "told", "--stop-signal", "USR1", "busybox", "sh", "-c",
             "trap 'exit 5' USR1; echo up; while :; do sleep 0.05; done")
    eventually(lambda: "up" in box.ok("logs", "told").out)
    box.ok("stop", "told")
    assert state(box, "told")["ExitCode"] == 5
    assert "Invalid signal" in box.fails("create", "--stop-signal", "NONE", "busybox").err
