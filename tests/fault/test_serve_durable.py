"""A 201 means that it survives a loss of power: the server's system calls, in their order.

strace watches a server that several clients push to at once. Of each answer it must be seen that what
it acknowledges was on the disk before: the bytes of the blob, its name in its folder, and the part of
SQLite's log that speaks of it.
"""

import re
import signal
import sqlite3
import subprocess
import threading
from collections import namedtuple
from contextlib import closing, contextmanager

import pytest

from lib.registry import Registry
from lib.wire import Wire, digest_of

WRITES = {"write", "pwrite64", "writev", "pwritev"}
SYNCS = {"fsync", "fdatasync"}
CALLS = [*WRITES, *SYNCS, "rename", "renameat", "renameat2", "sendmsg", "sendto", "recvfrom"]
CLIENTS, PUSHES = 4, 6

# `begun` and `ended` are places in the order of all that was seen.
Event = namedtuple("Event", "thread call text begun ended")


@contextmanager
def traced(process, log):
    """All threads of the process, from when strace has them until the end of the block."""
    strace = subprocess.Popen(
        ["strace", "-f", "-y", "-s", "9000", "-e", "trace=" + ",".join(CALLS), "-o", log,
         "-p", str(process.pid)], stderr=subprocess.PIPE, text=True)
    try:
        assert "attached" in strace.stderr.readline()
        yield
    finally:
        strace.send_signal(signal.SIGINT)
        strace.communicate(timeout=30)


def read_trace(log):
    """Calls that another thread's came between are two lines, "unfinished" and "resumed"."""
    events, begun = [], {}
    for place, line in enumerate(log.read_text(errors="replace").splitlines()):
        thread, rest = line.split(maxsplit=1)
        if rest.endswith("<unfinished ...>"):
            begun[thread] = (place, rest.removesuffix("<unfinished ...>"))
            continue
        start = place
        if resumed := re.match(r"<\.\.\. \w+ resumed>", rest):
            start, text = begun.pop(thread, (place, ""))
            rest = text + rest[resumed.end():]
        if match := re.match(r"(\w+)\(.* = \d+", rest):
            events.append(Event(thread, match[1], rest, start, place))
    return events


def synced(events, path, after, before):
    """Where a sync of the file or folder ended that began after one place and ended before another."""
    return next((e.ended for e in events if e.call in SYNCS and f"<{path}>" in e.text
                 and e.begun > after and e.ended < before), None)


def writes_to(events, path):
    return [e for e in events if e.call in WRITES and re.match(rf"\w+\(\d+<{re.escape(path)}>", e.text)]


def check_row(events, wal, word, after, answer):
    """SQLite's log says `word`, durably, since `after`."""
    told = [e for e in writes_to(events, wal) if word in e.text and e.begun > after]
    assert told, f"nothing is written of {word}"
    assert synced(events, wal, told[0].ended, answer.begun), f"{word} is acknowledged before its row"


def check_blob(events, data, key, answer):
    """Bytes and name; where both are durable."""
    folder, path = f"{data}/blobs/{key[:2]}", f"{data}/blobs/{key[:2]}/{key}"
    renamed = next(e for e in events if e.call.startswith("rename") and path in e.text)
    upload = re.search(rf'"({re.escape(str(data))}/uploads/[^"]+)"', renamed.text)[1]
    written = writes_to(events, upload)
    assert written, upload
    on_disk = synced(events, path, written[-1].ended, answer.begun)
    named = synced(events, folder, renamed.ended, answer.begun)
    assert on_disk and named, f"{path} is acknowledged before it is durable"
    return max(on_disk, named)


def check_answers(events, data, keys):
    """Of every 201; how many blobs and manifests there were. `keys` are the blobs' files."""
    wal = f"{data}/registry.db-wal"
    counts = {"blobs": 0, "manifests": 0}
    for answer in events:
        if answer.call != "sendmsg" or "HTTP/1.1 201" not in answer.text:
            continue
        kind, digest = re.search(r"Location: /v2/[^ ]+?/(blobs|manifests)/(sha256:\w+)", answer.text).groups()
        counts[kind] += 1
        durable = check_blob(events, data, keys[digest], answer) if kind == "blobs" else -1
        check_row(events, wal, digest, durable, answer)
    return counts


def check_deletions(events, data):
    """Of every DELETE's 202: its thread wrote to SQLite's log and synced it since the request."""
    wal, count = f"{data}/registry.db-wal", 0
    for request in (e for e in events if e.call == "recvfrom" and '"DELETE /v2/' in e.text):
        mine = [e for e in events if e.thread == request.thread and e.begun > request.ended]
        answer = next(e for e in mine if e.call == "sendmsg")
        assert "HTTP/1.1 202" in answer.text
        written = [e for e in writes_to(mine, wal) if e.ended < answer.begun]
        assert written and synced(mine, wal, written[-1].ended, answer.begun), "deleted before it was durable"
        count += 1
    return count


def push_several(registry, client):
    wire = Wire(registry.address, "alice", registry.PASSWORD)
    for number in range(PUSHES):
        wire.push_image(f"alice/of{client}", f"t{number}", layers=(f"{client} {number}".encode() * 5000,))


def push_at_once(registry):
    failures = []

    def work(client):
        try:
            push_several(registry, client)
        except Exception as failure:  # told by the test's own thread
            failures.append(failure)

    clients = [threading.Thread(target=work, args=(client,)) for client in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert not failures, failures


def stored_keys(registry):
    with closing(sqlite3.connect(registry.data / "registry.db", timeout=30)) as database:
        return dict(database.execute("SELECT digest, storage_key FROM blobs"))


@pytest.fixture
def registry(estiba, tmp_path):
    registry = Registry(estiba, tmp_path / "registry")
    registry.add_user("alice")
    registry.start()
    yield registry
    registry.stop()


def test_nothing_is_acknowledged_before_it_is_durable(registry, tmp_path):
    log = tmp_path / "trace"
    with traced(registry.process, log):
        push_at_once(registry)
        keys = stored_keys(registry)
        wire = Wire(registry.address, "alice", registry.PASSWORD)
        assert wire("DELETE", "/v2/alice/of0/manifests/t0").status == 202
        assert wire("DELETE", f"/v2/alice/of1/blobs/{digest_of(b'1 1' * 5000)}").status == 202
    events = read_trace(log)
    counts = check_answers(events, registry.data, keys)
    # A layer of its own and the config of each image.
    assert counts == {"blobs": 2 * CLIENTS * PUSHES, "manifests": CLIENTS * PUSHES}
    assert check_deletions(events, registry.data) == 2
    # The check notices what it is there for: the same without the syncs of each kind of file.
    for spared in ("/blobs/", "-wal>"):
        without = [e for e in events if e.call not in SYNCS or spared not in e.text]
        with pytest.raises(AssertionError, match="acknowledged before"):
            check_answers(without, registry.data, keys)
