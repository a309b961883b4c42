#!/usr/bin/python3
"""A registry's requests, ours and Debian's docker-registry in turn on the same disk.

Both servers run throughout, with their access logs off; each measurement is taken of one, then of
the other, several times over. Small answers are asked for by wrk; large ones by a client of ours
that takes a megabyte at a time, as wrk's 8 KiB would measure wrk. What is sent is made, and its
digest known, before the clock starts, from fixed seeds and so that no blob comes twice.
"""

import hashlib
import multiprocessing
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

from common import Estiba, arguments, install, workplace

from lib.exchange import ANY_MANIFEST, Server, Table
from lib.oci_documents import image
from lib.peers import DebianRegistry
from lib.registry import Registry
from lib.registry_api import api

LARGE_BYTES, SMALL_BYTES = 50_000_000, 4096
REPOSITORY = "alice/bench"
SECONDS = 1  # of each reading, each time
LAYERS, LAYER_BYTES = 3, 8_000_000  # of the image that clients push and pull

# The least ratio that is promised; nothing where a whole client is in the figure.
BUDGETS = {
    "GET manifest by tag, 1": 20, "GET manifest by tag, 16": 20, "GET 4 KiB blob, 1": 20,
    "GET 4 KiB blob, 16": 20, "GET 50 MB blob, 1": 1.5, "GET 50 MB blob, 4": 1.5,
    "PUT 50 MB blob, 1": 3, "PUT 50 MB blob, 4": 3, "POST + PUT 4 KiB, 1": 2,
    "POST + PUT 4 KiB, 16": 10,
}


def wrk(port, path, connections):
    """Requests a second."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(f'wrk.headers["Accept"] = "{ANY_MANIFEST}"\n')
        file.flush()
        out = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", file.name, "--timeout", "30s",
             f"http://127.0.0.1:{port}{path}"],
            check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in out, out
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def connect(port):
    """The client sends without the pacing of BBR, so that it is the server that is measured."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def read_answer(connection, buffer):
    """Status, head and the bytes of the body, which is thrown away."""
    size = connection.recv_into(buffer)
    while (end := buffer.find(b"\r\n\r\n", 0, size)) < 0:
        more = connection.recv_into(memoryview(buffer)[size:])
        assert more, bytes(buffer[:size])
        size += more
    head = bytes(buffer[:end])
    length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head + b"\r\ncontent-length: 0")[1])
    left = length - (size - end - 4)
    while left > 0:
        left -= connection.recv_into(buffer, min(left, len(buffer)))
    return int(head.split(b" ", 2)[1]), head, length


def heads(port, path):
    """HEAD requests a second over one connection; wrk would wait for a body."""
    request = (f"HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
               f"Accept: {ANY_MANIFEST}\r\n\r\n").encode()
    count, started = 0, time.monotonic()
    with connect(port) as connection:
        while time.monotonic() - started < SECONDS:
            connection.sendall(request)
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                answer += connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200"), answer
            count += 1
    return count / (time.monotonic() - started)


def download(port, path, times):
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    buffer = bytearray(1 << 20)
    with connect(port) as connection:
        for _ in range(times):
            connection.sendall(request)
            status, _, length = read_answer(connection, buffer)
            assert (status, length) == (200, LARGE_BYTES)


def upload(port, token, blobs, ready):
    """POST and PUT of each over one connection, when all are ready."""
    with connect(port) as connection:
        ready.wait()
        authorization = f"Authorization: {token}\r\n" if token else ""
        common = f"Host: 127.0.0.1:{port}\r\n{authorization}"
        buffer = bytearray(64 * 1024)
        for data, digest in blobs:
            connection.sendall(f"POST /v2/{REPOSITORY}/blobs/uploads/ HTTP/1.1\r\n{common}"
                               "Content-Length: 0\r\n\r\n".encode())
            status, head, _ = read_answer(connection, buffer)
            assert status == 202, head
            location = re.search(rb"(?i)\r\nlocation: *(\S+)", head)[1].decode()
            location = re.sub(r"^https?://[^/]+", "", location)
            mark = "&" if "?" in location else "?"
            connection.sendall(
                f"PUT {location}{mark}digest={digest} HTTP/1.1\r\n{common}"
                f"Content-Type: application/octet-stream\r\nContent-Length: {len(data)}\r\n\r\n"
                .encode())
            connection.sendall(data)
            status, head, _ = read_answer(connection, buffer)
            assert status == 201, head


