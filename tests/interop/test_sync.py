"""`estiba admin sync`, and [[sync]] of a server: tags and all that belongs to them, between registries."""

import json
import re

import pytest

from lib.configured import ConfiguredRegistry, eventually
from lib.registry import Registry
from lib.wire import OCI_MANIFEST, Wire, digest_of

INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = b"{}"


@pytest.fixture
def ours(estiba, tmp_path):
    registry = Registry(estiba, tmp_path / "registry")
    registry.add_user("alice")
    registry.start()
    registry.login(estiba)
    yield registry
    assert registry.stop() == 0


def alice(registry):
    return Wire(registry.address, "alice", registry.PASSWORD)


class Pusher(Wire):
    """Pushes in two requests, which docker-registry needs."""

    def push_blob(self, repository, data):
        started = self("POST", f"/v2/{repository}/blobs/uploads/")
        location = re.sub(r"^https?://[^/]+", "", started.headers["location"])
        sign = "&" if "?" in location else "?"
        done = self("PUT", f"{location}{sign}digest={digest_of(data)}", data,
                    {"Content-Type": "application/octet-stream"})
        assert done.status == 201, done.body
        return {"digest": digest_of(data), "size": len(data)}


def entry(wire, repository, digest, media_type=OCI_MANIFEST):
    size = len(wire.get(f"/v2/{repository}/manifests/{digest}", headers={"Accept": media_type}).body)
    return {"mediaType": media_type, "digest": digest, "size": size}


def push_everything(wire, repository):
    """An index of two platforms; a signature of one of them; cosign's tag of the index."""
    images = [wire.push_image(repository, f"part{n}", layers=(b"common", b"layer %d" % n))
              for n in range(2)]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        entry(wire, repository, digest) | {"platform": {"os": "linux", "architecture": arch}}
        for digest, arch in zip(images, ("amd64", "arm64"))]}
    multi = wire.put_manifest(repository, "multi", index, INDEX)
    config = {"mediaType": "application/vnd.oci.empty.v1+json", **wire.push_blob(repository, EMPTY)}
    layer = {"mediaType": "application/vnd.example.sig", **wire.push_blob(repository, b"signed")}
    signature = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [layer],
                 "artifactType": "application/vnd.example.sig"}
    signed = signature | {"subject": entry(wire, repository, images[0])}
    referrer = wire.put_manifest(repository, digest_of(json.dumps(signed).encode()), signed)
    cosign = multi.replace(":", "-") + ".sig"
    wire.put_manifest(repository, cosign, signature)
    return multi, images, referrer, cosign


def digest_at(wire, repository, reference):
    answer = wire("HEAD", f"/v2/{repository}/manifests/{reference}",
                  headers={"Accept": f"{OCI_MANIFEST}, {INDEX}"})
    return answer.headers.get("docker-content-digest") if answer.status == 200 else None


def test_a_tag_brings_platforms_signatures_and_nothing_else(ours, estiba):
    wire = alice(ours)
    multi, images, referrer, cosign = push_everything(wire, "alice/from")
    wire.push_image("alice/from", "other")
    source, target = ours.repository("alice/from"), ours.repository("alice/to")

    planned = estiba.ok("admin", "sync", source, target, "--tags", "mul*", "--dry-run").out
    assert f"multi: would be copied: {multi}" in planned and digest_at(wire, "alice/to", "multi") is None

    done = estiba.ok("admin", "sync", source, target, "--tags", "mul*").out
    # In one registry nothing travels.
    assert re.search(r"Copied 2 tags, 5 manifests, 0 blobs \(0 ?B\), \d+ mounted", done), done
    tags = wire.get("/v2/alice/to/tags/list").json()["tags"]
    assert tags == sorted(["multi", cosign])
    assert digest_at(wire, "alice/to", "multi") == multi
    assert [digest_at(wire, "alice/to", image) for image in images] == images
    found = wire.get(f"/v2/alice/to/referrers/{images[0]}").json()["manifests"]
    assert [one["digest"] for one in found] == [referrer]
    for layer in (b"common", b"layer 0", b"layer 1", b"signed"):
        assert wire.get(f"/v2/alice/to/blobs/{digest_of(layer)}").body == layer

    again = estiba.ok("admin", "sync", f"{source}:multi", target).out
    assert "Copied 0 tags, 0 manifests, 0 blobs" in again


