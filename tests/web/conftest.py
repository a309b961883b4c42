import pytest

from lib.registry import Registry


@pytest.fixture
def fresh_registry(estiba, tmp_path):
    """A registry without accounts, not started yet."""
    return Registry(estiba, tmp_path / "registry")
