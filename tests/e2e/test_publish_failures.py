"""Registries that are down, lie, or break off."""

import json

import pytest

from lib.hostile import INDEX, MANIFEST, HostileRegistry, MadeImage, descriptor, digest_of
from lib.registry import free_port


def assert_nothing_arrived(estiba):
    assert estiba.image_ids() == set()
    estiba.check()


def test_a_registry_that_is_down_is_named(busybox, context):
    name = f"127.0.0.1:{free_port()}/alice/demo"
    assert name.split("/")[0] in busybox.fails("pull", name).text
    busybox.ok("tag", "busybox", name)
    assert name.split("/")[0] in busybox.fails("push", name).text
    context.dockerfile(f"FROM {name}x\n")
    result = busybox.fails("build", "-t", "demo", context)
    assert name.split("/")[0] in result.text
    assert "Dockerfile:1" in result.text


def test_an_honest_answer_is_taken(estiba):
    with HostileRegistry() as registry:
        estiba.ok("pull", f"{registry.address}/x/y")
    estiba.check()


@pytest.mark.parametrize("what", ["layer", "config", "manifest"])
def test_wrong_bytes_are_refused(estiba, what):
    with HostileRegistry() as registry:
        image = registry.image
        name = f"{registry.address}/x/y"
        if what == "manifest":
            name += "@" + digest_of(image.manifest)
            other = MadeImage("other").manifest
            registry.manifests[digest_of(image.manifest)] = (MANIFEST, other)
        else:
            truth = image.layer if what == "layer" else image.config
            registry.blobs[digest_of(truth)] = truth.replace(b"x", b"z")
        result = estiba.fails("pull", name)
    assert "sha256:" in result.text
    assert_nothing_arrived(estiba)


def test_a_layer_that_does_not_have_its_diff_id_is_never_used(estiba):
    image = MadeImage()
    other = MadeImage("another content").layer
    manifest = json.loads(image.manifest)
    manifest["layers"][0].update(digest=digest_of(other), size=len(other))
    image.manifest = json.dumps(manifest).encode()
    with HostileRegistry(image) as registry:
        registry.blobs[digest_of(other)] = other
        pulled = estiba(*("pull", f"{registry.address}/x/y"))
        assert pulled.code >= 0
        if pulled.code == 0:
            estiba.fails("run", "--rm", f"{registry.address}/x/y", "/file")
            estiba.fails("save", "-o", estiba.folder / "out.tar", f"{registry.address}/x/y")
            estiba.ok("rmi", f"{registry.address}/x/y")
    assert_nothing_arrived(estiba)


@pytest.mark.parametrize("size", [1, 10**15])
def test_a_wrong_size_is_refused(estiba, size):
    image = MadeImage()
    manifest = json.loads(image.manifest)
    manifest["layers"][0]["size"] = size
    image.manifest = json.dumps(manifest).encode()
    with HostileRegistry(image) as registry:
        estiba.fails("pull", f"{registry.address}/x/y")
    assert_nothing_arrived(estiba)


def test_a_missing_layer_is_named(estiba):
    with HostileRegistry() as registry:
        missing = digest_of(registry.image.layer)
        del registry.blobs[missing]
        result = estiba.fails("pull", f"{registry.address}/x/y")
    assert missing[7:19] in result.text
    assert_nothing_arrived(estiba)


def test_a_broken_connection_is_taken_up_where_it_broke(estiba):
    image = MadeImage("long " * 200_000)
    with HostileRegistry(image) as registry:
        registry.break_after_bytes = 500_000
        estiba.ok("pull", f"{registry.address}/x/y")
        path = f"/v2/x/y/blobs/{digest_of(image.layer)}"
        asked = [headers.get("Range") for _, asked, headers in registry.requests if asked == path]
    assert asked[0] is None
    assert any((item or "").startswith("bytes=") for item in asked[1:]), asked
    estiba.check()


def test_an_endlessly_broken_connection_ends_in_an_error(estiba):
    with HostileRegistry() as registry:
        registry.break_after_bytes = 0
        registry.breaks = 10**6
        estiba.fails("pull", f"{registry.address}/x/y", timeout=120)
    assert_nothing_arrived(estiba)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"schemaVersion":2}', b"[" * 100_000,
     b'{"schemaVersion":2,"config":7,"layers":{}}'],
)
def test_a_malformed_manifest_is_refused(estiba, body):
    with HostileRegistry() as registry:
        registry.manifests["latest"] = (MANIFEST, body)
        estiba.fails("pull", f"{registry.address}/x/y")
    assert_nothing_arrived(estiba)


def test_an_unknown_tag_is_named(estiba):
    with HostileRegistry() as registry:
        assert "nosuch" in estiba.fails("pull", f"{registry.address}/x/y:nosuch").text
    assert_nothing_arrived(estiba)


def test_an_error_of_the_server_is_reported_with_its_status(estiba):
    with HostileRegistry() as registry:
        registry.answers["/manifests/latest"] = (500, b"<html>oops</html>")
        assert "500" in estiba.fails("pull", f"{registry.address}/x/y", timeout=120).text


def test_an_index_leads_to_the_image_of_the_platform(estiba):
    here, there = MadeImage("here"), MadeImage("there", "s390x")
    index = json.dumps({
        "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [
            descriptor(MANIFEST, image.manifest, platform={"os": "linux", "architecture": name})
            for image, name in ((there, "s390x"), (here, "amd64"), (here, "arm64"))
        ],
    }).encode()
    with HostileRegistry(here) as registry:
        registry.blobs.update(there.blobs())
        registry.manifests[digest_of(there.manifest)] = (MANIFEST, there.manifest)
        registry.manifests["latest"] = registry.manifests[digest_of(index)] = (INDEX, index)
        name = f"{registry.address}/x/y"
        assert f"Digest: {digest_of(index)}" in estiba.ok("pull", name).text
        assert estiba.image_id(name) == digest_of(here.config)
        estiba.ok("pull", "--platform", "linux/s390x", name)
        assert estiba.image_id(name) == digest_of(there.config)
        assert "mips" in estiba.fails("pull", "--platform", "linux/mips", name).text


def test_a_push_to_a_registry_that_dies_fails_and_can_be_repeated(busybox, registry):
    registry.login(busybox)
    busybox.ok("tag", "busybox", registry.repository())
    registry.kill()
    busybox.fails("push", registry.repository(), timeout=120)
    registry.start()
    busybox.ok("push", registry.repository())
