"""A container's life: made, started, stopped, started again, removed; and who sees what of it."""

import json
import shutil
import signal
import subprocess
import time

import pytest

from lib.containers import detached, details, eventually, state, status

SLEEP = ("busybox", "sleep", "300")
# Ends at once when it is told to, as servers do.
SERVER = ("busybox", "sh", "-c", "trap 'echo stopping; exit 3' TERM; echo ready; "
          "while :; do sleep 0.05; done")


def test_detached_prints_the_id_and_goes_on(busybox):
    name = detached(busybox, "web", *SLEEP)
    assert len(name) == 64
    line = busybox.ok("ps").out.splitlines()[1]
    assert line.startswith(name[:12]) and "Up " in line and line.endswith("web")
    assert details(busybox, name[:8])["Name"] == "/web"


def test_what_cannot_start_says_why_and_stays_created(busybox):
    result = busybox("run", "-d", "--name", "bad", "busybox", "nosuchcommand")
    assert result.code == 127 and "nosuchcommand" in result.err
    assert status(busybox, "bad") == "created"
    assert state(busybox, "bad")["ExitCode"] == 127
    assert busybox("run", "-d", "--rm", "busybox", "nosuchcommand").code == 127
    assert busybox.ok("ps", "-aq").out.count("\n") == 1


def test_created_started_stopped_started_and_removed(busybox):
    name = busybox.ok("create", "--name", "cc", *SERVER).out.strip()
    assert status(busybox, "cc") == "created"
    assert busybox.ok("start", "cc").out == "cc\n"
    assert status(busybox, "cc") == "running"
    eventually(lambda: "ready" in busybox.ok("logs", "cc").out)
    assert busybox.ok("stop", "cc").out == "cc\n"
    found = state(busybox, "cc")
    assert (found["Status"], found["ExitCode"], found["Running"]) == ("exited", 3, False)
    assert busybox.ok("logs", "cc").out == "ready\nstopping\n"
    busybox.ok("start", "cc")
    assert status(busybox, "cc") == "running"
    assert "running" in busybox.fails("rm", "cc").err
    assert busybox.ok("rm", "-f", "cc").out == "cc\n"
    assert busybox.ok("ps", "-a", "-q").out == ""
    assert not (busybox.root / "containers" / name).exists()
    assert busybox.fails("start", "cc").code == 1
    assert busybox.ok("rm", "-f", "cc").out == ""


def test_files_survive_a_stop(busybox):
    detached(busybox, "cc", "busybox", "sh", "-c", "cat /kept 2>/dev/null; echo again > /kept")
    eventually(lambda: status(busybox, "cc") == "exited")
    assert busybox.ok("start", "-a", "cc").out == "again\n"


def test_stop_waits_then_kills(busybox):
    detached(busybox, "deaf", "busybox", "sh", "-c", "trap '' TERM; echo up; sleep 300 & wait; sleep 300")
    eventually(lambda: "up" in busybox.ok("logs", "deaf").out)
    started = time.monotonic()
    busybox.ok("stop", "-t", "1", "deaf")
    assert 0.9 < time.monotonic() - started < 8
    assert state(busybox, "deaf")["ExitCode"] == 137


def test_stop_sends_the_stop_signal(busybox, context):
    context.dockerfile("FROM busybox\nSTOPSIGNAL USR1\n"
                       "CMD trap 'echo usr1; exit 5' USR1; echo up; while :; do sleep 0.05; done")
    busybox.build(context)
    detached(busybox, "cc", "demo")
    eventually(lambda: "up" in busybox.ok("logs", "cc").out)
    busybox.ok("stop", "cc")
    assert state(busybox, "cc")["ExitCode"] == 5


def test_kill_sends_any_signal(busybox):
    detached(busybox, "cc", "busybox", "sh", "-c",
             "trap 'echo hup' HUP; echo up; while :; do sleep 0.05; done")
    eventually(lambda: "up" in busybox.ok("logs", "cc").out)
    assert busybox.ok("kill", "-s", "HUP", "cc").out == "cc\n"
    eventually(lambda: "hup" in busybox.ok("logs", "cc").out)
    assert status(busybox, "cc") == "running"
    busybox.ok("kill", "cc")
    assert state(busybox, "cc")["ExitCode"] == 137
    assert "not running" in busybox.fails("kill", "cc").err
    assert "Invalid signal" in busybox.fails("kill", "-s", "NOPE", "cc").err


