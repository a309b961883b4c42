"""What helm, oras, cosign, crane and BuildKit ask of a registry, request by request.

Debian has none of them; the sequences are those that their libraries send: a question for each blob,
uploads begun with a mount where they know a place, bodies streamed or with a length, manifests by
digest and by tag, signatures by tag and by subject.
"""

import json

import pytest

from lib.exchange import Table, digest_of, with_query
from lib.oci_documents import encode
from lib.peers import run
from lib.registry import Registry
from lib.registry_api import api

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
OCTETS = {"Content-Type": "application/octet-stream"}
EMPTY = b"{}"


@pytest.fixture
def registry(estiba, tmp_path):
    registry = Registry(estiba, tmp_path / "registry")
    registry.add_user("alice")
    registry.start()
    yield registry
    assert registry.stop() == 0


@pytest.fixture
def client(registry, request):
    table = Table(api(registry), request.node.name.removeprefix("test_").replace("[", "-").strip("]"))
    table.repository = "alice/" + table.section.replace("_", "-")
    yield table
    table.close()
    failed = [f"{name}: found {found}" for name, found in table.checks.items() if found is not None]
    assert not failed and table.checks, "\n".join(failed)


def descriptor(media_type, content, **more):
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content), **more}


def push_blob(client, data, streamed=False):
    """HEAD, POST, then PUT with a length (oras, helm), or PATCH in chunks and PUT (crane, cosign)."""
    digest, name = digest_of(data), digest_of(data)[7:19]
    client(f"{name}: HEAD before", "HEAD", client.path(f"blobs/{digest}"), 404)
    location = client(f"{name}: POST", "POST", client.path("blobs/uploads/"), 202).location
    if streamed:
        location = client(f"{name}: PATCH", "PATCH", location, 202, body=data, headers=OCTETS,
                          chunked=True, want={"Range": f"0-{len(data) - 1}"}).location
        client(f"{name}: PUT", "PUT", with_query(location, digest=digest), 201)
    else:
        client(f"{name}: PUT", "PUT", with_query(location, digest=digest), 201, body=data,
               headers=OCTETS)
    client(f"{name}: HEAD after", "HEAD", client.path(f"blobs/{digest}"), 200,
           want={"Content-Length": str(len(data))})


def push_manifest(client, name, document, reference, media_type=MANIFEST):
    data = encode(document)
    client(f"{name}: HEAD before", "HEAD", client.path(f"manifests/{reference}"), 404)
    client(f"{name}: PUT", "PUT", client.path(f"manifests/{reference}"), 201, body=data,
           headers={"Content-Type": media_type}, want={"Docker-Content-Digest": digest_of(data)})
    client(f"{name}: GET", "GET", client.path(f"manifests/{reference}"), 200, answer_body=data,
           want={"Content-Type": media_type})
    return data


def push_artifact(client, config_type, config, layers, reference, streamed=False, **more):
    push_blob(client, config, streamed)
    for _, data in layers:
        push_blob(client, data, streamed)
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(config_type, config),
                "layers": [descriptor(kind, data) for kind, data in layers], **more}
    return push_manifest(client, reference[:12], document, reference)


def test_helm_keeps_charts(client):
    chart = b"\x1f\x8b chart"
    config = json.dumps({"name": "tea", "version": "1.0.0", "apiVersion": "v2"}).encode()
    manifest = push_artifact(
        client, "application/vnd.cncf.helm.config.v1+json", config,
        [("application/vnd.cncf.helm.chart.content.v1.tar+gzip", chart),
         ("application/vnd.cncf.helm.chart.provenance.v1.prov", b"signed")], "1.0.0_build.5",
        annotations={"org.opencontainers.image.title": "tea"})
    client("tags", "GET", client.path("tags/list"), 200,
           answer_json={"name": client.repository, "tags": ["1.0.0_build.5"]})
    client("chart", "GET", client.path(f"blobs/{digest_of(chart)}"), 200, answer_body=chart)
    client("by digest", "GET", client.path(f"manifests/{digest_of(manifest)}"), 200)


def test_oras_attaches_artifacts(client):
    empty = "application/vnd.oci.empty.v1+json"
    subject = push_artifact(client, empty, EMPTY, [("text/plain", b"hello")], "v1",
                            artifactType="application/vnd.example.doc")
    sbom = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/spdx+json",
            "config": descriptor(empty, EMPTY, data="e30="),
            "layers": [descriptor("application/spdx+json", b"sbom")],
            "subject": descriptor(MANIFEST, subject), "annotations": {"by": "oras"}}
    push_blob(client, b"sbom")
    data = encode(sbom)
    client("attach", "PUT", client.path(f"manifests/{digest_of(data)}"), 201, body=data,
           headers={"Content-Type": MANIFEST}, want={"OCI-Subject": digest_of(subject)})
    path = client.path(f"referrers/{digest_of(subject)}")
    client("discover", "GET", f"{path}?artifactType=application/spdx%2Bjson", 200,
           want={"OCI-Filters-Applied": "artifactType", "Content-Type": INDEX},
           answer_json=lambda found: found["manifests"] == [
               descriptor(MANIFEST, data, artifactType="application/spdx+json",
                          annotations={"by": "oras"})])
    client("discover nothing", "GET", f"{path}?artifactType=x/y", 200,
           answer_json=lambda found: found["manifests"] == [])


