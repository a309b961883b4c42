"""Wrong input: one clear message that names the place, a non-zero exit, nothing half-written."""

import os
import socket
import subprocess

import pytest

from lib.tars import Entry, make_tar


def assert_no_image(estiba, images):
    assert estiba.image_ids() == images
    estiba.fails("inspect", "demo")
    estiba.check()


@pytest.mark.parametrize(
    "dockerfile, place, words",
    [
        ("RUN true\n", "Dockerfile:1", ["FROM"]),
        ("FROM busybox AS a\nCOPY --from=a /x /y\n", "Dockerfile:2",
         ["cannot copy from stage \"a\"", "has its own files"]),
        ("FROM busybox AS a\nCOPY --from=b /x /y\nFROM busybox AS b\nCOPY --from=a /x /y\n",
         "Dockerfile:2", ["cannot copy from stage \"b\"", "move the stage up"]),
        ("FROM busybox\nCOPY --from=3 /x /y\n", "Dockerfile:2",
         ["invalid stage index 3", "has 1 stage"]),
        ("FROM busybox\nARG S=x\nCOPY --from=$S /x /y\n", "Dockerfile:3", ["--from"]),
        ("# comment\n\nRUN true\nFROM busybox\n", "Dockerfile:3", ["FROM"]),
        ("", "Dockerfile", []),
        ("# only a comment\n", "Dockerfile", []),
        ("FROM busybox\nRUNN true\n", "Dockerfile:2", ["RUNN", "RUN"]),
        ("FROM busybox\n\nCOPY --from=nosuch /a /b\n", "Dockerfile:3", ["nosuch"]),
        ("FROM busybox\nCOPY missing.txt /\n", "Dockerfile:2", ["missing.txt"]),
        ("FROM busybox\nADD missing.tar /\n", "Dockerfile:2", ["missing.tar"]),
        ("FROM busybox\nCOPY here there two\n", "Dockerfile:2", []),
        ("FROM busybox\nCOPY onlyone\n", "Dockerfile:2", ["COPY"]),
        ("FROM\n", "Dockerfile:1", ["FROM"]),
        ("FROM busybox AS\n", "Dockerfile:1", []),
        ("FROM BUSYBOX\n", "Dockerfile:1", ["BUSYBOX"]),
        ("FROM 127.0.0.1:1/nosuch:tag\n", "Dockerfile:1", ["127.0.0.1:1/nosuch:tag"]),
        ("FROM busybox\nENV\n", "Dockerfile:2", ["ENV"]),
        ("FROM busybox\nEXPOSE 99999\n", "Dockerfile:2", ["99999"]),
        ("FROM busybox\nCOPY --nosuch=1 a /\n", "Dockerfile:2", ["nosuch"]),
        ("FROM busybox\nUSER nobody-here\nRUN true\n", "Dockerfile", ["nobody-here"]),
        ("FROM busybox\nCOPY --chown=nobody-here a /\n", "Dockerfile:2", ["nobody-here"]),
        ('FROM busybox\nSHELL /bin/sh\n', "Dockerfile:2", ["SHELL"]),
        ("FROM busybox\nLABEL a=$(\nRUN ${\n", "Dockerfile:", []),
        ("FROM busybox\nONBUILD FROM busybox\n", "Dockerfile:2", ["ONBUILD"]),
        ("FROM busybox\nRUN nosuchprogram\n", "Dockerfile:2", ["127"]),
        ("FROM busybox\nRUN exit 7\n", "Dockerfile:2", ["7", "RUN exit 7"]),
    ],
)
def test_a_wrong_dockerfile_names_its_line(busybox, context, dockerfile, place, words):
    context.write("a", "x")
    context.write("here", "x")
    images = busybox.image_ids()
    context.dockerfile(dockerfile)
    result = busybox.fails("build", "--progress", "plain", "-t", "demo", context)
    assert result.code == 1, result
    assert place in result.err, result
    for word in words:
        assert word in result.text, result
    busybox.fails("inspect", "demo")
    assert {image for image in busybox.ok("images", "-q", "--no-trunc").out.split()} == images
    busybox.check()


def test_a_failing_step_shows_file_line_and_instruction(busybox, context):
    context.dockerfile("FROM busybox\nRUN true\nRUN echo oops >&2 && \\\n    exit 42\n")
    result = busybox.fails("build", "-t", "demo", context)
    assert result.code == 1
    assert "ERROR" in result.err
    assert "Dockerfile:3" in result.err
    assert "42" in result.err
    assert "RUN echo oops" in result.err
    assert "oops" in result.text


@pytest.mark.parametrize("source", ["../outside", "/../outside", "dir/../../outside", "./../outside"])
def test_dots_do_not_leave_the_context(busybox, context, tmp_path, source):
    (tmp_path / "outside").write_text("secret")
    context.write("dir/x", "x")
    context.dockerfile(f"FROM busybox\nCOPY {source} /stolen\n")
    result = busybox("build", "-t", "demo", context)
    assert result.code == 1, result
    assert "outside" in result.err
    assert "Dockerfile:2" in result.err


