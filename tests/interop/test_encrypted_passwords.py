"""The commands that come with an encrypted password, pasted as they are, and what revoking does."""

import base64
import json
import os
import tempfile
from pathlib import Path

import pytest

from lib.pages_api import Caller
from lib.peers import docker_daemon, run
from lib.registry import Registry
from lib.wire import Wire

PLAIN = "--tls-verify=false"


@pytest.fixture
def alice(registry):
    Wire(registry.address, "alice", Registry.PASSWORD).push_image("alice/demo")
    return Caller.signed_in(registry.port, "alice", Registry.PASSWORD)


@pytest.fixture
def made(alice):
    reply = alice.post("/account/encrypted-password", {
        "password": Registry.PASSWORD, "title": "laptop"})
    assert reply.status == 201
    return reply.json


def paste(command, env, more=""):
    """As a person's shell takes it."""
    return run("sh", "-euc", f"{command} {more}", env=env)


def inspect(registry, env):
    return run("skopeo", "inspect", PLAIN, f"docker://{registry.repository('alice/demo')}", env=env)


def logged_in(tmp_path, name):
    """An environment whose credentials lie in a file of their own."""
    folder = tmp_path / name
    folder.mkdir()
    return {**os.environ, "REGISTRY_AUTH_FILE": str(folder / "auth.json"), "HOME": str(folder),
            "DOCKER_CONFIG": str(folder)}


def test_podman_skopeo_and_estiba_log_in_as_told_until_it_is_revoked(
        registry, alice, made, estiba, tmp_path):
    commands = made["commands"]
    secret = made["secret"]
    environments = [logged_in(tmp_path, name) for name in ("podman", "skopeo", "config", "estiba")]
    podman, skopeo, config, ours = environments
    Path(podman["REGISTRY_AUTH_FILE"]).write_text("{}")
    assert "Succeeded" in paste(commands["podman"], podman, PLAIN)
    skopeo_command = commands["podman"].replace("podman", "skopeo", 1)
    assert "Succeeded" in paste(skopeo_command, skopeo, PLAIN)
    Path(config["REGISTRY_AUTH_FILE"]).write_text(commands["config_json"])
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "estiba").symlink_to(estiba.command()[0])
    ours["PATH"] = f"{tmp_path / 'bin'}:{ours['PATH']}"
    assert "Succeeded" in paste(commands["estiba"], ours)
    ours["REGISTRY_AUTH_FILE"] = ours["DOCKER_CONFIG"] + "/config.json"
    for env in environments:
        assert "Digest" in inspect(registry, env)

    kubernetes = json.loads(commands["kubernetes"])
    assert kubernetes["type"] == "kubernetes.io/dockerconfigjson"
    inside = json.loads(base64.b64decode(kubernetes["data"][".dockerconfigjson"]))
    assert inside == json.loads(commands["config_json"])
    assert Registry.PASSWORD not in json.dumps(made)

    listed = [one for one in alice.get("/account/tokens").json["items"]
              if one["title"] == "laptop"]
    assert [one["kind"] for one in listed] == ["encrypted-password"]
    assert listed[0]["used_from"] == "127.0.0.1"
    bearer = Caller.basic(registry.port, "alice", secret).send(
        "GET", "/v2/token?scope=repository:alice/demo:pull", prefix="").json["token"]
    holder = Caller(registry.port, f"Bearer {bearer}")
    assert holder.send("GET", "/v2/alice/demo/manifests/latest", prefix="").status == 200
    assert alice.delete(f"/account/tokens/{made['token']['id']}").status == 204
    for env in environments:
        with pytest.raises(AssertionError, match="authentication|unauthorized"):
            inspect(registry, env)
    assert holder.send("GET", "/v2/alice/demo/manifests/latest", prefix="").status == 401
    assert Wire(registry.address, "alice", Registry.PASSWORD).get("/v2/").status == 200


def test_docker_logs_in_as_told_until_it_is_revoked(registry, alice, made):
    with tempfile.TemporaryDirectory(prefix="docker.") as top, \
            docker_daemon(Path(top) / "d") as env:
        assert "Login Succeeded" in paste(made["commands"]["docker"], env)
        name = registry.repository("alice/demo")
        assert alice.delete(f"/account/tokens/{made['token']['id']}").status == 204
        for command in (["docker", "pull", name], ["sh", "-c", made["commands"]["docker"]]):
            with pytest.raises(AssertionError, match="unauthorized|denied|401"):
                run(*command, env=env)
