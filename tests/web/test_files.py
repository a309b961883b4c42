"""The files of images, layer by layer, as the pages' API shows them."""

import random
import socket
import subprocess
import threading
import time

import pytest

from lib.pages_api import segment
from lib.registry import Registry
from lib.shelf import Shelf, manifest_path, packed
from lib.tars import Entry, feed_five_million_entries, make_tar, text_file
from lib.wire import Wire, digest_of

BASE = [
    ("bin", Entry("symlink", 0o777, link="usr/bin")),
    ("docs", Entry("dir", 0o755)),
    ("docs/old", text_file("old\n")),
    ("etc", Entry("dir", 0o755, mtime=10)),
    ("etc/gone", text_file("gone\n")),
    ("etc/kept", text_file("kept\n", mode=0o600, uid=3, gid=4, mtime=5)),
    ("etc/motd", text_file("hello\n")),
    ("usr/bin/tool", Entry("file", 0o755, content=b"\x7fELF\0\1\2")),
    ("usr/bin/twin", Entry("hardlink", link="usr/bin/tool")),
    ("etc/linked", Entry("hardlink", link="etc/kept")),
    ("etc/alias", Entry("symlink", 0o777, link="/etc/motd")),
    ("dev/null", Entry("char", 0o666)),
    ("run/pipe", Entry("fifo", 0o600)),
]
UPPER = [
    ("etc", Entry("dir", 0o755, mtime=10)),
    ("etc/.wh.gone", text_file("")),
    ("etc/motd", text_file("héllo, wörld\n")),
    ("docs", Entry("dir", 0o755)),
    ("docs/.wh..wh..opq", text_file("")),
    ("docs/new", text_file("new\n")),
]
LONG = "n" * 255
HOSTILE = {
    "new\nline": "1", "<img src=x onerror=alert(1)>": "2", LONG: "3", "tab\there": "4",
    "..hidden": "5", "%2e%2e": "6",
}


@pytest.fixture(scope="module")
def layered(shelf):
    hostile = [(f"odd/{name}", text_file(text)) for name, text in HOSTILE.items()]
    tars = [make_tar(BASE), make_tar(UPPER), make_tar(hostile)]
    layers = [packed(tar, how) for tar, how in zip(tars, ("plain", "gzip", "zstd"))]
    shelf.push("ana/layered", "v1", layers=layers)
    return shelf


def shown(listing):
    return [(item["name"], item["type"], item["layer"], item["change"])
            for item in listing["items"]]


@pytest.mark.parametrize("path, wanted", [
    ("/", [("bin", "symlink", 0, "added"), ("dev", "directory", 0, "added"),
           ("docs", "directory", 1, "changed"), ("etc", "directory", 0, "added"),
           ("odd", "directory", 2, "added"), ("run", "directory", 0, "added"),
           ("usr", "directory", 0, "added")]),
    ("/etc", [("alias", "symlink", 0, "added"), ("gone", "file", 1, "deleted"),
              ("kept", "file", 0, "added"), ("linked", "hardlink", 0, "added"),
              ("motd", "file", 1, "changed")]),
    ("/docs", [("new", "file", 1, "added"), ("old", "file", 1, "deleted")]),
    ("/bin", [("tool", "file", 0, "added"), ("twin", "hardlink", 0, "added")]),
    ("dev/", [("null", "device", 0, "added")]),
    ("run", [("pipe", "fifo", 0, "added")]),
])
def test_a_directory_says_which_layer_each_of_its_files_is_from(layered, path, wanted):
    assert shown(layered.files("ana/layered", "v1", path)) == wanted


@pytest.mark.parametrize("layer, path, wanted", [
    (0, "/etc", ["alias added", "gone added", "kept added", "linked added", "motd added"]),
    (1, "/", ["docs changed", "etc changed"]),
    (1, "/etc", ["gone deleted", "motd changed"]),
    (1, "/docs", ["new added", "old deleted"]),
    (2, "/", ["odd added"]),
])
def test_one_layer_shows_what_it_did(layered, layer, path, wanted):
    listing = layered.files("ana/layered", "v1", path, layer=layer)
    assert [f"{item['name']} {item['change']}" for item in listing["items"]] == wanted
    assert {item["layer"] for item in listing["items"]} == {layer}


