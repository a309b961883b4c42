"""Fixtures of the tests about containers: one store for a whole file, since most tests only run something."""

import shutil

import pytest

from lib.containers import mounts_below, remove_all
from lib.program import Estiba


@pytest.fixture(scope="module")
def box(tmp_path_factory, busybox_bytes):
    """The program with an image called busybox; tests name their containers differently."""
    folder = tmp_path_factory.mktemp("box")
    program = Estiba(folder)
    program.ok("import", "-", "busybox", stdin=busybox_bytes)
    yield program
    remove_all(program)
    left = mounts_below(folder)
    assert not left, f"left mounted: {left}"
    shutil.rmtree(folder, ignore_errors=True)