def test_restart_is_a_new_process(busybox):
    detached(busybox, "cc", *SERVER)
    first = state(busybox, "cc")["Pid"]
    assert busybox.ok("restart", "cc").out == "cc\n"
    second = state(busybox, "cc")
    assert second["Running"] and second["Pid"] != first
    assert details(busybox, "cc")["RestartCount"] == 0


def test_pause_freezes_and_unpause_thaws(busybox):
    detached(busybox, "cc", "busybox", "sh", "-c", "while :; do echo tick; sleep 0.05; done")
    assert busybox.ok("pause", "cc").out == "cc\n"
    assert status(busybox, "cc") == "paused"
    assert "(Paused)" in busybox.ok("ps").out
    time.sleep(0.2)
    ticks = busybox.ok("logs", "cc").out
    time.sleep(0.3)
    assert busybox.ok("logs", "cc").out == ticks
    assert "paused" in busybox.fails("exec", "cc", "true").err
    busybox.ok("unpause", "cc")
    eventually(lambda: len(busybox.ok("logs", "cc").out) > len(ticks))
    busybox.ok("pause", "cc")
    busybox.ok("rm", "-f", "cc")


def test_wait_prints_exit_codes(busybox):
    detached(busybox, "aa", "busybox", "sh", "-c", "sleep 0.3; exit 4")
    detached(busybox, "bb", "--rm", "busybox", "sh", "-c", "sleep 0.4; exit 5")
    assert busybox.ok("wait", "aa", "bb").out == "4\n5\n"
    assert busybox.ok("wait", "aa").out == "4\n"
    assert status(busybox, "bb") is None


def test_names_are_unique_and_random_ones_are_given(busybox):
    detached(busybox, "web", *SLEEP)
    assert "already in use" in busybox.fails("create", "--name", "web", *SLEEP).err
    assert "Invalid container name" in busybox.fails("create", "--name", "-x/", *SLEEP).err
    name = busybox.ok("create", *SLEEP).out.strip()
    assert "_" in details(busybox, name)["Name"]


def test_a_name_that_only_the_index_still_has_is_free(busybox):
    # As after loss of power, which may take back that a container left the index.
    lost = busybox.ok("create", "--name", "lost", *SLEEP).out.strip()
    shutil.rmtree(busybox.root / "containers" / lost)
    again = busybox.ok("create", "--name", "lost", *SLEEP).out.strip()
    assert details(busybox, "lost")["Id"] == again
    assert busybox.ok("ps", "-aq", "--no-trunc").out.split() == [again]


def test_rm_takes_anonymous_volumes_when_asked(busybox):
    for flags, left in ((["-v"], 0), ([], 1)):
        name = busybox.ok("create", "-v", "/data", *SLEEP).out.strip()
        busybox.ok("start", name)
        busybox.ok("rm", "-f", *flags, name)
        assert len(list((busybox.root / "volumes").iterdir())) == left


def test_the_id_can_be_written_to_a_file(busybox, tmp_path):
    name = busybox.ok("create", "--cidfile", tmp_path / "id", *SLEEP).out.strip()
    assert (tmp_path / "id").read_text() == name
    again = busybox.fails("create", "--cidfile", tmp_path / "id", *SLEEP)
    assert "Container ID file found" in again.err


