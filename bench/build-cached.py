#!/usr/bin/python3
"""The document's example (Debian, ssh and vim, the files of an application), every step cached."""

from common import Buildah, Estiba, arguments, compare, process_time, workplace

from lib.bases import debian_tar
from lib.program import TOP

EXAMPLE = TOP / "examples" / "debian-ssh-vim"


def main():
    options = arguments(__doc__, runs=10)
    with workplace() as folder:
        estiba = Estiba(folder / "estiba")
        buildah = Buildah(folder / "buildah")
        tar = debian_tar()
        estiba.ok("import", tar, "debian")
        buildah.import_tar(tar, "localhost/debian")
        ours = estiba.command("build", "--network", "host", "-t", "demo", EXAMPLE)
        theirs = buildah.command(
            "bud", "--layers", "--network", "host", "--isolation", "chroot", "--pull-never", "-t",
            "demo", EXAMPLE,
        )
        process_time(ours, estiba.env)
        process_time(theirs, buildah.env)
        compare(
            "rebuild with every step cached",
            lambda _: process_time(ours, estiba.env),
            lambda _: process_time(theirs, buildah.env),
            options.runs,
        )


if __name__ == "__main__":
    main()
