"""Terminals without root: run -it, exec -it, leaving and coming back."""

import os

import pytest

from lib.containers import eventually, status
from lib.ordinary_user import Account, UserEstiba
from lib.terminal import Terminal, wait_for_prompt


@pytest.fixture(scope="module")
def user(busybox_bytes):
    account = Account(f"estiba-i{os.getpid()}")
    program = UserEstiba(account, "terminals")
    program.ok("import", "-", "busybox", stdin=busybox_bytes)
    yield program
    program.close()
    account.remove()


def test_a_shell_has_a_terminal_of_its_own_that_follows_the_users(user):
    terminal = Terminal(user, "run", "--rm", "-it", "--network", "none", "busybox", "sh", rows=33, columns=77)
    terminal.expect("# ")
    terminal.type("id -u; tty; stty size\n")
    terminal.expect("0\r\n/dev/")
    terminal.expect("33 77")
    terminal.resize(40, 100)
    terminal.type("while [ \"$(stty size)\" != '40 100' ]; do :; done; echo fol''lowed\n")
    terminal.expect("followed")
    terminal.type("exit 5\n")
    assert terminal.wait() == 5


def test_exec_has_a_terminal_and_the_keys_reach_it(user):
    user.ok("run", "-d", "--name", "host", "--network", "none", "busybox", "sleep", "300")
    terminal = Terminal(user, "exec", "-it", "host", "sh", rows=30, columns=90)
    terminal.expect("# ")
    terminal.type("stty size\n")
    terminal.expect("30 90")
    # Told by what becomes the program: the keys must not come before it.
    terminal.type("sh -c 'echo be\"\"gun; exec cat'\n")
    terminal.expect("begun")
    terminal.type("\x03")
    terminal.expect("# ")
    terminal.type("exit 6\n")
    assert terminal.wait() == 6
    user.ok("rm", "-f", "host")


def test_one_can_leave_and_come_back(user):
    terminal = Terminal(user, "run", "-it", "--name", "left", "--network", "none", "busybox", "sh")
    terminal.expect("# ")
    terminal.type("\x10\x11")  # ctrl-p ctrl-q
    terminal.wait()
    assert status(user, "left") == "running"
    again = Terminal(user, "attach", "left")
    wait_for_prompt(again)
    again.type("echo ba''ck; exit 4\n")
    again.expect("back")
    assert again.wait() == 4
    eventually(lambda: status(user, "left") == "exited")
    user.ok("rm", "left")
