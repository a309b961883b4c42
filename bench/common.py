"""What the scripts beside share: a place to work in, peers to install, how often to run."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from lib.program import Estiba  # noqa: E402, F401 (for the scripts beside)


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
