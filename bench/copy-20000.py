#!/usr/bin/python3
"""COPY of 20,000 files (218 MB): nothing cached; one file changed; nothing changed."""

import os

from common import Buildah, Estiba, arguments, compare, process_time, workplace

from lib.trees import make_many_files

COUNT = 20_000
TOTAL_BYTES = 218_000_000


def main():
    options = arguments(__doc__, runs=3)
    with workplace() as folder:
        context = folder / "context"
        (context / "tree").mkdir(parents=True)
        make_many_files(context / "tree", COUNT, TOTAL_BYTES)
        (context / "Dockerfile").write_text("FROM scratch\nCOPY tree /tree\n")
        estiba = Estiba(folder / "estiba")
        buildah = Buildah(folder / "buildah")

        def ours(*flags):
            return process_time(estiba.command("build", "-t", "demo", *flags, context), estiba.env)

        def theirs(*flags):
            command = buildah.command("bud", "--layers", "-t", "demo", *flags, context)
            return process_time(command, buildah.env)

        def change(number):
            (context / "tree" / "d00" / "e000" / "file0.dat").write_bytes(os.urandom(100 + number))

        def ours_changed(number):
            change(number)
            return ours()

        compare("COPY of 20,000 files, no cache", lambda _: ours("--no-cache"),
                lambda _: theirs("--no-cache"), options.runs)
        compare("the same, one file changed", ours_changed, lambda _: theirs(), options.runs)
        compare("the same, nothing changed", lambda _: ours(), lambda _: theirs(), options.runs)


if __name__ == "__main__":
    main()
