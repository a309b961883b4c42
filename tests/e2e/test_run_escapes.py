"""Images and containers that are made to reach the host, after published faults of other runtimes."""

import os
import socket
import stat
from pathlib import Path

import pytest

from lib.tars import Entry, make_tar, text_file


@pytest.fixture
def image(estiba, busybox_bytes, tmp_path):
    """Imports a busybox with further entries: each replaces one of the same path."""
    import io
    import tarfile

    def make(*entries, changes=()):
        replaced = {path for path, _ in entries}
        added = tarfile.open(fileobj=io.BytesIO(make_tar(list(entries))))
        base = tarfile.open(fileobj=io.BytesIO(busybox_bytes))
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for archive in (base, added):
                for member in archive.getmembers():
                    if archive is base and member.name in replaced:
                        continue
                    tar.addfile(member, archive.extractfile(member) if member.isreg() else None)
        flags = [word for change in changes for word in ("--change", change)]
        estiba.ok("import", *flags, "-", "hostile", stdin=out.getvalue())
        return estiba

    return make


def run(box, script, *options):
    return box("run", "--rm", "--network", "none", *options, "hostile", "sh", "-c", script)


@pytest.fixture
def outside(tmp_path):
    """A folder of the host that nothing may reach."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_text("secret\n")
    return folder


def untouched(outside):
    return [path.name for path in outside.iterdir()] == ["secret"] and \
        (outside / "secret").read_text() == "secret\n"


@pytest.mark.parametrize("climb", ["", "/..", "/../../../../../../../.."])
def test_a_volume_target_that_is_a_link_stays_inside(image, outside, climb):
    # CVE-2021-30465, CVE-2019-19921: the target is resolved in the image.
    box = image(("data", Entry("symlink", 0o777, link=f"{climb}{outside}")))
    result = run(box, "echo inside > /data/f; ls /data", "-v", "vol:/data/sub")
    assert untouched(outside), str(result)
    result = run(box, "echo inside > /data/f", "-v", "vol:/data")
    assert untouched(outside), str(result)


def test_a_volume_of_the_image_that_is_a_link_is_not_filled_from_the_host(image, outside):
    # CVE-2022-23648: containerd copied what the link names into the new volume.
    box = image(("leak", Entry("symlink", 0o777, link=f"/../..{outside}")), changes=["VOLUME /leak"])
    result = run(box, "cat /leak/secret")
    assert "secret\n" not in result.out
    assert untouched(outside)


def test_a_working_directory_that_is_a_link_stays_inside(image, outside):
    # CVE-2018-15664's kind: what is made for a container is made in its root.
    box = image(("desk", Entry("symlink", 0o777, link=str(outside))))
    result = run(box, "pwd", "-w", "/desk/made")
    assert untouched(outside), str(result)


@pytest.mark.parametrize("path", ["proc", "sys", "dev"])
def test_a_link_in_place_of_a_kernel_mount_is_never_followed_out(image, outside, path):
    # CVE-2023-27561, CVE-2019-19921: /proc as a link lets a container choose what gets masked.
    box = image((path, Entry("symlink", 0o777, link=str(outside))))
    result = run(box, "cat /proc/sys/kernel/ostype; echo x > /proc/sysrq-trigger")
    assert result.code == 125 and f"/{path} of the image" in result.err
    assert untouched(outside), str(result)
    assert not any(line.split()[4].startswith(str(outside))
                   for line in Path("/proc/self/mountinfo").read_text().splitlines())


@pytest.mark.parametrize("name", ["passwd", "group"])
def test_an_account_file_that_is_a_link_names_the_images_own(image, outside, name):
    # Accounts are the image's: root's entry on the host is not there.
    (outside / "accounts").write_text("intruder:x:0:0::/:/bin/sh\n")
    box = image((f"etc/{name}", Entry("symlink", 0o777, link=f"/../../..{outside}/accounts")))
    user = "intruder" if name == "passwd" else "0:intruder"
    refused = run(box, "id", "-u", user)
    assert refused.code == 125 and "unable to find" in refused.err


@pytest.mark.parametrize("text", [
    pytest.param("root:x:0:0:root:/root:/bin/sh\n" * 200_000, id="too long"),
    pytest.param("app:x:99999999999999999999:0::/:\n", id="too large"),
    pytest.param("app:x:-1:-1::/:\n", id="negative"),
    pytest.param("app\0:x:0:0::/:\n", id="with a zero byte"),
    pytest.param(":::::\n", id="empty"),
    pytest.param("app:x:1000:1000:" + "x" * 1_000_000 + ":/:\n", id="a long line")])
def test_a_malicious_account_file_gives_nobody_more_rights(image, text):
    # CVE-2016-3697: a user name that is a number; and files that are made to be misread.
    box = image(("etc/passwd", text_file(text)))
    result = run(box, "id -u", "-u", "4711")
    assert result.out.strip() in ("4711", "")
    by_name = run(box, "id -u", "-u", "app")
    assert by_name.out.strip() != "0"


def test_an_account_file_that_never_ends_does_not_hang(image):
    box = image(("etc/passwd", Entry("fifo", 0o644)))
    assert run(box, "echo started", "-u", "4711").out == "started\n"


def test_device_nodes_of_a_layer_cannot_be_opened(image):
    # The first disk and the kernel's messages, brought by a layer.
    box = image(("dev-disk", Entry("block", 0o666)), ("dev-kmsg", Entry("char", 0o666)))
    result = run(box, "mknod /k c 1 11; cat /k | head -c 1; mknod /b b 254 0; head -c 1 /b")
    assert result.code != 0
    assert result.out == ""


def test_the_runtime_cannot_be_overwritten_from_inside(image):
    # CVE-2019-5736: the entry point is a link to what started it.
    box = image(("bin/evil", Entry("symlink", 0o777, link="/proc/self/exe")))
    programs = [Path(path) for path in ("/usr/bin/crun", "/usr/bin/runc") if os.path.exists(path)]
    before = [(p.stat().st_mtime_ns, p.stat().st_size) for p in programs]
    box("run", "--rm", "--network", "none", "hostile", "/bin/evil")
    box("run", "--rm", "--network", "none", "hostile", "sh", "-c",
        "for f in /proc/*/exe; do echo x > $f; done 2>/dev/null")
    assert before == [(p.stat().st_mtime_ns, p.stat().st_size) for p in programs]


def test_no_descriptor_of_the_host_is_inherited(image, outside):
    # CVE-2024-21626: a working directory in a descriptor that leaked.
    box = image()
    for number in range(3, 16):
        leak = run(box, "ls ../../../../../../..; cat secret", "-w", f"/proc/self/fd/{number}")
        assert str(outside) not in leak.out and "secret" not in leak.out
    with open(outside / "secret") as held:
        os.set_inheritable(held.fileno(), True)
        assert run(box, "ls /proc/self/fd").out.split() == ["0", "1", "2", "3"]


def test_a_tmpfs_or_device_target_that_is_a_link_stays_inside(image, outside):
    box = image(("scratch", Entry("symlink", 0o777, link=str(outside))))
    run(box, "touch /scratch/f", "--tmpfs", "/scratch")
    run(box, "true", "--device", "/dev/null:/scratch/null")
    assert untouched(outside)


@pytest.mark.parametrize("change", [
    "WORKDIR /../../../../etc", "USER ../../root", "ENV PATH=/proc/self/exe", 'ENTRYPOINT ["/proc/1/exe"]',
    "VOLUME /../../../../etc", "VOLUME /proc", "VOLUME /"])
def test_a_hostile_configuration_is_kept_inside_or_refused(image, change):
    hosts = Path("/etc/passwd").stat()
    box = image(changes=[change])
    run(box, "echo intruder >> /etc/passwd")
    after = Path("/etc/passwd").stat()
    assert (hosts.st_mtime_ns, hosts.st_size) == (after.st_mtime_ns, after.st_size)
    assert stat.S_ISREG(after.st_mode)


def test_capabilities_of_files_are_not_inherited(image):
    # CVE-2022-24769: no inheritable capabilities for what the container executes.
    out = run(image(), "grep ^CapInh /proc/self/status").out
    assert out.split()[1] == "0000000000000000"


def test_a_hard_link_to_the_host_cannot_be_made_by_a_layer(estiba, outside):
    bad = make_tar([("link", Entry("hardlink", link=str(outside / "secret")))])
    estiba("import", "-", "linked", stdin=bad)
    assert untouched(outside) and (outside / "secret").stat().st_nlink == 1


def test_a_working_directory_of_exec_in_a_leaked_descriptor_is_refused(image, outside):
    """CVE-2024-21626 by exec -w: /proc/self/fd/N of whoever starts the process."""
    box = image()
    box.ok("run", "-d", "--name", "open", "--network", "none", "hostile", "sleep", "600")
    with open(outside / "secret") as held:
        os.set_inheritable(held.fileno(), True)
        for number in range(3, 16):
            leak = box("exec", "-w", f"/proc/self/fd/{number}", "open", "sh", "-c", "ls ../../../../../..; cat secret")
            assert str(outside) not in leak.out and "secret" not in leak.out
            deep = box("exec", "-w", f"/proc/self/fd/{number}/../../../..", "open", "ls")
            assert "estiba.db" not in deep.out and outside.name not in deep.out


def test_exec_gives_no_inheritable_capabilities(image):
    """CVE-2022-29162, CVE-2022-24769: by exec as by run, also to an ordinary user."""
    box = image()
    box.ok("run", "-d", "--name", "caps", "--network", "none", "hostile", "sleep", "600")
    for user in ("0", "1000"):
        out = box.ok("exec", "-u", user, "caps", "grep", "^CapInh", "/proc/self/status").out
        assert out.split()[1] == "0000000000000000"


def abstract_sockets():
    return {line.split()[-1] for line in Path("/proc/net/unix").read_text().splitlines() if line.split()[-1][0] == "@"}


def test_a_supervisor_listens_on_no_abstract_socket(image):
    """CVE-2020-15257: such a socket is reached from every container with the host's network."""
    box = image()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0estiba-test-{os.getpid()}")
        listener.listen()
        before = abstract_sockets()
        box.ok("run", "-d", "--name", "hosts", "--network", "host", "hostile", "sleep", "600")
        ours = {name for name in abstract_sockets() - before if "estiba" in name or str(box.folder) in name}
        assert not ours
        # In a network of its own a container sees none of the host's.
        assert "estiba-test" not in run(box, "cat /proc/net/unix").out


