"""Fixtures that every kind of test uses. Each test has a store, a home and a registry of its own."""

import os
import shutil

import pytest

from lib import bases
from lib.containers import mounts_below, remove_all
from lib.postgresql import PostgresqlServer
from lib.program import Estiba
from lib.registry import Registry


class Context:
    """A build context: files, and the Dockerfile beside them."""

    def __init__(self, path):
        self.path = path
        path.mkdir()

    def __fspath__(self):
        return str(self.path)

    def __str__(self):
        return str(self.path)

    def write(self, name, text="", mode=None):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        if mode is not None:
            os.chmod(file, mode)
        return file

    def dockerfile(self, text):
        self.write("Dockerfile", text)
        return self


@pytest.fixture
def estiba(tmp_path):
    """The program with an empty store; whatever the test did, nothing may stay mounted."""
    program = Estiba(tmp_path)
    yield program
    if program.root.exists():
        remove_all(program)
    left = mounts_below(tmp_path)
    assert not left, f"left mounted: {left}"
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def context(tmp_path):
    return Context(tmp_path / "context")


@pytest.fixture(scope="session")
def busybox_bytes():
    return bases.busybox_tar()


@pytest.fixture
def busybox(estiba, busybox_bytes):
    """The program with a small image called busybox."""
    estiba.ok("import", "-", "busybox", stdin=busybox_bytes)
    return estiba


@pytest.fixture(scope="session")
def debian_tar():
    return bases.debian_tar()


@pytest.fixture
def debian(estiba, debian_tar):
    """The program with a minimal Debian called debian."""
    estiba.ok("import", debian_tar, "debian")
    return estiba


@pytest.fixture
def registry(estiba, tmp_path):
    """A running registry with the accounts alice and bob."""
    registry = Registry(estiba, tmp_path / "registry")
    registry.add_user("alice")
    registry.add_user("bob", "bob's own password")
    registry.start()
    yield registry
    registry.stop()


@pytest.fixture(scope="module")
def postgresql():
    server = PostgresqlServer()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def unstarted_registry(request, estiba, tmp_path):
    """A registry with the account alice that is not started yet, over each of the engines."""
    registry = Registry(estiba, tmp_path / "registry")
    if request.param == "postgresql":
        address = request.getfixturevalue("postgresql").new_database()
        registry.database = ["--database", address]
    registry.add_user("alice")
    yield registry
    registry.stop()
