import os

import pytest

from lib import bases
from lib.browser import Browser
from lib.configured import ConfiguredRegistry
from lib.containers import remove_all
from lib.furnished import furnish
from lib.openapi import Document
from lib.pages_api import Caller
from lib.program import Estiba
from lib.registry import Registry
from lib.shelf import Shelf


@pytest.fixture
def fresh_registry(estiba, tmp_path):
    """A registry without accounts, not started yet."""
    return Registry(estiba, tmp_path / "registry")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A registry with the accounts ana and bob."""
    folder = tmp_path_factory.mktemp("shelf")
    shelf = Shelf(Registry(Estiba(folder), folder / "registry"))
    yield shelf
    assert shelf.registry.stop() == 0


@pytest.fixture(scope="module")
def checked(registry):
    """The JSON of an answer that is as the documentation says; of a module's own registry."""
    document = Document(Caller(registry.port).get("/openapi.json").json)

    def check(operation, reply, status=200):
        assert reply.status == status, (operation, reply.status, reply.body)
        faults = document.check(operation, reply)
        assert not faults, faults
        return reply.json if reply.body else None

    return check


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("furnished")
    estiba = Estiba(folder)
    estiba.ok("import", "-", "busybox", stdin=bases.busybox_tar())
    registry = ConfiguredRegistry(estiba, folder / "registry", 'sign-up = "open"\n')
    registry.start()
    try:
        furnish(registry, estiba, folder)
        yield registry
    finally:
        registry.stop()
        remove_all(estiba)


@pytest.fixture(scope="session")
def chromium():
    browser = Browser()
    yield browser
    browser.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if report.when == "call":
        item.failed = report.failed


@pytest.fixture
def browser(chromium, request):
    """Chromium, in which nothing may go wrong unseen while a test runs. With
    $ESTIBA_BROWSER_PICTURES, a folder, a failed test leaves there what was to be seen."""
    yield chromium
    folder = os.environ.get("ESTIBA_BROWSER_PICTURES")
    wanted = folder and getattr(request.node, "failed", False)
    chromium.leave(os.path.join(folder, request.node.name) if wanted else None)
    faults = chromium.faults()
    assert not faults, faults
