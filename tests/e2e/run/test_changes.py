"""What changes about a container and in it: rename, update, top, diff, commit, events."""

import json
import select
import signal
import subprocess

from lib.containers import detached, details, eventually, status

SLEEP = ("busybox", "sleep", "300")


def test_a_container_is_renamed_unless_the_name_is_taken(box):
    name = detached(box, "before", *SLEEP)
    detached(box, "other", *SLEEP)
    assert box.ok("rename", "before", "after").out == ""
    assert details(box, "after")["Id"] == name and details(box, "after")["Name"] == "/after"
    assert "No such container: before" in box.fails("exec", "before", "true").err
    assert "already in use" in box.fails("rename", "after", "other").err
    assert "Invalid container name" in box.fails("rename", "after", "a b").err


def test_the_restart_policy_can_be_changed_while_it_runs(box):
    detached(box, "updated", "busybox", "sh", "-c", "while [ ! -e /go ]; do sleep 0.05; done; "
             "rm /go; exit 3")
    assert box.ok("update", "--restart", "on-failure:5", "updated").out == "updated\n"
    assert details(box, "updated")["HostConfig"]["RestartPolicy"] == {
        "Name": "on-failure", "MaximumRetryCount": 5}
    box.ok("exec", "updated", "touch", "/go")
    eventually(lambda: details(box, "updated")["RestartCount"] == 1)
    assert "invalid restart policy" in box.fails("update", "--restart", "often", "updated").err
    box.ok("stop", "-t", "0", "updated")


def test_top_shows_the_hosts_view_of_its_processes_only(box):
    detached(box, "topped", "busybox", "sh", "-c", "sleep 301 & sleep 302; true")
    eventually(lambda: box.ok("top", "topped").out.count("sleep 30") == 4)
    lines = box.ok("top", "topped").out.splitlines()
    assert lines[0].split()[:3] == ["UID", "PID", "PPID"] and len(lines) == 4
    chosen = box.ok("top", "topped", "-o", "pid,args").out.splitlines()
    assert chosen[0].split() == ["PID", "COMMAND"]
    assert str(details(box, "topped")["State"]["Pid"]) in [row.split()[0] for row in chosen]
    box.ok("stop", "-t", "0", "topped")
    assert "is not running" in box.fails("top", "topped").err


def test_diff_shows_what_was_added_changed_and_deleted(box):
    detached(box, "diffed", *SLEEP)
    box.ok("exec", "diffed", "sh", "-c", "echo x > /tmp/new; rm /etc/group; mkdir /d; touch /d/f")
    lines = box.ok("diff", "diffed").out.splitlines()
    for line in ("A /tmp/new", "C /tmp", "D /etc/group", "C /etc", "A /d", "A /d/f"):
        assert line in lines
    box.ok("stop", "-t", "0", "diffed")
    assert "A /tmp/new" in box.ok("diff", "diffed").out.splitlines()
    box.ok("create", "--name", "untouched", *SLEEP)
    assert box.ok("diff", "untouched").out == ""


def test_a_committed_container_is_an_image_with_its_files_and_settings(box):
    detached(box, "source", "-e", "COLOUR=blue", "-l", "k=v", "busybox", "sh", "-c",
             "echo kept > /kept; exec sleep 300")
    eventually(lambda: box("exec", "source", "cat", "/kept").out == "kept\n")
    out = box.ok("commit", "-m", "with a file", "-a", "Ann", "-c", 'CMD ["cat", "/kept"]', "-c",
                 "EXPOSE 80", "source", "committed:one").out.strip()
    assert out == box.image_id("committed:one") and out.startswith("sha256:")
    assert status(box, "source") == "running"
    assert box.run("committed:one") == "kept\n"
    assert "COLOUR=blue" in box.run("committed:one", "env")
    image = box.inspect("committed:one")
    assert image["Config"]["Labels"] == {"k": "v"} and "80/tcp" in image["Config"]["ExposedPorts"]
    assert image["Author"] == "Ann"
    assert "with a file" in box.ok("history", "committed:one").out
    # Without a name, and of one that has stopped.
    box.ok("stop", "-t", "0", "source")
    unnamed = box.ok("commit", "source").out.strip()
    assert box.run(unnamed, "cat", "/kept") == "kept\n"
    box.check()


def test_events_tell_what_happened_to_whom(box):
    ended = box("run", "--name", "eventful", "-l", "tier=front", "--network", "none", "busybox", "sh",
                "-c", "exit 4")
    assert ended.code == 4
    box.ok("rename", "eventful", "renamed")
    box.ok("rm", "renamed")

    def told(*flags):
        return box.ok("events", "--since", "1h", "--until", "0s", *flags).out.splitlines()

    assert told("-f", "label=tier=front", "--format", "{{.Action}}") == [
        "create", "start", "die", "rename", "destroy"]
    died = told("-f", "label=tier=front", "-f", "event=die", "-f", "event=start")
    assert len(died) == 2 and " container die " in died[1] and "exitCode=4" in died[1]
    row = json.loads(told("-f", "label=tier=front", "-f", "event=create", "--format", "json")[0])
    assert row["Type"] == "container" and row["Actor"]["Attributes"]["name"] == "eventful"
    assert told("-f", "label=tier=back") == []
    assert "Invalid filter" in box.fails("events", "--until", "0s", "-f", "colour=red").err


def test_events_are_told_as_they_happen(box):
    listener = box.start("system", "events", "--format", "{{.Action}} {{.Actor.Attributes.name}}",
                         stdout=subprocess.PIPE, text=True)
    try:
        # Listening begins at a moment that only an event shows.
        eventually(lambda: box.ok("create", "--name", "first", *SLEEP)
                   and box.ok("rm", "first") and select_ready(listener))
        box.ok("create", "--name", "heard", *SLEEP)
        while "create heard" not in (line := listener.stdout.readline()):
            assert line, "the listener ended"
    finally:
        listener.send_signal(signal.SIGINT)
        listener.communicate(timeout=20)


def select_ready(process):
    return select.select([process.stdout], [], [], 0.2)[0]
