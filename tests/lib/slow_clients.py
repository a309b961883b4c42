"""Crowds of clients that do nothing, or nearly nothing, for a server to carry."""

import itertools
import resource
import socket
import threading
import time

from lib.exchange import Table, digest_of


MANY_FILES = 32_768


def allow_many_files():
    """As root also above the limit that we were given, which children then have, too."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(hard, MANY_FILES)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    except (ValueError, PermissionError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard
    return wanted


class Crowd:
    """`idle` connections that were used once, and `slow` uploads of one byte a second."""

    def __init__(self, server, repository, idle, slow):
        self.port = server.port
        self.token = server.token_for(repository)
        self.repository = repository
        self.idle = [self.idle_connection() for _ in range(idle)]
        table = Table(server, "slow")
        table.repository = repository
        self.slow = [self.slow_upload(table.start_upload()) for _ in range(slow)]
        table.close()
        self.over = threading.Event()
        self.pump = threading.Thread(target=self.drip)
        self.pump.start()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def idle_connection(self):
        connection = self.connect()
        connection.sendall(b"GET /v1/_ping HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        return connection

    def slow_upload(self, location):
        connection = self.connect()
        connection.sendall(
            f"PATCH {location} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: {self.token}\r\nContent-Length: 1000000\r\n\r\n".encode())
        return connection

    def drip(self):
        while not self.over.wait(1):
            for connection in self.slow:
                try:
                    connection.sendall(b"x")
                except OSError:
                    pass  # cut off for its slowness; counted by alive()

    def alive(self, connections):
        """How many of them the server has not closed."""
        living = 0
        for connection in connections:
            connection.setblocking(False)
            try:
                living += connection.recv(1, socket.MSG_PEEK) != b""
            except BlockingIOError:
                living += 1
            except OSError:
                pass
            connection.setblocking(True)
        return living

    def close(self):
        self.over.set()
        self.pump.join()
        for connection in self.idle + self.slow:
            connection.close()


def work(server, repository):
    """Pushes of small blobs and pulls of one of 256 KiB in turn; yields after each."""
    table = Table(server, "work")
    table.repository = repository
    data = bytes(range(256)) * 1024
    digest = table.add_blob(data)
    try:
        while True:
            small = f"{repository} {time.monotonic_ns()}".encode()
            pushed = table.send("POST", table.path(f"blobs/uploads/?digest={digest_of(small)}"),
                                body=small)
            assert pushed.status == 201, pushed.body
            assert table.send("GET", table.path(f"blobs/{digest}")).body == data
            yield
    finally:
        table.close()


def work_count(server, repository, count):
    for _ in itertools.islice(work(server, repository), count):
        pass


def work_done(server, repository, seconds):
    """For so long: how many a second."""
    done, started = 0, time.monotonic()
    for _ in work(server, repository):
        done += 1
        if time.monotonic() - started >= seconds:
            return done / (time.monotonic() - started)


def peak_memory_mib(process):
    """Of a running process, from its beginning."""
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the kernel does not tell the peak of memory")
