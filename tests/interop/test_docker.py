"""The docker command line with Debian's dockerd: login, push, pull, manifest lists."""

import json
import tempfile
from pathlib import Path

import pytest

from lib.peers import docker_daemon, run

DOCKER = "/usr/bin/docker"


@pytest.fixture
def docker(published):
    """A function that runs docker, logged in as alice. Its sockets need a short path."""
    with tempfile.TemporaryDirectory(prefix="docker.") as top, \
            docker_daemon(Path(top) / "d") as env:
        def command(*args, **options):
            return run(DOCKER, *args, env=env, **options)
        run("sh", "-c", f"echo '{published.registry.PASSWORD}' | {DOCKER} login -u alice "
            f"--password-stdin {published.registry.address}", env=env)
        yield command


def test_docker_pulls_our_image_and_pushes_its_own(published, docker, busybox_bytes, tmp_path):
    docker("pull", published.name)
    assert docker("image", "inspect", "--format", "{{.Id}}", published.name).strip() == published.id
    docker("pull", f"{published.name}@{published.digest}")

    (tmp_path / "busybox.tar").write_bytes(busybox_bytes)
    mine = published.registry.repository("alice/of-docker")
    docker("import", "--change", 'CMD ["echo","by docker"]', tmp_path / "busybox.tar", mine)
    assert "digest: sha256:" in docker("push", mine)
    assert "Layer already exists" in docker("push", mine)
    docker("tag", mine, published.registry.repository("alice/mounted"))
    assert "Mounted from alice/of-docker" in docker(
        "push", published.registry.repository("alice/mounted"))
    docker("rmi", mine, published.registry.repository("alice/mounted"))
    docker("pull", mine)
    other = published.estiba.sibling("other")
    published.registry.login(other)
    other.ok("pull", mine)
    assert other.run(mine) == "by docker\n"

    listed = published.registry.repository("alice/list")
    docker("manifest", "create", "--insecure", listed, mine)
    docker("manifest", "annotate", "--os", "linux", "--arch", "amd64", listed, mine)
    docker("manifest", "push", "--insecure", listed)
    manifest = json.loads(docker("manifest", "inspect", "--insecure", listed))
    assert manifest["mediaType"].endswith("manifest.list.v2+json")
    assert len(manifest["manifests"]) == 1
    docker("pull", listed)


def test_docker_is_told_why_it_may_not(published, docker):
    for command in (("pull", published.registry.repository("bob/secret")),
                    ("pull", published.registry.repository("alice/absent"))):
        with pytest.raises(AssertionError, match="denied|not found|unknown"):
            docker(*command)
