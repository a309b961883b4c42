"""What the pages' API says of images, indexes and artifacts."""

import hashlib
import json

import pytest

from lib.registry import Registry
from lib.shelf import CONFIG, manifest_path
from lib.wire import OCI_MANIFEST, Wire, digest_of

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
EMPTY = "application/vnd.oci.empty.v1+json"


def test_an_image_tells_its_layers_with_the_instructions_that_made_them(shelf):
    digest = shelf.push("ana/app", "v1", annotations={"org.example": "yes"})
    shelf.wire.put_manifest("ana/app", "latest",
                            shelf.wire.get(f"/v2/ana/app/manifests/{digest}").body)
    image = shelf.image("ana/app", "v1")
    assert (image["digest"], image["kind"], image["artifact_type"]) == (digest, "image", "")
    assert image["tags"] == ["latest", "v1"]
    assert image["annotations"] == {"org.example": "yes"}
    assert [(layer["digest"], layer["size_bytes"], layer["instruction"], layer["created_at"])
            for layer in image["layers"]] == [
        (digest_of(b"one"), 3, "ADD rootfs.tar / # buildkit", "2024-04-01T10:00:00Z"),
        (digest_of(b"two"), 3, "RUN make install", "2024-05-01T10:00:00Z"),
    ]
    assert [(entry["instruction"], entry["layer"], entry["comment"])
            for entry in image["history"]] == [
        ("ADD rootfs.tar / # buildkit", 0, ""), ("ENV MODE=a=b", None, "nothing"),
        ("RUN make install", 1, ""), ("CMD [\"serve\"]", None, ""),
    ]
    config = image["config"]
    assert config["platform"] == {"os": "linux", "architecture": "arm64", "variant": "v8"}
    assert (config["user"], config["working_directory"], config["stop_signal"]) == (
        "app", "/srv", "SIGINT")
    assert (config["entrypoint"], config["command"]) == (["/bin/app"], ["serve"])
    assert config["environment"] == ["PATH=/bin", "MODE=a=b"]
    assert config["labels"] == {"note": "<script>alert(1)</script>"}
    assert (config["exposed_ports"], config["volumes"]) == (["80/tcp"], ["/data"])
    assert image["size_bytes"] == 6 + len(json.dumps(CONFIG))
    address = shelf.registry.address
    assert image["pull"] == [f"docker pull {address}/ana/app:v1",
                             f"docker pull {address}/ana/app@{digest}"]
    assert shelf.image("ana/app", digest)["pull"] == [f"docker pull {address}/ana/app@{digest}"]


def test_dockers_schema_2_is_an_image_too(shelf):
    config = json.dumps(CONFIG).encode()
    digest = shelf.wire.put_manifest("ana/docker", "v1", {
        "schemaVersion": 2, "mediaType": DOCKER_MANIFEST,
        "config": {"mediaType": DOCKER_CONFIG, **shelf.wire.push_blob("ana/docker", config)},
        "layers": [{"mediaType": DOCKER_LAYER, **shelf.wire.push_blob("ana/docker", b"one")}],
    }, DOCKER_MANIFEST)
    image = shelf.image("ana/docker", "v1")
    assert (image["digest"], image["media_type"], image["kind"]) == (
        digest, DOCKER_MANIFEST, "image")
    # The history speaks of a second layer that is not there.
    assert [entry["layer"] for entry in image["history"]] == [0, None, None, None]


def test_an_index_lists_its_platforms(shelf):
    amd = shelf.push("ana/multi", "amd", {**CONFIG, "architecture": "amd64"}, layers=(b"amd",))
    arm = shelf.push("ana/multi", "arm", layers=(b"arm64",))
    index = {
        "schemaVersion": 2, "mediaType": OCI_INDEX, "annotations": {"who": "index"},
        "manifests": [
            {"mediaType": OCI_MANIFEST, "digest": digest, "size": 500,
             "platform": {"os": "linux", "architecture": name}, "annotations": {"n": name}}
            for name, digest in (("amd64", amd), ("arm64", arm))
        ],
    }
    shelf.wire.put_manifest("ana/multi", "latest", index, OCI_INDEX)
    image = shelf.image("ana/multi", "latest")
    assert (image["kind"], image["config"], image["layers"]) == ("index", None, [])
    assert [(entry["platform"]["architecture"], entry["digest"], entry["annotations"])
            for entry in image["manifests"]] == [
        ("amd64", amd, {"n": "amd64"}), ("arm64", arm, {"n": "arm64"})]
    each = [shelf.image("ana/multi", digest)["size_bytes"] for digest in (amd, arm)]
    assert [entry["size_bytes"] for entry in image["manifests"]] == each
    assert image["size_bytes"] == sum(each)