def test_cosign_signs_by_tag_and_by_subject(client):
    image = push_artifact(client, "application/vnd.oci.image.config.v1+json", b'{"os":"linux"}',
                          [("application/vnd.oci.image.layer.v1.tar+gzip", b"layer")], "v1", True)
    payload = b'{"critical":{}}'
    for suffix in ("sig", "att", "sbom"):
        tag = f"{digest_of(image).replace(':', '-')}.{suffix}"
        document = {"schemaVersion": 2, "mediaType": MANIFEST,
                    "config": descriptor("application/vnd.oci.image.config.v1+json", suffix.encode()),
                    "layers": [descriptor("application/vnd.dev.cosign.simplesigning.v1+json", payload,
                                          annotations={"dev.cosignproject.cosign/signature": "MEU="})]}
        push_blob(client, suffix.encode(), streamed=True)
        if suffix == "sig":
            push_blob(client, payload, streamed=True)
        push_manifest(client, suffix, document, tag)
    bundle = {"schemaVersion": 2, "mediaType": MANIFEST,
              "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
              "config": descriptor("application/vnd.oci.image.config.v1+json", b"sig"),
              "layers": [descriptor("application/vnd.dev.sigstore.bundle.v0.3+json", payload)],
              "subject": descriptor(MANIFEST, image)}
    data = encode(bundle)
    client("bundle", "PUT", client.path(f"manifests/{digest_of(data)}"), 201, body=data,
           headers={"Content-Type": MANIFEST}, want={"OCI-Subject": digest_of(image)})
    client("verify", "GET", client.path(f"referrers/{digest_of(image)}"), 200,
           answer_json=lambda found: [one["digest"] for one in found["manifests"]] ==
           [digest_of(data)])


def test_buildkit_keeps_its_cache(client):
    layer, config = b"cache layer", b'{"layers":[],"records":[]}'
    for blob in (layer, config):
        push_blob(client, blob)
    cache = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer,
                   annotations={"buildkit/createdat": "2026-01-01T00:00:00Z"}),
        descriptor("application/vnd.buildkit.cacheconfig.v0", config)]}
    push_manifest(client, "cache", cache, "buildcache", INDEX)
    again = {**cache, "annotations": {"n": "2"}}
    client("overwrite", "PUT", client.path("manifests/buildcache"), 201, body=encode(again),
           headers={"Content-Type": INDEX})
    client("layer", "GET", client.path(f"blobs/{digest_of(layer)}"), 200, answer_body=layer)


def test_crane_copies_within_the_registry(client):
    layer = b"copied layer"
    push_artifact(client, "application/vnd.oci.image.config.v1+json", b"{}",
                  [("application/vnd.oci.image.layer.v1.tar", layer)], "v1", True)
    copy = f"/v2/{client.repository}-copy"
    both = client.server.token_for(client.repository, f"{client.repository}-copy")
    client("ping", "GET", "/v2/", 200)
    client("mount", "POST",
           f"{copy}/blobs/uploads/?mount={digest_of(layer)}&from={client.repository}", 201, auth=both,
           want={"Docker-Content-Digest": digest_of(layer)})
    client("the copy", "GET", f"{copy}/blobs/{digest_of(layer)}", 200, auth=both, answer_body=layer)
    client("catalog", "GET", "/v2/_catalog?n=1000", 200,
           answer_json=lambda found: client.repository in found["repositories"])
    client("delete", "DELETE", client.path("manifests/v1"), 202)


def test_skopeo_copies_an_artifact(client, registry, tmp_path):
    push_artifact(client, "application/vnd.example.config", b"artifact",
                  [("application/vnd.example.data", b"anything")], "v1")
    login = ["--src-creds", f"alice:{registry.PASSWORD}", "--dest-creds", f"alice:{registry.PASSWORD}"]
    plain = ["--src-tls-verify=false", "--dest-tls-verify=false"]
    source = f"docker://{registry.address}/{client.repository}"
    run("skopeo", "copy", "--all", *login, *plain, f"{source}:v1", f"{source}-copy:v1")
    raw = run("skopeo", "inspect", "--raw", "--tls-verify=false", "--creds",
              f"alice:{registry.PASSWORD}", f"{source}-copy:v1")
    assert json.loads(raw)["layers"][0]["mediaType"] == "application/vnd.example.data"