def test_a_file_has_its_owner_mode_time_and_target(layered):
    items = {item["name"]: item for item in layered.files("ana/layered", "v1", "/etc")["items"]}
    kept = items["kept"]
    assert (kept["mode"], kept["uid"], kept["gid"], kept["size_bytes"], kept["modified_at"]) == (
        "0600", 3, 4, 5, "1970-01-01T00:00:05Z")
    assert (items["alias"]["target"], items["linked"]["target"]) == ("/etc/motd", "/etc/kept")
    assert items["linked"]["size_bytes"] == 5


@pytest.mark.parametrize("path, query, text, layer", [
    ("/etc/motd", {}, "héllo, wörld\n", 1), ("/etc/motd", {"layer": 0}, "hello\n", 0),
    ("/etc/alias", {}, "héllo, wörld\n", 1), ("/etc/linked", {}, "kept\n", 0),
    ("/bin/tool", {}, None, 0), ("/docs/new", {}, "new\n", 1),
    ("/etc/gone", {"layer": 0}, "gone\n", 0),
    *[(f"/odd/{name}", {}, text, 2) for name, text in HOSTILE.items()],
])
def test_small_text_files_can_be_read(layered, path, query, text, layer):
    content = layered.file("ana/layered", "v1", path, **query)
    assert (content["text"], content["layer"]) == (text, layer)


@pytest.mark.parametrize("tail, query, status", [
    ("/files", {"path": "/none"}, 404), ("/files", {"path": "/etc/motd"}, 400),
    ("/files", {"path": "/../etc"}, 400), ("/files", {"path": "x" * 5000}, 400),
    ("/files", {"path": "/etc/gone"}, 404), ("/files", {"layer": 3}, 400),
    ("/files", {"layer": -1}, 400), ("/files", {"cursor": "zz"}, 400),
    ("/file", {"path": "/etc/gone"}, 404), ("/file", {"path": "/etc"}, 400),
    ("/file", {"path": "/dev/null"}, 400), ("/file", {"path": "/etc/gone", "layer": 1}, 404),
])
def test_what_cannot_be_shown_is_refused(layered, tail, query, status):
    reply = layered.ana.get(manifest_path("ana/layered", "v1") + tail, **query)
    assert (reply.status, reply.header("Content-Type")) == (status, "application/problem+json")


def test_names_that_are_no_text_are_listed_all_the_same(shelf):
    names = [b"\xff\xfe", b"caf\xe9"]
    tar = make_tar([(name.decode("utf-8", "surrogateescape"), text_file("x")) for name in names])
    shelf.push("ana/bytes", "v1", layers=(tar,))
    assert len(shelf.files("ana/bytes", "v1")["items"]) == 2
    path = manifest_path("ana/bytes", "v1") + "/file?path=%FF%FE"
    assert shelf.get("getFile", path)["text"] == "x"
    first = shelf.files("ana/bytes", "v1", limit=1)
    second = shelf.files("ana/bytes", "v1", limit=1, cursor=first["next"])
    assert second["next"] is None


def test_a_large_directory_comes_page_by_page(shelf):
    names = sorted(f"f{number}" for number in range(1234))
    shelf.push("ana/many", "v1", layers=(make_tar([(name, text_file("")) for name in names]),))
    found, cursor = [], ""
    while cursor is not None:
        page = shelf.files("ana/many", "v1", limit=500, cursor=cursor)
        found += [item["name"] for item in page["items"]]
        cursor = page["next"]
    assert found == names