@pytest.mark.parametrize("target", ["../outside", "{tmp}/outside", "/etc/passwd", "inner"])
@pytest.mark.parametrize("line", ["COPY link /f", "COPY folder/outside /f", "ADD link /f"])
def test_links_do_not_leave_the_context(busybox, context, tmp_path, target, line):
    (tmp_path / "outside").write_text("secret")
    os.symlink(target.format(tmp=tmp_path), context.path / "link")
    os.symlink("..", context.path / "folder")
    os.symlink("../outside", context.path / "inner")
    context.dockerfile(f"FROM busybox\n{line}\n")
    result = busybox("build", "-t", "demo", context)
    if result.code == 0:
        out = busybox("run", "--rm", "demo", "cat", "/f")
        assert "secret" not in out.out
        assert "root:/root:/bin/bash" not in out.out
    else:
        assert result.code == 1, result
        assert "Dockerfile:2" in result.err


def test_a_context_that_is_not_there_is_named(busybox, tmp_path):
    assert "nosuch" in busybox.fails("build", tmp_path / "nosuch").err
    (tmp_path / "file").write_text("x")
    busybox.fails("build", tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert "Dockerfile" in busybox.fails("build", tmp_path / "empty").err


def test_pipes_are_copied_and_of_sockets_an_empty_file(busybox, context):
    os.mkfifo(context.path / "pipe", 0o640)
    folder = os.open(context.path, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{folder}/socket")  # a whole path may be too long
        os.chmod(context.path / "socket", 0o600)
        context.dockerfile("FROM busybox\nCOPY . /c\nCOPY socket /named\n")
        busybox.build(context, timeout=60)
    os.close(folder)
    said = busybox.run("demo", "stat", "-c", "%F %a %s", "/c/pipe", "/c/socket", "/named")
    assert said.splitlines() == ["fifo 640 0", *["regular empty file 600 0"] * 2]


def test_a_file_that_would_be_a_whiteout_is_refused(busybox, context):
    context.write("d/.wh.sh", "")
    context.dockerfile("FROM busybox\nCOPY d /bin/\n")
    assert ".wh." in busybox.fails("build", context).err
    context.dockerfile("FROM busybox\nRUN touch /bin/.wh.sh\n")
    assert ".wh." in busybox.fails("build", context).err
    # In a tar it is a file as others are, and says nothing about those around it.
    tar = make_tar([
        ("Dockerfile", Entry("file", 0o644, content=b"FROM busybox\nCOPY kept /\n")),
        ("kept", Entry("file", 0o644, content=b"kept")),
        (".wh.kept", Entry("file", 0o644)),
    ])
    busybox.build("-", stdin=tar)
    assert busybox.run("demo", "cat", "/kept") == "kept"


def test_a_huge_dockerfile_is_refused_or_built_but_never_a_crash(busybox, context):
    context.dockerfile("FROM busybox\n" + "LABEL a=" + "x" * 50_000_000 + "\n")
    assert busybox("build", "-t", "demo", context).code in (0, 1)
    context.dockerfile("FROM busybox\n" + "ENV A=1\n" * 200_000)
    assert busybox("build", "-t", "demo", context).code in (0, 1)


@pytest.fixture
def small_disk(estiba, tmp_path):
    """The program on a disk of 24 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "estiba-test", disk], check=True)
    estiba.root = disk / "root"
    estiba.env["ESTIBA_ROOT"] = str(estiba.root)
    yield estiba
    subprocess.run(["umount", disk], check=True)


FULL = "No space left on device"


def big_tar():
    return make_tar([("big", Entry("file", content=os.urandom(40_000_000)))])


def test_a_full_disk_ends_an_import_cleanly(small_disk):
    result = small_disk.fails("import", "-", "demo", stdin=big_tar())
    assert FULL in result.err
    assert_no_image(small_disk, set())


def test_a_full_disk_ends_a_build_cleanly_and_the_next_works(small_disk, context, busybox_bytes):
    small_disk.ok("import", "-", "busybox", stdin=busybox_bytes)
    images = small_disk.image_ids()
    context.write("big", os.urandom(40_000_000))
    for line in ("COPY big /big", "RUN dd if=/dev/urandom of=/big bs=1M count=40"):
        context.dockerfile(f"FROM busybox\n{line}\n")
        result = small_disk.fails("build", "-t", "demo", context)
        assert FULL in result.text
        assert_no_image(small_disk, images)
    context.dockerfile("FROM busybox\nRUN echo small > /f\n")
    small_disk.build(context)
    assert small_disk.run("demo", "cat", "/f") == "small\n"


def test_a_full_disk_ends_a_pull_cleanly(small_disk, registry, tmp_path):
    sender = small_disk.sibling("sender")
    sender.ok("import", "-", registry.repository(), stdin=big_tar())
    registry.login(sender)
    sender.ok("push", registry.repository())
    registry.login(small_disk)
    assert FULL in small_disk.fails("pull", registry.repository()).text
    assert_no_image(small_disk, set())