@pytest.mark.parametrize("path", ["dev/null", "dev/console", "dev/pts/0", "dev/ptmx"])
def test_a_device_of_the_image_that_is_a_link_masks_nothing_and_leads_nowhere(image, outside, path):
    """CVE-2025-31133, CVE-2025-52565, CVE-2025-52881: masks made of the image's own /dev/null."""
    secret = outside / "secret"
    box = image((path, Entry("symlink", 0o777, link=f"/../../..{secret}")))
    result = run(box, "echo x > /dev/null; echo x > /dev/console; head -c 1 /proc/kcore | wc -c; "
                      "echo x > /proc/sysrq-trigger || echo refused")
    assert result.out.split() == ["0", "refused"]
    box("run", "--rm", "-t", "--network", "none", "hostile", "sh", "-c", "echo x > /dev/console; echo x > /dev/null")
    assert untouched(outside)


def test_a_volume_whose_folder_is_exchanged_for_a_link_meanwhile_stays_inside(image, outside):
    """CVE-2021-30465: the race of another container against the mount of a volume in a volume."""
    box = image()
    swap = f"while :; do mkdir -p /v/sub; mv -T /v/sub /v/old; ln -s /../..{outside} /v/sub; rm -rf /v/sub /v/old; done"
    box.ok("run", "-d", "--name", "swapping", "--network", "none", "-v", "shared:/v", "hostile", "sh", "-c", swap)
    for _ in range(8):
        box("run", "--rm", "--network", "none", "-v", "shared:/v", "-v", "other:/v/sub", "hostile",
            "sh", "-c", "touch /v/sub/planted")
    box.ok("rm", "-f", "swapping")
    assert untouched(outside)


