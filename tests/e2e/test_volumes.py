"""Volumes: made, mounted, filled, kept and removed."""

import json

import pytest


def test_a_volume_is_made_listed_inspected_and_removed(busybox):
    assert busybox.ok("volume", "create", "--label", "k=v", "data").out == "data\n"
    assert busybox.ok("volume", "create", "data").out == "data\n"  # again: the same one
    by_chance = busybox.ok("volume", "create").out.strip()
    assert len(by_chance) == 64
    assert set(busybox.ok("volume", "ls", "-q").out.split()) == {"data", by_chance}
    shown = json.loads(busybox.ok("volume", "inspect", "data").out)[0]
    assert shown["Labels"] == {"k": "v"} and shown["Name"] == "data" and shown["Driver"] == "local"
    busybox.run("-v", "data:/d", "busybox", "touch", "/d/f")
    assert busybox.ok("volume", "inspect", "-f", "{{.Mountpoint}}", "data").out.strip() == shown["Mountpoint"]
    assert busybox.ok("volume", "rm", "data").out == "data\n"
    assert "no such volume: data" in busybox.fails("volume", "rm", "data").err
    assert busybox.ok("volume", "rm", "-f", "data").out == ""
    assert "no such volume" in busybox.fails("volume", "inspect", "../../etc").err


@pytest.mark.parametrize("wrong", ["x", "a/b", "../up", "a b", ".hidden"])
def test_a_wrong_volume_name_is_refused(busybox, wrong):
    assert "invalid characters" in busybox.fails("volume", "create", wrong).err


def test_pruning_keeps_what_has_a_name_unless_all_are_meant(busybox):
    busybox.ok("volume", "create", "named")
    by_chance = busybox.ok("volume", "create").out.strip()
    assert busybox.ok("volume", "prune", "-f").out.splitlines()[:2] == ["Deleted Volumes:", by_chance]
    assert busybox.ok("volume", "prune", "-f", "-a").out.splitlines()[:2] == ["Deleted Volumes:", "named"]


def test_an_anonymous_volume_goes_with_its_container(busybox, context):
    context.dockerfile("FROM busybox\nRUN mkdir /data && echo kept > /data/f\nVOLUME /data\n")
    busybox.build(context)
    assert busybox.run("demo", "cat", "/data/f") == "kept\n"
    assert busybox.ok("volume", "ls", "-q").out == ""
    busybox.ok("run", "demo", "true")
    kept = busybox.ok("volume", "ls", "-q").out.split()
    assert len(kept) == 1
    assert "in use" in busybox.fails("volume", "rm", *kept).err
    assert busybox.ok("volume", "prune", "-f", "-a").out == "Total reclaimed space: 0B\n"


def test_mounts_are_written_out(busybox, tmp_path):
    (tmp_path / "f").write_text("of the host\n")
    assert busybox.run("--mount", f"type=bind,src={tmp_path},dst=/m,readonly", "busybox", "sh", "-c",
                       "cat /m/f; touch /m/g 2>/dev/null || echo refused") == "of the host\nrefused\n"
    out = busybox.run("--mount", "type=tmpfs,target=/t,tmpfs-size=64k,tmpfs-mode=700", "busybox",
                      "grep", " /t ", "/proc/mounts")
    assert "size=64k" in out and "mode=700" in out
    busybox.run("--mount", "source=vol,target=/v", "busybox", "sh", "-c", "echo x > /v/f")
    assert busybox.run("-v", "vol:/v", "busybox", "cat", "/v/f") == "x\n"


def test_a_volume_is_not_filled_when_asked_not_to_be(busybox):
    assert busybox.run("--mount", "source=filled,target=/etc", "busybox", "ls", "/etc/passwd")
    empty = busybox.run("--mount", "source=empty,target=/etc,volume-nocopy", "busybox", "sh", "-c",
                        "test -e /etc/passwd || echo empty")
    assert empty == "empty\n"


@pytest.mark.parametrize("wrong", [
    "type=bind,target=/x", "type=bind,source=/nosuchplace,target=/x", "source=v", "type=magic,target=/x",
    "type=tmpfs,target=/x,colour=red", "type=volume,source=/etc,target=/x", "target=/x,target=/y"])
def test_a_wrong_mount_is_refused(busybox, wrong):
    assert "--mount" in busybox.fails("run", "--rm", "--mount", wrong, "busybox", "true").err