def test_large_and_binary_files_are_told_and_not_shown(shelf):
    tar = make_tar([("large", Entry("file", content=b"a" * (600 << 10))),
                    ("bad", Entry("file", content=b"\xc3\x28"))])
    shelf.push("ana/large", "v1", layers=(tar,))
    for path, size in (("/large", 600 << 10), ("/bad", 2)):
        content = shelf.file("ana/large", "v1", path)
        assert (content["text"], content["size_bytes"]) == (None, size)


def peak_memory_mib(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def test_a_bomb_is_read_up_to_its_limit(shelf):
    header = make_tar([("bomb", Entry("file"))])[:512]
    with subprocess.Popen(["zstd", "-1", "-q", "-c"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as packer:
        feeder = threading.Thread(target=feed_bomb, args=(packer.stdin, header))
        feeder.start()
        layer = packer.stdout.read()
        feeder.join()
    assert len(layer) < 1 << 20
    shelf.push("ana/bomb", "v1", layers=(layer,))
    listing = shelf.files("ana/bomb", "v1")
    assert listing["truncated"] is True
    assert [(item["name"], item["size_bytes"]) for item in listing["items"]] == [
        ("bomb", 2 << 30)]
    reply = shelf.ana.get(manifest_path("ana/bomb", "v1") + "/file", path="/behind")
    assert (reply.status, reply.code) == (413, "too-large")
    assert peak_memory_mib(shelf.registry.process) < 600


def feed_bomb(pipe, header):
    """A tar with one file of 2 GiB of zeros."""
    size = b"%011o\0" % (2 << 30)
    header = header[:124] + size + header[136:148] + b" " * 8 + header[156:]
    header = header[:148] + b"%06o\0 " % sum(header) + header[156:]
    with pipe:
        pipe.write(header)
        for _ in range(2048):
            pipe.write(bytes(1 << 20))


@pytest.fixture(scope="module")
def five_millions(shelf):
    with subprocess.Popen(["zstd", "-1", "-q", "-c"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as packer:
        feeder = threading.Thread(target=feed_five_million_entries, args=(packer.stdin,))
        feeder.start()
        layer = packer.stdout.read()
        feeder.join()
    shelf.push("ana/crowd", "v1", layers=(layer,))
    return shelf, digest_of(layer)


def test_who_goes_away_is_not_worked_for(five_millions):
    shelf, digest = five_millions
    path = "/api/v1" + manifest_path("ana/crowd", "v1") + "/files"
    before = shelf.registry.log_text().count("/files")
    with socket.create_connection(("127.0.0.1", shelf.registry.port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: "
                           f"{shelf.ana.authorization}\r\n\r\n".encode())
    deadline = time.monotonic() + 60
    while shelf.registry.log_text().count("/files") == before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert " 408 " in shelf.registry.log_text()
    assert digest.replace(":", "-") not in {path.name for path in shelf.listings}


def test_a_layer_of_five_million_entries_fills_neither_memory_nor_disk(five_millions):
    shelf, digest = five_millions
    first = shelf.files("ana/crowd", "v1", "/d", limit=3)
    assert first["truncated"] is True
    assert [item["name"] for item in first["items"]] == ["f0000000", "f0000001", "f0000002"]
    assert shelf.file("ana/crowd", "v1", "/d/f0987654")["text"] == ""
    reply = shelf.ana.get(manifest_path("ana/crowd", "v1") + "/file", path="/d/f4999999")
    assert (reply.status, reply.code) == (413, "too-large")
    assert peak_memory_mib(shelf.registry.process) < 600
    stored = next(path for path in shelf.listings if path.name == digest.replace(":", "-"))
    assert stored.stat().st_size < 512 << 20


def bytes_read(process):
    with open(f"/proc/{process.pid}/io") as figures:
        return int(figures.readline().split()[1])


def test_many_who_ask_for_one_layer_have_it_read_once(shelf):
    noise = random.Random(5).randbytes(24 << 20)
    shelf.push("ana/shared", "v1", layers=(make_tar([("noise", Entry("file", content=noise))]),))
    before = bytes_read(shelf.registry.process)
    found = []
    asking = [threading.Thread(target=lambda: found.append(shown(shelf.files("ana/shared", "v1"))))
              for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert found == [[("noise", "file", 0, "added")]] * 8
    assert bytes_read(shelf.registry.process) - before < 2 * len(noise)


@pytest.mark.parametrize("layer", [b"no tar at all" * 100, b"\x1f\x8b\x08\0\0", b"\x28\xb5\x2f\xfd\1"],
                         ids=["text", "gzip", "zstd"])
def test_what_is_no_layer_is_said_to_be_none(shelf, layer):
    shelf.push("ana/none", "v1", layers=(layer,))
    for _ in range(2):
        reply = shelf.ana.get(manifest_path("ana/none", "v1") + "/files")
        assert (reply.status, reply.code) == (422, "invalid")
        assert digest_of(layer) in reply.json["detail"]


def test_a_digest_that_is_known_opens_nothing_elsewhere(shelf):
    secret = make_tar([("secret", text_file("the launch codes"))])
    digest = shelf.push("ana/vault", "v1", layers=(secret,))
    assert shelf.file("ana/vault", "v1", "/secret")["text"] == "the launch codes"
    answers = set()
    for who in (shelf.bob, shelf.nobody):
        for repository, reference in (("ana/vault", "v1"), ("ana/vault", digest), ("bob/x", digest)):
            for tail in ("/files", "/file"):
                path = manifest_path(repository, reference) + tail
                reply = who.get(path, path="/secret")
                answers.add((reply.status, reply.body))
            compare = who.get(f"/repositories/{segment(repository)}/compare",
                              **{"from": reference, "to": reference})
            answers.add((compare.status, compare.body))
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def test_a_manifest_that_only_names_a_layer_does_not_open_it(shelf):
    """A layer with an address of its own need not be in the repository to be pushed."""
    secret = make_tar([("secret", text_file("hidden"))])
    shelf.push("ana/hidden", "v1", layers=(secret,))
    assert shelf.file("ana/hidden", "v1", "/secret")["text"] == "hidden"
    thief = Wire(shelf.registry.address, "bob", Registry.PASSWORD)
    thief.put_manifest("bob/thief", "v1", {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   **thief.push_blob("bob/thief", b"{}")},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar",
                    "digest": digest_of(secret), "size": len(secret),
                    "urls": ["https://example.com/layer"]}],
    })
    for tail in ("/files", "/file"):
        reply = shelf.bob.get(manifest_path("bob/thief", "v1") + tail, path="/secret")
        assert reply.status == 404
    compare = shelf.bob.get("/repositories/bob%2Fthief/compare", **{"from": "v1", "to": "v1"})
    assert compare.status == 404


def test_a_damaged_listing_is_made_again(fresh_registry):
    shelf = Shelf(fresh_registry)
    try:
        shelf.push("ana/app", "v1", layers=(make_tar(BASE),))
        wanted = shelf.files("ana/app", "v1", "/etc")
        [stored] = shelf.listings
        whole = stored.read_bytes()
        for damaged in (whole[:200], whole[:-1] + b"?", b""):
            assert fresh_registry.stop() == 0
            stored.write_bytes(damaged)
            fresh_registry.start()
            assert shelf.files("ana/app", "v1", "/etc") == wanted
            assert stored.read_bytes() == whole
    finally:
        fresh_registry.stop()


def test_a_listing_goes_with_its_layer(fresh_registry):
    fresh_registry.serve_flags = ["--gc-delay", "1s", "--gc-interval", "1s", "--undelete-window", "0s"]
    shelf = Shelf(fresh_registry)
    try:
        digest = shelf.push("ana/app", "v1", layers=(make_tar(BASE),))
        shelf.files("ana/app", "v1")
        assert len(shelf.listings) == 1
        assert shelf.wire("DELETE", f"/v2/ana/app/manifests/{digest}").status == 202
        deadline = time.monotonic() + 60
        while shelf.listings and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not shelf.listings
    finally:
        fresh_registry.stop()