def test_tags_move_and_go_with_the_source(theirs, ours, estiba):
    there, here = Pusher(theirs.address), alice(ours)
    first = there.push_image("team/app", "latest", layers=(b"one",))
    there.push_image("team/app", "old", layers=(b"two",))
    source, target = f"{theirs.address}/team/app", ours.repository("alice/app")
    estiba.ok("admin", "sync", source, target)
    assert digest_at(here, "alice/app", "latest") == first
    assert here.get(f"/v2/alice/app/blobs/{digest_of(b'one')}").body == b"one"

    second = there.push_image("team/app", "latest", layers=(b"three",))
    here.push_image("alice/app", "mine")
    estiba.ok("admin", "sync", source, target, "--tags", "l*")
    assert digest_at(here, "alice/app", "latest") == second
    assert here.get("/v2/alice/app/tags/list").json()["tags"] == ["latest", "mine", "old"]
    out = estiba.ok("admin", "sync", source, target, "--delete").out
    assert "mine: deleted" in out
    assert here.get("/v2/alice/app/tags/list").json()["tags"] == ["latest", "old"]
    # And out of ours into theirs, which has no referrers.
    estiba.ok("admin", "sync", target, f"{theirs.address}/team/back")
    assert digest_at(there, "team/back", "latest") == second


def test_a_tag_that_fails_keeps_no_other_from_coming(theirs, ours, estiba):
    there, here = Pusher(theirs.address), alice(ours)
    there.push_image("team/bad", "broken", layers=(b"soon gone",))
    there.push_image("team/bad", "whole", layers=(b"stays",))
    gone = digest_of(b"soon gone").split(":")[1]
    data = theirs.folder / f"data/docker/registry/v2/blobs/sha256/{gone[:2]}/{gone}/data"
    data.write_bytes(b"SOON GONE")
    failed = estiba.fails("admin", "sync", f"{theirs.address}/team/bad", ours.repository("alice/bad"))
    assert failed.code == 1 and "broken: failed: " in failed.out and "whole: copied: " in failed.out
    assert here.get("/v2/alice/bad/tags/list").json()["tags"] == ["whole"]
    assert here("HEAD", f"/v2/alice/bad/blobs/sha256:{gone}").status == 404


def test_a_server_syncs_by_itself_and_tells_how_it_goes(theirs, estiba, tmp_path):
    there = Pusher(theirs.address)
    first = there.push_image("team/app", "v1", layers=(b"one",))
    there.push_image("team/app", "nightly")
    registry = ConfiguredRegistry(estiba, tmp_path / "registry", f"""
allowed-networks = ["127.0.0.1"]
[[sync]]
name = "app"
source = "http://{theirs.address}/team/app"
repository = "alice/mirror"
tags = ["v*"]
owner = "alice"
public = true
delete = true
interval = "1s"
[[sync]]
name = "nowhere"
source = "http://127.0.0.1:1/team/app"
repository = "alice/nowhere"
""")
    registry.add_user("alice")
    registry.start()
    try:
        nobody = registry.nobody()
        eventually(lambda: digest_at(nobody, "alice/mirror", "v1") == first, 30)
        assert nobody.get("/v2/alice/mirror/tags/list").json()["tags"] == ["v1"]
        second = there.push_image("team/app", "v2", layers=(b"two",))
        eventually(lambda: digest_at(nobody, "alice/mirror", "v2") == second, 30)
        assert nobody.get(f"/v2/alice/mirror/blobs/{digest_of(b'two')}").body == b"two"
        history = registry.wire().get("/api/v1/repositories/alice%2Fmirror/tags/v2").json()
        assert history["pushed_by"] == "sync"
        estiba.ok("admin", "user", "add", "root", "--admin", "--password-stdin", "--data",
                  registry.data, stdin="correct horse\n")
        page = registry.wire("root").get("/metrics").body.decode()
        assert 'estiba_sync_copied_tags{sync="app"} 2' in page
        assert re.search(r'estiba_sync_last_success_timestamp_seconds\{sync="app"\} [1-9]', page)
        eventually(lambda: re.search(
            r'estiba_sync_failures\{sync="nowhere"\} [1-9]',
            registry.wire("root").get("/metrics").body.decode()), 30)
    finally:
        assert registry.stop() == 0
