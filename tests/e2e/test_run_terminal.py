"""estiba run -it: a terminal inside, a terminal outside."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time


class Terminal:
    """A command on a pseudo-terminal of its own."""

    def __init__(self, estiba, *args, rows=24, columns=80):
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.process = subprocess.Popen(
            estiba.command(*args), env={**estiba.env, "TERM": "xterm"},
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.seen = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def expect(self, text, timeout=20):
        """Waits until `text` was printed, and forgets what came before its end."""
        deadline = time.monotonic() + timeout
        while text not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, f"waited for {text!r}, saw {self.seen!r}"
            if select.select([self.master], [], [], left)[0]:
                try:
                    self.seen += os.read(self.master, 65536).decode(errors="replace")
                except OSError:
                    raise AssertionError(f"ended before {text!r}, saw {self.seen!r}") from None
        self.seen = self.seen.partition(text)[2]

    def wait(self):
        code = self.process.wait(timeout=20)
        os.close(self.master)
        return code


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
