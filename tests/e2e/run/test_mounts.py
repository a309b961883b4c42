"""What is mounted into containers, in all the ways that -v and --mount know."""

import os
import subprocess

import pytest

from lib.containers import details

SLEEP = ("busybox", "sleep", "300")
QUICK = ("--network", "none")


def lines_of(box, destination, *flags):
    """The tagged fields and options of a mount as the container sees it."""
    return box.run(*QUICK, *flags, "busybox", "grep", f" {destination} ", "/proc/self/mountinfo")


@pytest.fixture
def shared(tmp_path):
    """A mount of the host that has peers."""
    place = tmp_path / "peers"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    subprocess.run(["mount", "--make-shared", place], check=True)
    (place / "below").mkdir()
    yield place
    subprocess.run(["umount", "-R", place], check=True)


@pytest.fixture
def lonely(tmp_path):
    """A mount of the host that has none."""
    place = tmp_path / "lonely"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    subprocess.run(["mount", "--make-private", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("mode", ["rslave", "slave", "rshared", "shared"])
def test_what_the_host_mounts_later_shows_in_slaves_and_peers(box, shared, mode):
    name = f"late-{mode}"
    box.ok("run", "-d", *QUICK, "--name", name, "-v", f"{shared}:/data:{mode}", *SLEEP)
    subprocess.run(["mount", "-t", "tmpfs", "none", shared / "below"], check=True)
    (shared / "below" / "new").write_text("seen")
    assert box.ok("exec", name, "cat", "/data/below/new").out == "seen"
    subprocess.run(["umount", shared / "below"], check=True)
    assert box.ok("exec", name, "ls", "/data/below").out == ""
    box.ok("rm", "-f", name)


def test_a_private_mount_sees_nothing_that_comes_later(box, shared):
    box.ok("run", "-d", *QUICK, "--name", "early", "-v", f"{shared}:/data", *SLEEP)
    subprocess.run(["mount", "-t", "tmpfs", "none", shared / "below"], check=True)
    (shared / "below" / "new").write_text("hidden")
    assert box.ok("exec", "early", "ls", "/data/below").out == ""
    box.ok("rm", "-f", "early")


@pytest.mark.parametrize("written, shows", [
    ("-v {}:/data:rshared", True), ("-v {}:/data:rslave", False),
    ("--mount type=bind,src={},dst=/data,bind-propagation=rshared", True)])
def test_what_a_container_mounts_shows_on_the_host_of_a_shared_mount_only(box, shared, written, shows):
    box.ok("run", "-d", *QUICK, "--name", "mounter", "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined",
           *written.format(shared).split(), *SLEEP)
    box.ok("exec", "mounter", "mount", "-t", "tmpfs", "none", "/data/below")
    box.ok("exec", "mounter", "sh", "-c", "echo inside > /data/below/f")
    assert (shared / "below" / "f").exists() is shows
    box.ok("rm", "-f", "mounter")


def test_a_mount_without_peers_cannot_be_shared(box, lonely):
    refused = box.fails("run", "--rm", *QUICK, "-v", f"{lonely}:/data:rshared", "busybox", "true")
    assert f"path {lonely} is mounted on {lonely} but it is not a shared mount" in refused.err
    refused = box.fails("run", "--rm", *QUICK, "-v", f"{lonely}:/data:rslave", "busybox", "true")
    assert "but it is not a shared or slave mount" in refused.err


@pytest.mark.parametrize("recursive, below, writable", [
    ("", True, False), (",bind-recursive=disabled", False, None), (",bind-nonrecursive", False, None),
    (",bind-recursive=writable", True, True), (",bind-recursive=readonly", True, False)])
def test_what_is_mounted_below_a_bind_is_as_asked_for(box, shared, recursive, below, writable):
    subprocess.run(["mount", "-t", "tmpfs", "none", shared / "below"], check=True)
    (shared / "below" / "deep").write_text("")
    out = box.run(*QUICK, "--mount", f"type=bind,src={shared},dst=/data,readonly{recursive}", "busybox", "sh", "-c",
                  "ls /data/below; touch /data/below/new 2>/dev/null && echo written; true")
    assert ("deep" in out) is below
    if below:
        assert ("written" in out) is writable


def test_an_image_is_mounted_read_only_and_in_part(box, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY d /d\n")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").write_text("of the image")
    os.symlink("/etc", tmp_path / "d" / "out")
    box.ok("build", "-q", "-t", "content", tmp_path)
    out = box.run(*QUICK, "--mount", "type=image,source=content,target=/img", "busybox", "sh", "-c",
                  "cat /img/d/f; touch /img/x 2>/dev/null || echo refused")
    assert out == "of the imagerefused\n"
    assert box.run(*QUICK, "--mount", "type=image,src=content,dst=/img,image-subpath=d", "busybox", "cat",
                   "/img/f") == "of the image"
    box.ok("create", "--name", "with-image", "--mount", "type=image,src=content,dst=/img", *SLEEP)
    mount = details(box, "with-image")["Mounts"][0]
    assert mount["Type"] == "image" and mount["Source"].startswith("sha256:") and mount["RW"] is False
    for part in ["nowhere", "d/out"]:  # a link leads nowhere but inside
        refused = box.fails("run", "--rm", *QUICK, "--mount", f"type=image,src=content,dst=/i,image-subpath={part}",
                            "busybox", "true")
        assert "cannot access path" in refused.err
    assert "No such image" in box.fails("run", "--rm", "--mount", "type=image,src=nosuch,dst=/i", "busybox", "true").err


def test_a_part_of_a_volume_is_mounted(box):
    box.run(*QUICK, "-v", "parts:/v", "busybox", "sh", "-c", "mkdir -p /v/a/b; echo deep > /v/a/b/f; ln -s / /v/root")
    part = "type=volume,src=parts,dst=/p,volume-subpath={}"
    assert box.run(*QUICK, "--mount", part.format("a/b"), "busybox", "cat", "/p/f") == "deep\n"
    assert box.run(*QUICK, "--mount", part.format("a/b/f"), "busybox", "cat", "/p") == "deep\n"
    # A link to "/" is the volume's own root.
    assert "root" in box.run(*QUICK, "--mount", part.format("root"), "busybox", "ls", "/p")
    assert "cannot access path" in box.fails("run", "--rm", "--mount", part.format("c"), "busybox", "true").err
    box.ok("volume", "rm", "parts")


def test_places_in_memory_have_the_options_asked_for(box):
    out = lines_of(box, "/m", "--mount", "type=tmpfs,dst=/m,tmpfs-size=3m,tmpfs-mode=0711")
    assert "size=3072k" in out and "mode=711" in out and "noexec" in out and "nosuid" in out
    out = lines_of(box, "/t", "--tmpfs", "/t:rw,size=1m,uid=7,gid=8,nr_inodes=99,exec,suid,dev,noatime")
    assert "uid=7,gid=8" in out and "nr_inodes=99" in out and "noatime" in out
    assert not {"noexec", "nosuid", "nodev"} & set(out.split()[5].split(","))
    refused = box.fails("run", "--rm", "--mount", "type=tmpfs,dst=/m,src=/x", "busybox", "true")
    assert "unexpected key 'source' for a tmpfs" in refused.err


def test_volumes_come_from_other_containers(box, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\nVOLUME /anon\n")
    box.ok("build", "-q", "-t", "declaring", tmp_path)
    box.ok("run", *QUICK, "--name", "giver", "-v", "given:/named", "-v", f"{tmp_path}:/bound:ro", "declaring", "sh", "-c",
           "echo a > /anon/f; echo n > /named/f")
    out = box.run(*QUICK, "--volumes-from", "giver", "busybox", "cat", "/anon/f", "/named/f", "/bound/Dockerfile")
    assert out == "a\nn\nFROM busybox\nVOLUME /anon\n"
    out = box.run(*QUICK, "--volumes-from", "giver:ro", "busybox", "sh", "-c", "touch /named/x 2>&1 || echo refused")
    assert "refused" in out
    # What is anonymous there is not lost with whoever borrowed it, nor with the giver as long as it is borrowed.
    box.ok("create", "--name", "taker", "--volumes-from", "giver", *SLEEP)
    box.ok("rm", "-v", "giver")
    box.ok("start", "taker")
    assert box.ok("exec", "taker", "cat", "/anon/f").out == "a\n"
    assert details(box, "taker")["HostConfig"]["VolumesFrom"] == ["giver"]
    assert "invalid mode" in box.fails("create", "--volumes-from", "taker:x", *SLEEP).err
    assert "No such container" in box.fails("create", "--volumes-from", "nobody", *SLEEP).err
    box.ok("rm", "-f", "taker")


@pytest.mark.parametrize("option", ["z", "Z", "ro,Z", "rw,z", "cached", "delegated", "consistent", "nocopy"])
def test_dockers_short_options_are_taken(box, option):
    box.ok("create", "--name", "short", "-v", f"shortly:/v:{option}", *SLEEP)
    assert details(box, "short")["Mounts"][0]["RW"] is not option.startswith("ro")
    box.ok("rm", "short")
    assert "invalid mode: never" in box.fails("create", "-v", "shortly:/v:never", *SLEEP).err


def test_a_volume_can_be_given_to_the_containers_user(box, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "f").write_text("")
    os.symlink("/", tmp_path / "link")
    box.run(*QUICK, "-u", "77:88", "-v", f"{tmp_path}:/v:U", "busybox", "touch", "/v/sub/new")
    assert (tmp_path / "sub" / "f").stat().st_uid == 77 and (tmp_path / "link").lstat().st_gid == 88
    assert os.stat("/").st_uid == 0


def test_a_place_is_mounted_once(box):
    refused = box.fails("create", "-v", "one:/same", "-v", "two:/same", *SLEEP)
    assert "Duplicate mount point: /same" in refused.err


@pytest.mark.parametrize("wrong, message", [
    ("type=bind,src=/nowhere/at/all,dst=/d", "bind source path does not exist"),
    ("type=bind,src=/tmp,dst=/d,bind-recursive=maybe", "bind-recursive is"),
    ("type=bind,src=/tmp,dst=/d,bind-recursive=readonly", "requires 'readonly'"),
    ("type=image,dst=/d", "source is missing"),
    ("type=volume,src=vol,dst=/d,volume-driver=nfs", "no volume driver"),
    ("type=cluster,src=v,dst=/d", "the type is"),
])
def test_a_wrong_mount_is_refused(box, wrong, message):
    assert message in box.fails("run", "--rm", "--mount", wrong, "busybox", "true").err


def test_shared_memory_is_that_of_the_namespace(box):
    box.ok("run", "-d", *QUICK, "--name", "memory", "--ipc", "shareable", "--shm-size", "5m", *SLEEP)
    box.ok("exec", "memory", "sh", "-c", "echo posix > /dev/shm/f")
    assert box.run(*QUICK, "--ipc", "container:memory", "busybox", "cat", "/dev/shm/f") == "posix\n"
    box.ok("rm", "-f", "memory")
    assert box.run(*QUICK, "--ipc", "none", "busybox", "sh", "-c", "grep -c ' /dev/shm ' /proc/self/mountinfo; true") == "0\n"
    name = f"estiba-test-{os.getpid()}"
    with open(f"/dev/shm/{name}", "w") as file:
        file.write("host's")
    try:
        assert box.run(*QUICK, "--ipc", "host", "busybox", "cat", f"/dev/shm/{name}") == "host's"
    finally:
        os.unlink(f"/dev/shm/{name}")
