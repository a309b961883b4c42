"""ADD: archives are extracted, addresses are fetched."""

import functools
import http.server
import io
import os
import subprocess
import threading

import pytest

from lib.tars import Entry, escaped_files, make_tar, saved, text_file

CONTENT = [("top", text_file("1", mode=0o640, uid=5, gid=6)), ("sub", Entry("dir", 0o755)),
           ("sub/file", text_file("2"))]


def compressed(kind):
    plain = make_tar(CONTENT)
    if kind in ("gz", "bz2", "xz"):
        return make_tar(CONTENT, f"w:{kind}")
    if kind == "zst":
        return subprocess.run(["zstd", "-q"], input=plain, stdout=subprocess.PIPE, check=True).stdout
    return plain


@pytest.mark.parametrize("kind", ["plain", "gz", "bz2", "xz", "zst"])
def test_a_local_archive_is_extracted_whatever_its_compression_and_name(estiba, context, kind):
    context.write("archive.dat", compressed(kind))
    context.dockerfile("FROM scratch\nADD archive.dat /d/\n")
    estiba.build(context)
    tree = saved(estiba, "demo").root_file_system()
    assert tree["d/top"].content == b"1"
    assert (tree["d/top"].mode & 0o7777, tree["d/top"].uid, tree["d/top"].gid) == (0o640, 5, 6)
    assert tree["d/sub/file"].content == b"2"


def test_other_files_are_copied(estiba, context):
    context.write("note.txt", "x")
    context.write("dir/inner", "y")
    context.dockerfile("FROM scratch\nADD note.txt dir /d/\n")
    estiba.build(context)
    tree = saved(estiba, "demo").root_file_system()
    assert tree["d/note.txt"].content == b"x"
    assert tree["d/inner"].content == b"y"


def test_copy_does_not_extract(estiba, context):
    context.write("archive.tar", compressed("plain"))
    context.dockerfile("FROM scratch\nCOPY archive.tar /d/\n")
    estiba.build(context)
    tree = saved(estiba, "demo").root_file_system()
    assert tree["d/archive.tar"].content == compressed("plain")


@pytest.fixture
def web(tmp_path):
    """A web server over a folder: its address and the folder."""
    folder = tmp_path / "www"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_fetched_and_not_extracted(estiba, context, web):
    address, folder = web
    (folder / "data.tar").write_bytes(make_tar(CONTENT))
    context.dockerfile(f"FROM scratch\nADD {address}/data.tar /d/\nADD {address}/data.tar /named\n")
    estiba.build(context)
    tree = saved(estiba, "demo").root_file_system()
    assert tree["d/data.tar"].content == make_tar(CONTENT)
    assert tree["named"].content == make_tar(CONTENT)
    assert tree["named"].mode & 0o7777 == 0o600


def test_an_address_that_changed_is_fetched_again(estiba, context, web):
    address, folder = web
    context.dockerfile(f"FROM scratch\nADD {address}/file /file\n")
    for content in (b"first", b"second"):
        (folder / "file").write_bytes(content)
        estiba.build(context)
        assert saved(estiba, "demo").root_file_system()["file"].content == content


def test_an_address_that_is_not_there_fails_by_name(estiba, context, web):
    address, _ = web
    context.dockerfile(f"FROM scratch\nADD {address}/missing /file\n")
    result = estiba.fails("build", "-t", "demo", context)
    assert f"{address}/missing" in result.text
    assert "404" in result.text
    estiba.fails("inspect", "demo")


def nasty(entries):
    return make_tar([("good", text_file("good"))] + entries)


@pytest.mark.parametrize(
    "entries",
    [
        [("../escaped", text_file("x"))],
        [("d/../../escaped", text_file("x"))],
        [("link", Entry("symlink", link="/")), ("link/escaped", text_file("x"))],
        [("link", Entry("symlink", link="../../../..")), ("link/escaped", text_file("x"))],
        [("hard", Entry("hardlink", link="../../../../../etc/passwd"))],
    ],
)
def test_an_archive_cannot_reach_out_of_the_image(estiba, context, entries):
    context.write("nasty.tar", nasty(entries))
    context.dockerfile("FROM scratch\nADD nasty.tar /in/side/\n")
    result = estiba("build", "-t", "demo", context)
    assert result.code >= 0
    assert not escaped_files(estiba)
    if result.code == 0:
        tree = saved(estiba, "demo").root_file_system()
        assert not any(path.startswith("..") or "/../" in path for path in tree)
        passwd = open("/etc/passwd", "rb").read()
        assert all(entry.content != passwd for entry in tree.values())
    else:
        assert "Dockerfile:2" in result.text
        estiba.fails("inspect", "demo")
    estiba.check()


def test_a_damaged_archive_fails_with_its_name(estiba, context):
    whole = make_tar([("noise", text_file(os.urandom(200_000).hex()))], "w:gz")
    context.write("broken.tar.gz", whole[: len(whole) // 2])
    context.dockerfile("FROM scratch\nADD broken.tar.gz /d/\n")
    result = estiba.fails("build", "-t", "demo", context)
    assert "broken.tar.gz" in result.text
    assert "Dockerfile:2" in result.text


def test_unpack_decides_for_archives_of_both_kinds(estiba, context, web):
    address, folder = web
    packed = compressed("xz")
    (folder / "far.tar").write_bytes(packed)
    context.write("near.tar", packed)
    context.dockerfile(
        f"FROM scratch\nADD {address}/far.tar /kept/\nADD --unpack=true {address}/far.tar /far/\n"
        "ADD --unpack=false near.tar /kept/\nADD --unpack near.tar /near/\n"
    )
    estiba.build(context)
    tree = saved(estiba, "demo").root_file_system()
    assert tree["kept/far.tar"].content == tree["kept/near.tar"].content == packed
    assert tree["far/sub/file"].content == tree["near/sub/file"].content == b"2"
    assert (tree["far/top"].uid, tree["far/top"].mode & 0o7777) == (5, 0o640)


def test_a_link_in_an_archive_to_a_file_below_becomes_that_file(estiba, context):
    context.write("old", "kept")
    context.write("x.tar", make_tar([("new", Entry("hardlink", 0o644, link="old"))]))
    context.dockerfile("FROM scratch\nCOPY old /d/old\nADD x.tar /d\n")
    estiba.build(context)
    tree = saved(estiba, "demo").root_file_system()
    assert tree["d/new"].content == b"kept"
