"""docker's and podman's own search against our registry."""

import json

import pytest

from lib.peers import docker_daemon, run
from lib.wire import Wire


@pytest.fixture
def gulls(registry):
    """Six public repositories and a private one."""
    wire = Wire(registry.address, "alice", registry.PASSWORD)
    for number in range(6):
        wire.push_image(f"alice/gull-{number}")
        registry.estiba.ok("admin", "repository", "visibility", "--public", f"alice/gull-{number}",
                           "--data", registry.data)
    wire.push_image("alice/gull-hidden")
    return registry


def test_docker_search(gulls, tmp_path):
    with docker_daemon(tmp_path / "docker") as env:
        docker = "/usr/bin/docker"
        lines = run(docker, "search", "--format", "{{json .}}", "--limit", "4",
                    f"{gulls.address}/gull", env=env).splitlines()
        assert len(lines) == 4
        assert all(json.loads(line)["Name"].startswith("alice/gull-") for line in lines)
        ours = gulls.estiba.ok("search", "--limit", "4", f"{gulls.address}/gull").out
        assert len(ours.splitlines()) == 5


def test_podman_search(gulls, podman):
    (podman.folder / "auth.json").write_text("{}")
    listed = podman("search", "--tls-verify=false", "--format", "{{.Name}}", "--limit", "50",
                    f"{gulls.address}/gull").split()
    assert sorted(listed) == [f"{gulls.address}/alice/gull-{number}" for number in range(6)]