def together(function, arguments_of_each):
    """Seconds of processes that begin at once."""
    ready = multiprocessing.Barrier(len(arguments_of_each) + 1)
    workers = [multiprocessing.Process(target=function, args=(*each, ready))
               for each in arguments_of_each]
    for worker in workers:
        worker.start()
    ready.wait()
    started = time.monotonic()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    return time.monotonic() - started


def download_when_ready(port, path, times, ready):
    ready.wait()
    download(port, path, times)


class Blobs:
    """New content each time, the same in each run of the bench."""

    def __init__(self):
        self.number = 0
        self.filler = random.Random("filler").randbytes(LARGE_BYTES)

    def make(self, size):
        self.number += 1
        data = f"blob {self.number}".encode().ljust(64) + self.filler[64:size]
        return data, "sha256:" + hashlib.sha256(data).hexdigest()


class Contestant:
    """A running registry and what a measurement has to know of it."""

    def __init__(self, registry, server, login):
        self.process, self.port = registry.process, server.port
        self.address = registry.address
        self.token, self.login = server.token_for(REPOSITORY), login
        table = Table(server, "bench")
        table.repository = REPOSITORY
        chooser = random.Random("image")
        layers = [chooser.randbytes(1000) for _ in range(10)]
        digests = [table.add_blob(data) for data in (b"{}", *layers)]
        table.add_manifest(image(b"{}", layers), "latest")
        self.manifest = f"/v2/{REPOSITORY}/manifests/latest"
        self.image_paths = [self.manifest, *(f"/v2/{REPOSITORY}/blobs/{one}" for one in digests)]
        self.small, self.large = (
            f"/v2/{REPOSITORY}/blobs/{table.add_blob(chooser.randbytes(size))}"
            for size in (SMALL_BYTES, LARGE_BYTES))
        table.close()

    def cpu_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def peak_memory_mib(self):
        return int(re.search(r"VmHWM:\s+(\d+)",
                             open(f"/proc/{self.process.pid}/status").read())[1]) / 1024

    def megabytes(self, connections):
        times = 4
        seconds = together(download_when_ready, [(self.port, self.large, times)] * connections)
        return connections * times * LARGE_BYTES / 1e6 / seconds

    def uploads(self, blobs, connections, count, size):
        work = [(self.port, self.token, [blobs.make(size) for _ in range(count)])
                for _ in range(connections)]
        return connections * count / together(upload, work)


def measurements(blobs, clients):
    """Name to a function of a contestant; more is better."""
    megabytes = LARGE_BYTES / 1e6
    yield "GET manifest by tag, 1", lambda c: wrk(c.port, c.manifest, 1)
    yield "GET manifest by tag, 16", lambda c: wrk(c.port, c.manifest, 16)
    yield "HEAD manifest by tag, 1", lambda c: heads(c.port, c.manifest)
    yield "GET 4 KiB blob, 1", lambda c: wrk(c.port, c.small, 1)
    yield "GET 4 KiB blob, 16", lambda c: wrk(c.port, c.small, 16)
    yield "GET 50 MB blob, 1", lambda c: c.megabytes(1)
    yield "GET 50 MB blob, 4", lambda c: c.megabytes(4)
    yield "PUT 50 MB blob, 1", lambda c: c.uploads(blobs, 1, 4, LARGE_BYTES) * megabytes
    yield "PUT 50 MB blob, 4", lambda c: c.uploads(blobs, 4, 2, LARGE_BYTES) * megabytes
    yield "POST + PUT 4 KiB, 1", lambda c: c.uploads(blobs, 1, 60, SMALL_BYTES)
    yield "POST + PUT 4 KiB, 16", lambda c: c.uploads(blobs, 16, 30, SMALL_BYTES)
    yield "push of an image by estiba", clients.push_ours
    yield "pull of an image by estiba", clients.pull_ours
    yield "push of an image by skopeo", clients.push_skopeo
    yield "pull of an image by skopeo", clients.pull_skopeo