@pytest.mark.parametrize("mount", [
    pytest.param("type=bind,from=hostile,source=/leak,target=/m", id="CVE-2024-1753: bind of a link"),
    pytest.param("type=cache,from=hostile,source=/leak,target=/m", id="CVE-2024-9675: cache from a link"),
    pytest.param("type=cache,id=../../../leak,target=/m", id="CVE-2024-9675: a name that climbs"),
    pytest.param("type=bind,from=hostile,source=/../../../../leak,target=/m", id="CVE-2024-9407: a source that climbs")])
def test_a_mount_of_a_build_shows_nothing_of_the_host(image, outside, tmp_path, mount):
    box = image(("leak", Entry("symlink", 0o777, link=f"/../../..{outside}")))
    (tmp_path / "Dockerfile").write_text(
        f"FROM hostile\nRUN --mount={mount} cat /m/secret; echo x > /m/planted; true\n")
    result = box("build", "--no-cache", "--network", "none", "-t", "built", "-f", tmp_path / "Dockerfile", context_of(tmp_path))
    assert "secret\n" not in result.out
    assert untouched(outside), str(result)


def context_of(folder):
    context = folder / "empty-context"
    context.mkdir(exist_ok=True)
    return context


@pytest.mark.parametrize("kind", ["tmpfs", "cache", "bind,from=hostile"])
def test_what_a_step_puts_in_place_of_a_mount_point_is_not_removed_elsewhere(image, outside, tmp_path, kind):
    """CVE-2024-23652: the mount point that was made is removed after the step, by its path."""
    box = image()
    (tmp_path / "Dockerfile").write_text(
        f"FROM hostile\nRUN --mount=type={kind},target=/a/secret mkdir -p /a && mv /a /b 2>/dev/null; "
        f"rm -rf /a; ln -s {outside} /a; true\n")
    result = box("build", "--no-cache", "--network", "none", "-t", "built", "-f", tmp_path / "Dockerfile", context_of(tmp_path))
    assert untouched(outside), str(result)


