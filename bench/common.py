"""Ours and a peer in turn, in one run: only the ratio means something on another machine."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from lib.peers import run, without_hybrid_cgroups  # noqa: E402
from lib.program import Estiba  # noqa: E402


class Buildah:
    """buildah with storage of its own, overlay as it would be installed."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.env = {**os.environ, "REGISTRY_AUTH_FILE": str(folder / "auth.json")}

    def command(self, *args):
        return list(map(str, without_hybrid_cgroups([
            "buildah", "--root", self.folder / "root", "--runroot", self.folder / "run",
            "--storage-driver", "overlay", *args,
        ])))

    def __call__(self, *args):
        return run(*self.command(*args), env=self.env)

    def import_tar(self, tar, name):
        """A root file system becomes an image, as `estiba import` does it."""
        context = self.folder / "import"
        context.mkdir(exist_ok=True)
        (context / "Dockerfile").write_text(f"FROM scratch\nADD {tar.name} /\n")
        link = context / tar.name
        if not link.exists():
            os.link(tar, link)
        self("bud", "-q", "-t", name, context)


@contextmanager
def workplace():
    """A folder on a real disk (TMPDIR may be in memory), gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="estiba-bench.", dir="/var/tmp") as folder:
        yield Path(folder)


def install(*packages):
    """Debian's packages of peers and tools, those that are missing; their programs have their names."""
    missing = [package for package in packages if shutil.which(package) is None]
    if missing:
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *missing], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def arguments(description, runs):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runs", type=int, default=runs, help=f"times each ({runs})")
    return parser.parse_args()


def timed(operation):
    os.sync()
    started = time.perf_counter()
    operation()
    return time.perf_counter() - started


def process_time(command, env):
    """Seconds of a whole process, from fork to the end, its output thrown away."""
    return timed(lambda: subprocess.run(
        command, env=env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ))


def compare(title, ours, theirs, runs, peer="buildah"):
    """`ours` and `theirs` take the number of the run and return seconds; prints both and the ratio."""
    seconds = {"estiba": [], peer: []}
    for number in range(runs):
        seconds["estiba"].append(ours(number))
        seconds[peer].append(theirs(number))
    print(f"{title} ({runs} runs each, in turn)")
    for name, values in seconds.items():
        print(f"  {name:8} min {min(values):8.3f} s   median {statistics.median(values):8.3f} s")
    ratio = statistics.median(seconds[peer]) / statistics.median(seconds["estiba"])
    print(f"  ratio of the medians: {ratio:.1f}")
    return ratio
