"""Options of run that act beside the container, or on few of its parts."""

import os
import subprocess
from pathlib import Path

import pytest

from lib.containers import details

SLEEP = ("busybox", "sleep", "300")


def test_labels_come_from_files_and_from_options_which_win(box, tmp_path):
    (tmp_path / "labels").write_text("# a comment\na=from file\nb=from file\nbare\n")
    box.ok("create", "--name", "labelled", "--label-file", tmp_path / "labels", "-l", "b=given", *SLEEP)
    labels = details(box, "labelled")["Config"]["Labels"]
    assert labels == {"a": "from file", "b": "given", "bare": ""}


def test_the_id_goes_to_a_file_that_is_new(box, tmp_path):
    box.ok("run", "--rm", "--cidfile", tmp_path / "id", "busybox", "true")
    assert len((tmp_path / "id").read_text()) == 64
    assert "Container ID file found" in box.fails("run", "--cidfile", tmp_path / "id", *SLEEP).err


def test_pulling_can_be_refused_and_silenced(box):
    never = box.fails("run", "--pull", "never", "localhost:9/nosuch", "true")
    assert never.code == 125 and "Unable to find" not in never.err
    loud = box.fails("run", "localhost:9/nosuch", "true").err
    assert "Unable to find image 'localhost:9/nosuch:latest' locally" in loud
    assert "Unable to find" not in box.fails("run", "-q", "localhost:9/nosuch", "true").err
    # Asked for every time, even when it is here.
    box.ok("tag", "busybox", "localhost:9/here")
    assert box.run("localhost:9/here", "echo", "local") == "local\n"
    assert box.fails("run", "--rm", "--pull", "always", "localhost:9/here", "true").code == 125


@pytest.mark.parametrize("mode", ["private", "host"])
def test_the_cgroup_namespace_can_be_the_hosts(box, mode):
    out = box.run("--network", "none", "--cgroupns", mode, "busybox", "readlink", "/proc/self/ns/cgroup")
    # Version 1 has nothing to hide in one of its own.
    has_own = mode == "private" and Path("/sys/fs/cgroup/cgroup.controllers").exists()
    assert (out.strip() != os.readlink("/proc/self/ns/cgroup")) is has_own


def test_the_hosts_user_namespace_is_what_there_is(box):
    out = box.run("--network", "none", "--userns", "host", "busybox", "readlink", "/proc/self/ns/user")
    assert out.strip() == os.readlink("/proc/self/ns/user")


@pytest.fixture
def peer_mount(tmp_path):
    """A mount of the host that has peers."""
    place = tmp_path / "peers"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    subprocess.run(["mount", "--make-shared", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("written", [
    "-v {}:/shared:rprivate", "--mount type=bind,src={},dst=/shared,bind-propagation=rprivate"])
def test_a_private_bind_has_no_peers_even_of_a_shared_mount(box, peer_mount, written):
    flags = written.format(peer_mount).split()
    line = box.run("--network", "none", *flags, "busybox", "grep", " /shared ", "/proc/self/mountinfo")
    assert line.partition(" - ")[0].split()[6:] == []


def test_a_bind_can_be_read_only_and_a_file(box, tmp_path):
    (tmp_path / "f").write_text("before")
    out = box.run("--network", "none", "-v", f"{tmp_path}/f:/f:ro", "busybox", "sh", "-c",
                  "cat /f; echo x > /f || echo refused")
    assert out == "beforerefused\n" and (tmp_path / "f").read_text() == "before"