def test_ps_filters_and_formats(busybox):
    detached(busybox, "one", "-l", "tier=front", "-l", "x", *SLEEP)
    busybox.ok("create", "--name", "two", *SLEEP)
    detached(busybox, "three", "busybox", "sh", "-c", "exit 7")
    eventually(lambda: status(busybox, "three") == "exited")

    def names(*flags):
        return busybox.ok("ps", "--format", "{{.Names}}", *flags).out.split()

    assert names() == ["one"]
    assert names("-a") == ["three", "two", "one"]
    assert names("-n", "2") == ["three", "two"]
    assert names("-l") == ["three"]
    assert names("-f", "status=created") == ["two"]
    assert names("-f", "exited=7") == ["three"]
    assert names("-a", "-f", "label=tier=front", "-f", "label=x") == ["one"]
    assert names("-a", "-f", "name=t") == ["three", "two"]
    assert names("-a", "-f", "before=two") == ["one"]
    assert names("-a", "-f", "since=two") == ["three"]
    assert names("-a", "-f", "ancestor=busybox") == ["three", "two", "one"]
    assert "Invalid filter" in busybox.fails("ps", "-f", "colour=red").err
    rows = [json.loads(line) for line in busybox.ok("ps", "-a", "--format", "json").out.splitlines()]
    assert rows[0]["State"] == "exited" and rows[0]["Status"].startswith("Exited (7) ")
    busybox.ok("exec", "one", "dd", "if=/dev/zero", "of=/big", "bs=1000", "count=500")
    assert "500kB (virtual " in busybox.ok("ps", "-s").out
    assert len(busybox.ok("ps", "-q", "--no-trunc").out.strip()) == 64


def test_inspect_has_dockers_form(busybox):
    detached(busybox, "cc", "-e", "A=b", "-w", "/tmp", "-u", "app", "-l", "k=v", "--restart",
             "on-failure:2", "-v", "data:/data:ro", *SLEEP)
    found = details(busybox, "cc")
    assert found["Path"] == "sleep" and found["Args"] == ["300"]
    assert found["Image"] == busybox.image_id("busybox")
    assert "A=b" in found["Config"]["Env"] and found["Config"]["User"] == "app"
    assert found["Config"]["WorkingDir"] == "/tmp" and found["Config"]["Labels"] == {"k": "v"}
    assert found["HostConfig"]["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 2}
    assert found["Mounts"][0]["Name"] == "data" and found["Mounts"][0]["RW"] is False
    assert found["State"]["Pid"] > 0 and found["State"]["StartedAt"] > "2020"
    assert busybox.ok("inspect", "-f", "{{.State.Status}}", "cc").out == "running\n"
    assert "No such object" in busybox.fails("inspect", "nosuch").err
    assert busybox.fails("inspect", "--type", "image", "cc").code == 1


def test_prune_removes_what_has_stopped(busybox):
    detached(busybox, "up", *SLEEP)
    name = busybox.ok("create", *SLEEP).out.strip()
    out = busybox.ok("container", "prune", "-f").out
    assert name in out and "Total reclaimed space: 0B" in out
    assert busybox.ok("container", "ls", "-a", "--format", "{{.Names}}").out == "up\n"


def test_an_init_reaps_and_passes_signals(busybox):
    detached(busybox, "cc", "--init", "busybox", "sh", "-c",
             "trap 'exit 6' TERM; echo $$; while :; do sleep 0.05; done")
    eventually(lambda: busybox.ok("logs", "cc").out.strip() not in ("", "1"))
    busybox.ok("stop", "cc")
    assert state(busybox, "cc")["ExitCode"] == 6


def test_a_foreground_container_with_rm_is_seen_and_can_be_stopped(busybox):
    process = busybox.start("run", "--rm", "--name", "fg", *SERVER, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    eventually(lambda: status(busybox, "fg") == "running")
    assert busybox.ok("exec", "fg", "echo", "inside").out == "inside\n"
    busybox.ok("stop", "fg")
    assert process.wait(timeout=20) == 3
    assert status(busybox, "fg") is None


def test_a_foreground_container_stays_until_it_is_removed(busybox):
    result = busybox("run", "--name", "fg", "busybox", "sh", "-c", "echo out; echo err >&2; exit 9")
    assert (result.code, result.out, result.err) == (9, "out\n", "err\n")
    assert state(busybox, "fg")["ExitCode"] == 9
    logs = busybox.ok("logs", "fg")
    assert (logs.out, logs.err) == ("out\n", "err\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_a_supervised_foreground_container(busybox, number):
    process = busybox.start("run", "--name", "cc", "busybox", "sh", "-c",
                            "trap 'exit 8' TERM INT; echo ready; while :; do sleep 0.05; done",
                            stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    assert process.wait(timeout=20) == 8


def test_input_reaches_a_supervised_container_and_ends_with_ours(busybox):
    data = "line\n" * 300_000
    assert busybox.ok("run", "-i", "busybox", "cat", stdin=data).out == data
