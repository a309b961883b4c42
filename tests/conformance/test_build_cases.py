"""Public contexts, with the image that BuildKit makes of each, against ours.

The cases lie in a folder beside the checkout (ESTIBA_CONFORMANCE names another); CTest runs this
file where that folder exists.
"""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from lib.program import TOP
from lib.tars import saved

FOLDER = Path(os.environ.get("ESTIBA_CONFORMANCE", TOP.parent / "shared" / "conformance"))
# Files that are younger were made by the reference build: any time is right there.
BUILT_AFTER = 1_795_465_000
KINDS = {"f": "file", "d": "dir", "l": "symlink"}


CASES = sorted((FOLDER / "build").glob("*"))


def found_at(tree, path):
    """The entry, through hard links."""
    entry = tree[path]
    return tree[entry.link.removeprefix("./")] if entry.kind == "hardlink" else entry


def compare_entry(path, entry, expected, context):
    assert entry.kind == KINDS[expected["type"]], path
    if expected["type"] == "l":
        assert entry.link == expected["link"], path
        return
    assert oct(entry.mode & 0o7777) == expected["mode"], path
    assert (entry.uid, entry.gid) == (expected["uid"], expected["gid"]), path
    if path.endswith("/.dockerignore"):
        # The reference's transfer goes by size and time, and so gave some cases the ignore file of
        # the case before them.
        assert entry.content == (context / ".dockerignore").read_bytes(), path
    elif "sha" in expected:
        assert hashlib.sha256(entry.content).hexdigest()[:16] == expected["sha"], path
    if expected.get("mtime", BUILT_AFTER) < BUILT_AFTER:
        assert entry.mtime == expected["mtime"], path
    for key in expected.get("xattr", {}):
        assert key in entry.xattrs, path


@pytest.mark.parametrize("case", CASES, ids=lambda folder: folder.name)
def test_the_image_is_the_one_of_the_reference(estiba, tmp_path, case):
    expected = json.loads((case / "expected.json").read_text())
    context = tmp_path / "context"
    context.mkdir()
    subprocess.run(
        ["tar", "--extract", "--xattrs", "--xattrs-include=*", "--same-owner", "-p", "-C", context,
         "--file", case / "context.tar"],
        check=True,
    )
    arguments = [f"--build-arg={key}={value}" for key, value in expected["buildArgs"].items()]
    command = ["build", "-t", "demo", "-f", context / expected["dockerfile"], *arguments, context]
    if expected.get("fails"):
        estiba.fails(*command)
        assert estiba.ok("images", "-q").out == ""
        return
    estiba.ok(*command)
    image = saved(estiba, "demo")
    tree = {path: entry for path, entry in image.root_file_system().items() if path}
    assert set(tree) == set(expected["rootfs"])
    for path, want in expected["rootfs"].items():
        compare_entry(path, found_at(tree, path), want, context)
    config = estiba.inspect("demo")["Config"]
    for key, value in expected["config"].items():
        ours = config.get(key)
        assert (ours or "/") == value if key == "WorkingDir" else ours == value, key
