"""A registry on a file system of 48 MiB: it says that it is full, and loses nothing."""

import os
import subprocess
from contextlib import contextmanager

import pytest

from lib.exchange import Table, digest_of
from lib.oci_documents import MANIFEST, encode, image
from lib.peers import run
from lib.registry import Registry
from lib.registry_api import api

SIZE_MIB, FILLER_MIB, CHUNK_BYTES = 48, 16, 2_000_000


@contextmanager
def small_file_system(folder):
    """ext4 in a file, mounted through a loop device."""
    disk, place = folder / "disk", folder / "small"
    place.mkdir()
    with open(disk, "wb") as file:
        file.truncate(SIZE_MIB << 20)
    run("mkfs.ext4", "-q", "-m", "0", disk)
    run("mount", "-o", "loop", disk, place)
    try:
        yield place
    finally:
        run("umount", place)


@pytest.fixture
def full_disk(estiba, tmp_path):
    with small_file_system(tmp_path) as place:
        registry = Registry(estiba, place / "registry")
        registry.log_path = tmp_path / "registry.log"
        registry.add_user("alice")
        (place / "filler").write_bytes(bytes(FILLER_MIB << 20))
        registry.start()
        yield registry, place
        registry.stop()


def push(table, data):
    return table.send("POST", table.path(f"blobs/uploads/?digest={digest_of(data)}"), body=data)


def push_image(table, tag):
    config, layer = os.urandom(500), os.urandom(50_000)
    manifest = encode(image(config, [layer]))
    answers = [push(table, config), push(table, layer), table.send(
        "PUT", table.path(f"manifests/{tag}"), body=manifest, headers={"Content-Type": MANIFEST})]
    return [answer.status for answer in answers], {digest_of(d): d for d in (config, layer)}


def assert_kept(table, blobs):
    for digest, data in blobs.items():
        answer = table.send("GET", table.path(f"blobs/{digest}"))
        assert (answer.status, answer.body == data) == (200, True)


def fill(table, kept, size):
    """Pushes blobs of this size until one is refused; that refusal."""
    while True:
        data = os.urandom(size)
        answer = push(table, data)
        if answer.status != 201:
            return answer
        kept[digest_of(data)] = data


def test_a_full_disk_is_told_and_nothing_is_lost(full_disk):
    registry, place = full_disk
    table = Table(api(registry), "full")
    statuses, kept = push_image(table, "first")
    assert statuses == [201, 201, 201]

    refused = fill(table, kept, CHUNK_BYTES)
    assert refused.status == 507, refused.body
    assert "out of room" in refused.json["errors"][0]["message"]
    assert "No space left" in registry.log_text()
    location = table.start_upload()
    for _ in range(FILLER_MIB):
        answer = table.send("PATCH", location, body=os.urandom(CHUNK_BYTES))
        if answer.status != 202:
            break
    assert answer.status == 507
    assert table.send("GET", location).status == 404, "a hopeless upload keeps no room"

    refused = fill(table, kept, 20_000)  # until the metadata has no room either
    assert refused.status == 507, refused.body
    assert_kept(table, kept)
    assert table.send("GET", table.path("manifests/first")).status == 200

    os.unlink(place / "filler")
    statuses, more = push_image(table, "second")
    assert statuses == [201, 201, 201], "after room was made everything goes on"
    registry.kill()
    registry.start()
    table.close()
    assert_kept(table, {**kept, **more})
    assert table.send("GET", table.path("manifests/second")).status == 200
    table.close()
    assert registry.stop() == 0
    assert subprocess.run(["sync", "-f", place], check=False).returncode == 0
