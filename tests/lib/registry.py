"""`estiba serve` on loopback."""

import socket
import subprocess
import time
import urllib.error
import urllib.request

START_TIMEOUT_S = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_it_answers(port, process, what):
    """Until GET /v2/ is answered, with whatever status. `process` is None when another cares for it."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process and process.poll() is not None:
            raise AssertionError(f"{what} ended with {process.returncode} instead of serving")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"{what} does not answer after {START_TIMEOUT_S} s")


class Registry:
    """A registry with accounts; start() and stop() may be repeated over the same data."""

    PASSWORD = "correct horse"

    def __init__(self, estiba, data):
        self.estiba = estiba
        self.data = data
        self.port = free_port()
        self.process = None
        self.serve_flags = []
        self.database = []  # flags of all commands that open the metadata
        self.log_path = data.parent / (data.name + ".log")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def add_user(self, name, password=PASSWORD):
        self.estiba.ok(
            "admin", "user", "add", name, "--password-stdin", "--data", self.data, *self.database,
            stdin=password + "\n",
        )

    def create_repository(self, path, public=False):
        flags = ["--public"] if public else []
        self.estiba.ok(
            "admin", "repository", "create", path, *flags, "--data", self.data, *self.database
        )

    def admin(self, *args):
        return self.estiba.ok("admin", *args, "--data", self.data, *self.database).out

    def files(self):
        """What lies in its storage of blobs."""
        return {path.name: path for path in (self.data / "blobs").glob("??/*")}

    def start(self):
        self.log = open(self.log_path, "ab")
        self.process = self.estiba.start(
            "serve", "--listen", self.address, "--data", self.data, *self.database, *self.serve_flags,
            stdout=self.log, stderr=subprocess.STDOUT,
        )
        wait_until_it_answers(self.port, self.process, "estiba serve")

    def log_text(self):
        return self.log_path.read_text(errors="replace")

    def setup_link(self):
        """What a first start prints, soon after it answers."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while "/setup#" not in self.log_text().rpartition("\n")[0]:
            assert time.monotonic() < deadline, self.log_text()
            time.sleep(0.02)
        before, _, after = self.log_text().rpartition("/setup#")
        return before.split()[-1] + "/setup#" + after.split()[0]

    def kill(self):
        """As a power failure would, as far as a process can feel it."""
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self):
        """An orderly end; its exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            code = self.process.wait(timeout=20)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process = None
            self.log.close()
        return code

    def login(self, estiba, name="alice", password=PASSWORD):
        return estiba.ok(
            "login", "-u", name, "--password-stdin", self.address, stdin=password + "\n"
        )

    def repository(self, path="alice/demo"):
        return f"{self.address}/{path}"
