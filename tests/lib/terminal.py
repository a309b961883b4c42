"""Commands on pseudo-terminals."""

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


def wait_for_prompt(terminal):
    """For who attaches: what is typed before that is done is lost."""
    for _ in range(100):
        terminal.type("\n")
        try:
            return terminal.expect("# ", timeout=0.3)
        except AssertionError:
            continue
    return terminal.expect("# ")
