"""We push to and pull from Debian's docker-registry."""

import re

import pytest

from lib.peers import DebianRegistry


@pytest.fixture
def theirs(tmp_path):
    with DebianRegistry(tmp_path / "docker-registry") as registry:
        yield registry


def test_an_image_travels_through_it_unchanged(published, theirs):
    name = f"{theirs.address}/any/where"
    published.estiba.ok("tag", published.name, name)
    first = published.estiba.ok("push", name)
    assert f"digest: {published.digest}" in first.text
    published.estiba.ok("tag", name, name + ":v1.0")
    second = published.estiba.ok("push", name + ":v1.0")
    assert len(re.findall(r"Layer already exists$", second.text, re.M)) == len(
        re.findall(r": Pushed$", first.text, re.M)
    )

    other = published.estiba.sibling("other")
    other.ok("pull", f"{name}@{published.digest}")
    assert other.image_id(f"{name}@{published.digest}") == published.id
    other.ok("pull", name)
    assert other.run(name) == "from the app"


def test_a_layer_is_mounted_across_its_repositories(published, theirs):
    for path in ("first", "second"):
        published.estiba.ok("tag", published.name, f"{theirs.address}/{path}")
    published.estiba.ok("push", f"{theirs.address}/first")
    assert "Mounted from first" in published.estiba.ok("push", f"{theirs.address}/second").text
