"""cp: files between a container and the host, in both directions, running or not."""

import io
import os
import subprocess
import tarfile

import pytest

from lib.containers import detached
from lib.program import binary

SLEEP = ("busybox", "sleep", "300")


@pytest.fixture(params=["running", "stopped"])
def container(box, request, tmp_path):
    """A container with a few files, in either state."""
    name = f"copied-{request.param}-{tmp_path.name}"
    if request.param == "running":
        detached(box, name, "-v", "/data", *SLEEP)
    else:
        box.ok("create", "--name", name, "-v", "/data", *SLEEP)
    return name


def test_a_file_and_a_folder_go_in_and_out(box, container, tmp_path):
    (tmp_path / "one").write_text("first")
    os.chmod(tmp_path / "one", 0o640)
    os.chown(tmp_path / "one", 1234, 1234)
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "two").write_text("second")
    (tree / "link").symlink_to("sub/two")
    assert box.ok("cp", tmp_path / "one", f"{container}:/tmp").out == ""
    box.ok("cp", tmp_path / "one", f"{container}:/tmp/renamed")
    box.ok("cp", "-a", tmp_path / "one", f"{container}:/tmp/kept")
    box.ok("cp", tree, f"{container}:/tmp")
    box.ok("cp", tree, f"{container}:/fresh")
    box.ok("cp", f"{tree}/.", f"{container}:/tmp")
    out = tmp_path / "out"
    box.ok("cp", f"{container}:/tmp", out)
    assert (out / "one").read_text() == (out / "renamed").read_text() == "first"
    assert (out / "one").stat().st_mode & 0o777 == 0o640 and (out / "one").stat().st_uid == 0
    assert (out / "tree" / "sub" / "two").read_text() == "second"
    assert (out / "sub" / "two").read_text() == "second"
    assert os.readlink(out / "link") == "sub/two"
    box.ok("cp", "-a", f"{container}:/tmp/kept", tmp_path / "again")
    assert (tmp_path / "again").stat().st_uid == 1234
    box.ok("cp", f"{container}:/fresh/sub/two", tmp_path)
    assert (tmp_path / "two").read_text() == "second"
    box.ok("cp", "-L", f"{container}:/fresh/link", tmp_path / "followed")
    assert (tmp_path / "followed").read_text() == "second"
    assert not (tmp_path / "followed").is_symlink()


def test_archives_are_read_and_written(box, container, tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("dir/.wh.name")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"abc"))
    box.ok("cp", "-", f"{container}:/tmp", stdin=buffer.getvalue())
    done = subprocess.run([binary(), "cp", f"{container}:/tmp/dir", "-"], env=box.env,
                          capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        assert tar.getnames() == ["dir", "dir/.wh.name"]
        assert tar.extractfile("dir/.wh.name").read() == b"abc"


def test_volumes_are_part_of_what_is_copied(box, container, tmp_path):
    (tmp_path / "in").write_text("in a volume")
    box.ok("cp", tmp_path / "in", f"{container}:/data/in")
    box.ok("start", container)
    assert box.ok("exec", container, "cat", "/data/in").out == "in a volume"
    box.ok("stop", "-t", "0", container)
    box.ok("cp", f"{container}:/data", tmp_path / "out")
    assert (tmp_path / "out" / "in").read_text() == "in a volume"


def test_what_cannot_be_copied_is_said(box, container, tmp_path):
    (tmp_path / "file").write_text("x")
    assert "Could not find" in box.fails("cp", f"{container}:/nosuch", tmp_path).err
    assert "Could not find" in box.fails("cp", tmp_path / "nosuch", f"{container}:/tmp").err
    assert "no such directory" in box.fails("cp", tmp_path / "file", f"{container}:/no/such").err
    assert "no such directory" in box.fails("cp", tmp_path / "file", f"{container}:/new/").err
    assert "cannot copy directory" in box.fails("cp", tmp_path, f"{container}:/etc/passwd").err
    assert "must be a directory" in box.fails("cp", "-", f"{container}:/etc/passwd", stdin=b"").err
    assert "between containers" in box.fails("cp", f"{container}:/etc", f"{container}:/tmp").err
    assert "at least one container" in box.fails("cp", tmp_path, "/tmp/there").err
    assert "No such container" in box.fails("cp", "nosuch:/etc", tmp_path).err


def test_links_of_a_hostile_container_lead_nowhere(box, container, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "passwd").write_text("of the host")
    box.ok("start", container)
    box.ok("exec", container, "sh", "-c",
           f"ln -s {secret} /out; ln -s ../../../../../..{secret} /up; ln -s /proc/1/root /magic; "
           f"mkdir -p /inner; ln -s {secret}/passwd /inner/passwd")
    # Out: the link itself, and through it only what the container has at that path.
    box.ok("cp", f"{container}:/out", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    for path in ("/out/passwd", "/up/passwd"):
        assert "Could not find" in box.fails("cp", f"{container}:{path}", tmp_path / "got").err
    assert not (tmp_path / "got").exists()
    # In: nothing of the host is written to.
    (tmp_path / "new").write_text("new")
    for target in ("/out/passwd", "/up/passwd", "/magic/x"):
        box("cp", tmp_path / "new", f"{container}:{target}")
    box.ok("cp", tmp_path / "new", f"{container}:/inner")
    assert os.listdir(secret) == ["passwd"]
    assert (secret / "passwd").read_text() == "of the host"