def test_a_group_that_was_taken_away_is_not_kept(image):
    """CVE-2022-2989, CVE-2022-36109: files that a group may not read are kept from its members."""
    box = image()
    for user in ("1000:2000", "0:0"):
        out = run(box, "id -G", "-u", user).out
        assert user.split(":")[1] in out.split()
    program = ("FROM hostile\nUSER 0\nRUN touch /kept && chown 0:2000 /kept && chmod 604 /kept\n"
               "USER 1000:2000\nCMD cat /kept && echo read\n")
    box.ok("build", "-t", "kept", "--network", "none", "-", stdin=program.encode())
    assert box("run", "--rm", "--network", "none", "kept").out == ""


@pytest.mark.parametrize("kind", [
    pytest.param("cache,id=raced", id="CVE-2024-23651: a cache"),
    pytest.param("cache,id=raced,source=sub", id="CVE-2024-11218: a folder in a cache")])
def test_a_cache_whose_folder_is_exchanged_meanwhile_stays_inside(image, outside, tmp_path, kind):
    """Another build puts links where the folder was while this one mounts it."""
    box = image()
    swap = (f"FROM hostile\nRUN --mount=type=cache,id=raced,target=/c for i in $(seq 300); do mkdir -p /c/sub; "
            f"mv /c/sub /c/old; ln -s /../../..{outside} /c/sub; rm -rf /c/sub /c/old; done; true\n")
    (tmp_path / "Swap").write_text(swap)
    (tmp_path / "Use").write_text(f"FROM hostile\nRUN --mount=type={kind},target=/m cat /m/secret /m/sub/secret; "
                                  "touch /m/planted; true\n")
    swapping = box.start("build", "--no-cache", "--network", "none", "-f", tmp_path / "Swap", context_of(tmp_path))
    try:
        for _ in range(3):
            result = box("build", "--no-cache", "--network", "none", "-f", tmp_path / "Use", context_of(tmp_path))
            assert "secret\n" not in result.out.replace("/secret", "")
    finally:
        swapping.wait(120)
    assert untouched(outside)


@pytest.mark.parametrize("flag", ["--security=insecure", "--mount=type=bind,from=hostile,target=/m,rw"])
def test_a_dockerfile_cannot_give_itself_privileges(image, tmp_path, flag):
    """CVE-2024-23653: privileges are granted by who builds, never by what is built."""
    box = image()
    (tmp_path / "Dockerfile").write_text(
        f"FROM hostile\nRUN {flag} grep CapEff /proc/self/status; mkdir -p /t; mount -t tmpfs t /t && echo $((6 * 7))mounted\n")
    result = box("build", "--no-cache", "--network", "none", "-f", tmp_path / "Dockerfile", context_of(tmp_path))
    assert result.code != 0
    assert "42mounted" not in result.out + result.err
