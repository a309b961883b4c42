"""exec and attach: further processes in a container, and coming and going to its own."""

import os
import signal
import subprocess

import pytest

from lib.containers import detached, eventually, status
from lib.terminal import Terminal, wait_for_prompt

SLEEP = ("busybox", "sleep", "300")


@pytest.fixture(scope="module")
def running(box):
    detached(box, "running", "-e", "OWN=here", *SLEEP)
    return "running"


def test_exec_has_the_containers_environment_and_what_is_asked_for(box, running, tmp_path):
    (tmp_path / "env").write_text("FILED=yes\n")
    out = box.ok("exec", "-e", "A=b", "--env-file", tmp_path / "env", "-w", "/tmp", "-u", "app",
                 running, "sh", "-c", "echo $OWN $A $FILED; pwd; id -un; echo $HOME").out
    assert out.splitlines() == ["here b yes", "/tmp", "app", "/home"]


@pytest.mark.parametrize("command, code", [
    (["sh", "-c", "exit 9"], 9), (["nosuchprogram"], 127), (["/etc/passwd"], 126),
    (["sh", "-c", "kill -9 $$"], 137)])
def test_exec_hands_back_the_exit_code(box, running, command, code):
    done = box("exec", running, *command)
    assert done.code == code and len(done.err.splitlines()) <= 2


def test_exec_passes_input_when_asked_for(box, running):
    assert box.ok("exec", "-i", running, "cat", stdin="given").out == "given"
    assert box.ok("exec", running, "cat", stdin="not given").out == ""
    assert "not a TTY" in box.fails("exec", "-it", running, "cat", stdin="").err


def test_exec_can_be_left_running(box, running):
    assert box.ok("exec", "-d", running, "sh", "-c", "echo done > /detached").out == ""
    eventually(lambda: box("exec", running, "cat", "/detached").out == "done\n")


def test_exec_with_privileges_has_all_capabilities(box, running):
    def capabilities(*flags):
        out = box.ok("exec", *flags, running, "grep", "CapEff", "/proc/self/status").out
        return int(out.split()[1], 16)

    usual = capabilities()
    assert usual & (1 << 21) == 0 and capabilities("--privileged") & (1 << 21)


def test_exec_on_a_terminal_follows_its_size(box, running):
    terminal = Terminal(box, "exec", "-it", running, "sh", rows=30, columns=90)
    terminal.expect("# ")
    terminal.type("stty size\n")
    terminal.expect("30 90")
    terminal.resize(40, 100)
    terminal.type("while [ \"$(stty size)\" != '40 100' ]; do :; done; echo fol''lowed\n")
    terminal.expect("followed")
    terminal.type("exit 6\n")
    assert terminal.wait() == 6


@pytest.mark.parametrize("flags, keys", [((), "\x10\x11"), (("--detach-keys", "ctrl-x,d"), "\x18d")])
def test_detach_keys_leave_what_exec_started_running(box, running, flags, keys):
    terminal = Terminal(box, "exec", "-it", *flags, running, "sh")
    terminal.expect("# ")
    mark = f"/left-{len(flags)}"
    terminal.type(f"while [ ! -e {mark} ]; do sleep 0.05; echo noise; done; echo still here > {mark}\n")
    terminal.expect("noise")
    terminal.type(keys)
    assert terminal.wait() == 0
    box.ok("exec", running, "touch", mark)
    eventually(lambda: box.ok("exec", running, "cat", mark).out == "still here\n")


def test_exec_needs_a_container_that_runs(box):
    box.ok("create", "--name", "still", *SLEEP)
    assert "is not running" in box.fails("exec", "still", "true").err
    assert "No such container" in box.fails("exec", "nosuch", "true").err


def test_detach_keys_leave_a_container_running(box):
    terminal = Terminal(box, "run", "-it", "--name", "left", "--network", "none", "busybox", "sh")
    terminal.expect("# ")
    terminal.type("\x10\x11")  # ctrl-p ctrl-q
    terminal.wait()
    assert status(box, "left") == "running"
    # Keys of one's own, when coming back.
    again = Terminal(box, "attach", "--detach-keys", "ctrl-x,d", "left")
    wait_for_prompt(again)
    again.type("echo ba''ck\n")
    again.expect("back")
    again.type("\x18d")
    again.wait()
    assert status(box, "left") == "running"
    assert "invalid" in box("attach", "--detach-keys", "ctrl-xyz", "left").err.lower()
    last = Terminal(box, "attach", "left")
    wait_for_prompt(last)
    last.type("exit 4\n")
    assert last.wait() == 4


def test_attaching_leaves_the_input_alone_when_asked_to(box):
    box.ok("run", "-d", "-i", "--name", "reader", "--network", "none", "busybox", "sh", "-c",
           "(while :; do echo tick; sleep 0.05; done) & read word; echo got $word; kill $!")
    quiet = box.start("attach", "--no-stdin", "reader", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    quiet.stdin.write(b"unheard\n")
    quiet.stdin.close()
    assert [quiet.stdout.readline() for _ in range(5)] == [b"tick\n"] * 5
    assert box.ok("attach", "reader", stdin="heard\n").out.splitlines()[-1] == "got heard"
    quiet.stdout.read()
    assert quiet.wait(timeout=20) == 0


def test_signals_pass_to_the_container_unless_told_not_to(box):
    detached(box, "signalled", "busybox", "sh", "-c",
             "trap 'exit 42' TERM; while :; do echo tick; sleep 0.05; done")
    quiet = box.start("attach", "--sig-proxy=false", "signalled", stdout=subprocess.PIPE)
    attached = box.start("attach", "signalled", stdout=subprocess.PIPE)
    # What they show they show because they are attached.
    assert quiet.stdout.readline() == attached.stdout.readline() == b"tick\n"
    os.kill(quiet.pid, signal.SIGTERM)
    quiet.communicate(timeout=20)
    assert status(box, "signalled") == "running"
    os.kill(attached.pid, signal.SIGTERM)
    attached.communicate(timeout=20)
    assert attached.returncode == 42
    eventually(lambda: status(box, "signalled") == "exited")
