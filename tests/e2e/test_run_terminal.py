"""estiba run -it: a terminal inside, a terminal outside."""

import os
import termios
import time

from lib.terminal import Terminal


def test_a_shell_can_be_used(busybox):
    terminal = Terminal(busybox, "run", "--rm", "-it", "busybox", "sh")
    terminal.expect("# ")
    terminal.type("tty && echo an''swer\n")
    terminal.expect("/dev/")
    terminal.expect("answer")
    terminal.type("exit 5\n")
    assert terminal.wait() == 5


def test_the_size_of_the_terminal_is_passed_on_and_follows(busybox):
    terminal = Terminal(busybox, "run", "--rm", "-it", "busybox", "sh", rows=33, columns=77)
    terminal.expect("# ")
    terminal.type("stty size\n")
    terminal.expect("33 77")
    terminal.resize(40, 100)
    time.sleep(0.3)
    terminal.type("stty size\n")
    terminal.expect("40 100")
    terminal.type("exit\n")
    assert terminal.wait() == 0


def test_control_c_interrupts_what_runs_inside(busybox):
    terminal = Terminal(busybox, "run", "--rm", "-it", "busybox", "sh")
    terminal.expect("# ")
    terminal.type("sleep 1000\n")
    time.sleep(0.3)
    terminal.type("\x03")
    terminal.expect("# ")
    terminal.type("exit 0\n")
    assert terminal.wait() == 0


def test_the_terminal_is_as_it_was_afterwards(busybox):
    terminal = Terminal(busybox, "run", "--rm", "-it", "busybox", "true")
    before = termios.tcgetattr(terminal.master)
    assert terminal.process.wait(timeout=20) == 0
    assert termios.tcgetattr(terminal.master) == before
    os.close(terminal.master)


def test_login_asks_for_the_password_without_showing_it(busybox, registry):
    terminal = Terminal(busybox, "login", registry.address)
    terminal.expect("sername:")
    terminal.type("alice\n")
    terminal.expect("assword:")
    terminal.type(registry.PASSWORD + "\n")
    terminal.expect("Login Succeeded")
    assert registry.PASSWORD not in terminal.seen
    assert terminal.wait() == 0
