import pytest

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