def test_artifacts_of_any_type_are_shown_and_listed_with_their_subject(shelf):
    subject = shelf.push("ana/signed", "v1")
    kinds = {}
    for kind in ("application/spdx+json", "application/vnd.example.signature"):
        kinds[kind] = shelf.wire.put_manifest("ana/signed", f"a{len(kinds)}", {
            "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": kind,
            "config": {"mediaType": EMPTY, **shelf.wire.push_blob("ana/signed", b"{}")},
            "layers": [{"mediaType": kind, **shelf.wire.push_blob("ana/signed", kind.encode())}],
            "subject": {"mediaType": OCI_MANIFEST, "digest": subject, "size": 3},
            "annotations": {"kind": kind},
        })
    for kind, digest in kinds.items():
        image = shelf.image("ana/signed", digest)
        assert (image["kind"], image["artifact_type"], image["subject"]) == (
            "artifact", kind, subject)
        assert (image["config"], image["layers"][0]["media_type"]) == (None, kind)
    for reference in ("v1", subject):
        items = shelf.referrers("ana/signed", reference)["items"]
        assert {item["artifact_type"]: item["digest"] for item in items} == kinds
        assert all(item["annotations"] == {"kind": item["artifact_type"]} for item in items)
    only = shelf.referrers("ana/signed", "v1", artifact_type="application/spdx+json")["items"]
    assert [item["digest"] for item in only] == [kinds["application/spdx+json"]]
    first = shelf.referrers("ana/signed", "v1", limit=1)
    second = shelf.referrers("ana/signed", "v1", limit=1, cursor=first["next"])
    assert {item["digest"] for item in first["items"] + second["items"]} == set(kinds.values())
    assert second["next"] is None


def test_referrers_are_also_found_where_old_clients_keep_them(shelf):
    subject = shelf.push("ana/old", "v1")
    sbom = shelf.push("ana/old", "sbom", artifactType="application/spdx+json", layers=(b"sbom",))
    shelf.wire.put_manifest("ana/old", subject.replace(":", "-"), {
        "schemaVersion": 2, "mediaType": OCI_INDEX,
        "manifests": [{"mediaType": OCI_MANIFEST, "digest": sbom, "size": 1}],
    }, OCI_INDEX)
    items = shelf.referrers("ana/old", "v1")["items"]
    assert [(item["digest"], item["artifact_type"]) for item in items] == [
        (sbom, "application/spdx+json")]


HOSTILE_CONFIGS = {
    "no JSON": b"\x00\xff{",
    "a list": b"[]",
    "wrong types": json.dumps({**CONFIG, "config": {"Env": 5}}).encode(),
    "too deep": b'{"config":' * 5000 + b"{}" + b"}" * 5000,
    "too large": json.dumps({**CONFIG, "author": "x" * (9 << 20)}).encode(),
}


@pytest.mark.parametrize("config", HOSTILE_CONFIGS.values(), ids=HOSTILE_CONFIGS)
def test_a_config_that_cannot_be_read_leaves_the_layers_to_see(shelf, config):
    name = "ana/hostile" + hashlib.sha256(config).hexdigest()[:8]
    shelf.wire.put_manifest(name, "v1", {
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   **shelf.wire.push_blob(name, config)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar",
                    **shelf.wire.push_blob(name, b"one")}],
    })
    image = shelf.image(name, "v1")
    assert (image["config"], image["history"]) == (None, [])
    assert [layer["digest"] for layer in image["layers"]] == [digest_of(b"one")]


def test_what_is_not_there_and_what_is_not_ones_own_are_the_same_nothing(shelf):
    digest = shelf.push("ana/secret", "v1")
    bobs = Wire(shelf.registry.address, "bob", Registry.PASSWORD)
    bobs.push_image("bob/own", "v1")
    answers = set()
    for who in (shelf.bob, shelf.nobody):
        for repository, reference in (("ana/secret", "v1"), ("ana/secret", digest),
                                      ("ana/none", "v1"), ("ana/secret", "no tag!")):
            for tail in ("", "/referrers"):
                reply = who.get(manifest_path(repository, reference) + tail)
                answers.add((reply.status, reply.body))
    # Another repository is no way to it either.
    for tail in ("", "/referrers"):
        for reference in (digest, "v2", "sha256:zz"):
            reply = shelf.bob.get(manifest_path("bob/own", reference) + tail)
            answers.add((reply.status, reply.body))
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def test_an_unchanged_image_need_not_be_sent_again(shelf):
    shelf.push("ana/etag", "v1")
    path = manifest_path("ana/etag", "v1")
    tag = shelf.ana.get(path).header("ETag")
    again = shelf.ana.send("GET", path, headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
