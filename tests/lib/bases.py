"""Base images: a small one with busybox, a whole Debian."""

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

from lib.program import TOP
from lib.tars import Entry, make_tar, text_file

DEBIAN_SUITE = "bookworm"


def cache_folder():
    """Survives a test run, goes with the build folder."""
    folder = Path(os.environ.get("ESTIBA_TEST_CACHE", TOP / "build" / "test-cache"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def busybox_tar():
    """The bytes of a root file system of about 2 MB: a shell and its tools, two accounts."""
    program = shutil.which("busybox")
    assert program, "busybox is missing: run scripts/install-deps.sh"
    tools = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    entries = [
        ("bin", Entry("dir", 0o755)),
        ("bin/busybox", Entry("file", 0o755, content=Path(program).read_bytes())),
        ("dev", Entry("dir", 0o755)),
        ("etc", Entry("dir", 0o755)),
        ("etc/passwd", text_file("root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home:/bin/sh\n")),
        ("etc/group", text_file("root:x:0:\napp:x:1000:\nextra:x:1001:app\n")),
        ("home", Entry("dir", 0o755, uid=1000, gid=1000)),
        ("proc", Entry("dir", 0o755)),
        ("root", Entry("dir", 0o700)),
        ("sys", Entry("dir", 0o755)),
        ("tmp", Entry("dir", 0o1777)),
        ("var", Entry("dir", 0o755)),
    ]
    for tool in tools.stdout.split():
        if tool != "busybox":
            entries.append((f"bin/{tool}", Entry("symlink", 0o777, link="busybox")))
    return make_tar(sorted(entries, key=lambda pair: pair[0]))


def apt_configuration():
    """The host's files that say how packages are reached, for containers that need packages."""
    folder = Path("/etc/apt/apt.conf.d")
    if not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and re.search(r"^\s*Acquire\b", path.read_text(errors="replace"), re.M)
    ]


def debian_tar():
    """The path of a minimal Debian, made once by mmdebstrap and kept in the cache."""
    folder = cache_folder()
    made = folder / f"debian-{DEBIAN_SUITE}.tar"
    with open(folder / "debian.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            unfinished = folder / f"debian-{DEBIAN_SUITE}.new.tar"
            hooks = []
            if files := apt_configuration():
                names = " ".join(map(str, files))
                hooks = [f"--customize-hook=copy-in {names} /etc/apt/apt.conf.d"]
            subprocess.run(
                ["mmdebstrap", "--variant=minbase", *hooks, DEBIAN_SUITE, unfinished],
                check=True, stdin=subprocess.DEVNULL,
            )
            unfinished.rename(made)
    return made
