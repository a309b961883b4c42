"""The kernel project's own tools read the index that we write over a layer's tar."""

import os

from lib.peers import run


def indexes(estiba):
    """Every layer index of the store: a file that starts like an EROFS image."""
    found = []
    for path in estiba.root.rglob("*"):
        if path.is_file() and path.stat().st_size > 1028:
            with open(path, "rb") as file:
                if os.pread(file.fileno(), 4, 1024) == b"\xe2\xe1\xf5\xe0":
                    found.append(path)
    return found


def test_dump_erofs_agrees_that_they_are_erofs(busybox, context):
    context.write("app/file", "x" * 10_000)
    context.dockerfile("FROM busybox\nCOPY app /app\nRUN ls /app\n")
    busybox.build(context)
    assert len(indexes(busybox)) >= 2
    for index in indexes(busybox):
        out = run("dump.erofs", "-s", index)
        assert "0xE0F5E1E2" in out
