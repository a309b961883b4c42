#!/usr/bin/python3
"""A registry's requests, ours and Debian's docker-registry in turn on the same disk.

Reading is measured with wrk, writing with clients in Python, several processes of them. Both
servers have their access logs off; ours serves a public repository to nobody in particular.
"""

import argparse
import multiprocessing
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from common import Estiba, workplace

from lib.exchange import ANY_MANIFEST, Server, Table, digest_of, with_query
from lib.oci_documents import image
from lib.peers import DebianRegistry
from lib.registry import Registry
from lib.registry_api import api

LARGE_BYTES, SMALL_BYTES = 50_000_000, 4096
REPOSITORY = "alice/bench"


def wrk(port, path, connections, seconds):
    """Requests and bytes a second."""
    script = f'wrk.headers["Accept"] = "{ANY_MANIFEST}"\n'
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        out = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", file.name, "--timeout", "30s",
             f"http://127.0.0.1:{port}{path}"],
            check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in out, out
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    amount, unit = re.search(r"Transfer/sec:\s+([\d.]+)(\w+)", out).groups()
    return rate, float(amount) * {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[unit]


def heads(port, path, seconds):
    """HEAD requests a second over one connection; wrk would wait for a body."""
    request = (f"HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
               f"Accept: {ANY_MANIFEST}\r\n\r\n").encode()
    count, started = 0, time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while time.monotonic() - started < seconds:
            connection.sendall(request)
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                answer += connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200"), answer
            count += 1
    return count / (time.monotonic() - started)


def push_blobs(port, token, number, count, size):
    """POST and PUT of `count` new blobs, over one connection."""
    table = Table(Server(port, lambda *_: token), "bench")
    table.repository = REPOSITORY
    filler = bytes(size)
    for i in range(count):
        data = f"{os.getpid()} {number} {i} {time.monotonic_ns()}".encode().ljust(64) + filler[64:]
        location = table.start_upload()
        answer = table.send("PUT", with_query(location, digest=digest_of(data)), body=data,
                            headers={"Content-Type": "application/octet-stream"})
        assert answer.status == 201, answer.body
    table.close()


def push_in_threads(port, token, threads, count, size):
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(push_blobs, port, token, n, count, size) for n in range(threads)]:
            done.result()


def uploads(port, token, connections, count, size):
    """Uploads a second of `count` blobs over each of these connections."""
    processes = min(connections, 4)
    started = time.monotonic()
    workers = [
        multiprocessing.Process(target=push_in_threads, args=(
            port, token, connections // processes, count, size)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    return connections * count / (time.monotonic() - started)


def prepare(server):
    """An image of ten layers, a small and a large blob."""
    table = Table(server, "bench")
    table.repository = REPOSITORY
    layers = [os.urandom(1000) for _ in range(10)]
    for data in (b"{}", *layers):
        table.add_blob(data)
    table.add_manifest(image(b"{}", layers), "latest")
    blobs = table.add_blob(os.urandom(SMALL_BYTES)), table.add_blob(os.urandom(LARGE_BYTES))
    table.close()
    return blobs


def measure(server, seconds):
    """Name of the measurement to its figure."""
    port, token = server.port, server.token_for(REPOSITORY)
    small, large = (f"/v2/{REPOSITORY}/blobs/{digest}" for digest in prepare(server))
    manifest = f"/v2/{REPOSITORY}/manifests/latest"
    figures = {}
    for connections in (1, 16):
        figures[f"GET manifest by tag, {connections}"] = wrk(port, manifest, connections, seconds)[0]
        figures[f"GET 4 KiB blob, {connections}"] = wrk(port, small, connections, seconds)[0]
    figures["HEAD manifest by tag, 1"] = heads(port, manifest, seconds)
    for connections in (1, 4):
        figures[f"GET 50 MB blob, {connections}, MB/s"] = wrk(
            port, large, connections, seconds)[1] / 1e6
    for connections in (1, 4):
        figures[f"PUT 50 MB blob, {connections}, MB/s"] = uploads(
            port, token, connections, 4, LARGE_BYTES) * LARGE_BYTES / 1e6
    for connections, count in ((1, 60), (16, 30)):
        figures[f"POST + PUT 4 KiB blob, {connections}"] = uploads(
            port, token, connections, count, SMALL_BYTES)
    return figures


# The least ratio that is promised.
BUDGETS = {
    "GET manifest": 20, "HEAD manifest": 20, "GET 4 KiB": 20, "GET 50 MB": 1.5, "PUT 50 MB": 3,
    "POST + PUT 4 KiB blob, 1": 2, "POST + PUT 4 KiB blob, 16": 10,
}


def budget_of(name):
    return max((key for key in BUDGETS if name.startswith(key)), key=len)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of each reading measurement (3)")
    seconds = parser.parse_args().seconds
    with workplace() as folder:
        ours = Registry(Estiba(folder / "estiba"), folder / "registry")
        ours.add_user("alice")
        ours.create_repository(REPOSITORY, public=True)
        ours.serve_flags = ["--no-access-log"]
        ours.start()
        try:
            our_figures = measure(api(ours), seconds)
        finally:
            ours.stop()
        with DebianRegistry(folder / "docker-registry") as theirs:
            their_figures = measure(Server(theirs.port), seconds)
    print(f"{'':34} {'estiba':>10} {'docker-registry':>16} {'ratio':>7} {'budget':>7}")
    for name, figure in our_figures.items():
        ratio = figure / their_figures[name]
        print(f"{name:34} {figure:10.0f} {their_figures[name]:16.0f} {ratio:7.1f} "
              f"{BUDGETS[budget_of(name)]:7}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