class Clients:
    """Whole images, a new one for each push; figures are images a second."""

    def __init__(self, folder):
        self.folder = folder
        self.number = 0
        self.chooser = random.Random("layers")

    def new_image(self, estiba, name):
        self.number += 1
        context = self.folder / f"context{self.number}"
        context.mkdir()
        for layer in range(LAYERS):
            (context / f"layer{layer}").write_bytes(self.chooser.randbytes(LAYER_BYTES))
        copies = "".join(f"COPY layer{layer} /\n" for layer in range(LAYERS))
        (context / "Dockerfile").write_text("FROM scratch\n" + copies)
        estiba.ok("build", "-q", "-t", name, context)

    def timed(self, command, env=None):
        started = time.monotonic()
        subprocess.run(list(map(str, command)), check=True, env=env, stdout=subprocess.DEVNULL)
        return 1 / (time.monotonic() - started)

    def estiba(self, contestant, what):
        estiba = Estiba(self.folder / f"{what}{self.number}-{contestant.port}")
        if contestant.login:
            contestant.login(estiba)
        return estiba

    def push_ours(self, contestant):
        estiba = self.estiba(contestant, "pusher")
        name = f"{contestant.address}/alice/pushed"
        self.new_image(estiba, name)
        return self.timed(estiba.command("push", name), estiba.env)

    def pull_ours(self, contestant):
        estiba = self.estiba(contestant, "puller")
        return self.timed(
            estiba.command("pull", f"{contestant.address}/alice/pushed"), estiba.env)

    def skopeo(self, contestant, option):
        credentials = [f"--{option}-creds", f"alice:{Registry.PASSWORD}"] if contestant.login else []
        return ["skopeo", "copy", "-q", f"--{option}-tls-verify=false", *credentials]

    def push_skopeo(self, contestant):
        estiba = self.estiba(contestant, "saver")
        self.new_image(estiba, "saved")
        archive = self.folder / f"saved{self.number}.tar"
        estiba.ok("save", "-o", archive, "saved")
        return self.timed([*self.skopeo(contestant, "dest"), f"docker-archive:{archive}",
                           f"docker://{contestant.address}/alice/by-skopeo"])

    def pull_skopeo(self, contestant):
        self.number += 1
        return self.timed([*self.skopeo(contestant, "src"),
                           f"docker://{contestant.address}/alice/by-skopeo",
                           f"dir:{self.folder}/pulled{self.number}"])


@contextmanager
def contestants(folder):
    registry = Registry(Estiba(folder / "estiba"), folder / "registry")
    registry.add_user("alice")
    registry.create_repository(REPOSITORY, public=True)
    registry.serve_flags = ["--no-access-log"]
    registry.start()
    try:
        with DebianRegistry(folder / "docker-registry") as theirs:
            yield (Contestant(registry, api(registry), registry.login),
                   Contestant(theirs, Server(theirs.port), None))
    finally:
        registry.stop()


def describe(values):
    return f"{statistics.median(values):8.5g} ({min(values):.4g} to {max(values):.4g})"


def main():
    options = arguments(__doc__, runs=3)
    install("wrk", "docker-registry", "skopeo")
    print(f"{'':28}{'estiba':>28}{'docker-registry':>28}{'ratio':>7}{'budget':>7}{'CPU s':>14}")
    with workplace() as folder, contestants(folder) as both:
        for name, measure in measurements(Blobs(), Clients(folder)):
            figures, cpu = ([], []), [0.0, 0.0]
            for _ in range(options.runs):
                for which, contestant in enumerate(both):
                    before = contestant.cpu_seconds()
                    figures[which].append(measure(contestant))
                    cpu[which] += contestant.cpu_seconds() - before
            ours, theirs = map(statistics.median, figures)
            print(f"{name:28}{describe(figures[0]):>28}{describe(figures[1]):>28}"
                  f"{ours / theirs:7.1f}{BUDGETS.get(name, ''):>7}{cpu[0]:7.2f}{cpu[1]:7.2f}",
                  flush=True)
        ours, theirs = (one.peak_memory_mib() for one in both)
        print(f"peak memory of the servers: {ours:.0f} and {theirs:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
