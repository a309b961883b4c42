"""Base images: a small one with busybox, a whole Debian."""

import os
import shutil
import subprocess
from pathlib import Path

from lib.program import TOP
from lib.tars import Entry, make_tar, text_file


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


def debian_tar():
    """The path of a minimal Debian, made once by mmdebstrap and kept beside the build."""
    made = Path(os.environ.get("ESTIBA_TEST_CACHE", TOP / "build" / "test-cache"))
    made = made / "debian-bookworm.tar"
    script = TOP / "scripts" / "make-debian-base.sh"
    subprocess.run([script, made], check=True, stdin=subprocess.DEVNULL)
    return made
