"""Manifests: of every kind, by tag and by digest, refused, deleted (specification 1.1)."""

import json
import re

from lib.exchange import MISSING, digest_of
from lib.oci_documents import (
    ARTIFACT, DOCKER_LIST, DOCKER_MANIFEST, INDEX, LAYER, MANIFEST, artifact,
    descriptor, docker_image, encode, image, index,
)

CONFIG_BYTES, LAYER_BYTES = b'{"architecture":"amd64","os":"linux"}', b"a layer"


def typed(media_type):
    return {"Content-Type": media_type}


def with_blobs(t, *more):
    for data in (CONFIG_BYTES, LAYER_BYTES, b"{}", *more):
        t.add_blob(data)


def check_pullable(t, row, data, media_type, *names):
    digest = digest_of(data)
    for number, name in enumerate(names):
        want = {"Content-Type": media_type, "Content-Length": str(len(data)),
                "Docker-Content-Digest": name if name.startswith("sha512:") else digest}
        t(f"{row}: GET {number}", "GET", t.path(f"manifests/{name}"), 200, answer_body=data,
          want=want)
        t(f"{row}: HEAD {number}", "HEAD", t.path(f"manifests/{name}"), 200, answer_body=b"",
          want=want)


def push_and_pull(t, row, document, media_type, tag):
    data = document if isinstance(document, bytes) else encode(document)
    digest = digest_of(data)
    t(f"{row}: PUT", "PUT", t.path(f"manifests/{tag}"), 201, body=data, headers=typed(media_type),
      want={"Docker-Content-Digest": digest, "Content-Length": "0",
            "Location": re.compile(rf".*/v2/{t.repository}/manifests/(.+)")})
    check_pullable(t, row, data, media_type, tag, digest)
    return data


def manifests_by_name(t):
    with_blobs(t)
    data = encode(image(CONFIG_BYTES, [LAYER_BYTES]))
    digest = digest_of(data)
    for method, body in (("GET", None), ("HEAD", b"")):
        for name in ("latest", digest):
            t(f"{method} of {name[:6]} before", method, t.path(f"manifests/{name}"), 404,
              answer_body=body)
    t("PUT by digest", "PUT", t.path(f"manifests/{digest}"), 201, body=data, headers=typed(MANIFEST),
      want={"Docker-Content-Digest": digest, "Location": re.compile(rf".*/manifests/{digest}"),
            "OCI-Subject": MISSING, "OCI-Tag": MISSING})
    t("the tag is still not there", "GET", t.path("manifests/latest"), 404, code="MANIFEST_UNKNOWN")
    t("PUT by tag", "PUT", t.path("manifests/latest"), 201, body=data, headers=typed(MANIFEST))
    check_pullable(t, "both", data, MANIFEST, "latest", digest)
    t("PUT by tag again", "PUT", t.path("manifests/latest"), 201, body=data, headers=typed(MANIFEST))
    longest = "T" * 128
    t("PUT by the longest tag", "PUT", t.path(f"manifests/{longest}"), 201, body=data,
      headers=typed(MANIFEST))
    check_pullable(t, "the longest tag", data, MANIFEST, longest)
    for name, tag in {"too long": "T" * 129, "that begins with a dot": ".tag", "with a plus": "a%2Bb",
                      "with a dash first": "-tag", "that climbs": "..", "with a space": "a%20b",
                      "with a slash": "a%2Fb", "with a NUL": "a%00b"}.items():
        t(f"PUT by a tag {name}", "PUT", t.path(f"manifests/{tag}"), {400, 404}, body=data,
          headers=typed(MANIFEST))
    wide = digest_of(data, "sha512")
    t("PUT by sha512", "PUT", t.path(f"manifests/{wide}"), 201, body=data, headers=typed(MANIFEST),
      want={"Docker-Content-Digest": wide})
    check_pullable(t, "sha512", data, MANIFEST, wide)
    t("PUT by another digest", "PUT", t.path(f"manifests/{digest_of(b'x')}"), 400, body=data,
      headers=typed(MANIFEST), code="DIGEST_INVALID")
    t("PUT by a digest that is none", "PUT", t.path("manifests/sha256:baddigest"), 400, body=data,
      headers=typed(MANIFEST), code="DIGEST_INVALID")
    t("GET by a digest that is none", "GET", t.path("manifests/sha256:baddigest"), {400, 404})
    other = data.replace(b"}", b" }", 1)
    t("PUT of another by the tag", "PUT", t.path("manifests/latest"), 201, body=other,
      headers=typed(MANIFEST))
    check_pullable(t, "the moved tag", other, MANIFEST, "latest")
    check_pullable(t, "the one before", data, MANIFEST, digest)
    t("GET from a repository that is not there", "GET", "/v2/alice/never-was/manifests/latest", 404,
      code={"NAME_UNKNOWN", "MANIFEST_UNKNOWN"}, auth=t.server.token_for("alice/never-was"))
    t("POST to a manifest", "POST", t.path("manifests/latest"), 405,
      want={"Allow": re.compile(".*PUT.*")})


def manifests_are_kept_exactly(t):
    with_blobs(t)
    strange = json.dumps(image(CONFIG_BYTES, [LAYER_BYTES], unknown={"ä": [1, None]}), indent=3)
    push_and_pull(t, "white space and unknown fields", strange.encode() + b"\n\n", MANIFEST, "a")
    plain = image(CONFIG_BYTES, [LAYER_BYTES])
    del plain["mediaType"]
    push_and_pull(t, "no media type inside", plain, MANIFEST, "b")
    data = encode(image(CONFIG_BYTES, [LAYER_BYTES], annotations={"n": "1"}))
    t("parameters of Content-Type: PUT", "PUT", t.path("manifests/c"), 201, body=data,
      headers=typed(MANIFEST + "; charset=utf-8"))
    check_pullable(t, "parameters of Content-Type", data, MANIFEST, "c")
    for name, accept in {
        "anything": "*/*", "another type": DOCKER_LIST, "nothing": "", "repeated": [INDEX, MANIFEST],
        "a list": f"{INDEX}, {MANIFEST};q=0.5, */*;q=0.1",
    }.items():
        t(f"Accept: {name}", "GET", t.path("manifests/c"), 200, headers={"Accept": accept},
          want={"Content-Type": MANIFEST}, answer_body=data)
    t("no compression", "GET", t.path("manifests/c"), 200, headers={"Accept-Encoding": "gzip"},
      want={"Content-Encoding": MISSING}, answer_body=data)
    etag = f'"{digest_of(data)}"'
    t("ETag", "GET", t.path("manifests/c"), 200, want={"ETag": etag})
    for method in ("GET", "HEAD"):
        t(f"{method} If-None-Match", method, t.path("manifests/c"), 304,
          headers={"If-None-Match": etag}, answer_body=b"")
    t("If-None-Match of another", "GET", t.path("manifests/c"), 200,
      headers={"If-None-Match": '"x"'})


def kinds_of_manifests(t):
    with_blobs(t)
    one = push_and_pull(t, "image", image(CONFIG_BYTES, [LAYER_BYTES]), MANIFEST, "image")
    push_and_pull(t, "image without layers", image(CONFIG_BYTES, []), MANIFEST, "no-layers")
    docker = push_and_pull(t, "docker schema 2", docker_image(CONFIG_BYTES, [LAYER_BYTES]),
                           DOCKER_MANIFEST, "docker")
    listed = index([(one, MANIFEST), (docker, DOCKER_MANIFEST)])
    nested = push_and_pull(t, "index", listed, INDEX, "index")
    push_and_pull(t, "index in an index", index([(nested, INDEX), (one, MANIFEST)]), INDEX, "nested")
    push_and_pull(t, "empty index", index([]), INDEX, "empty")
    push_and_pull(t, "manifest list", index([(docker, DOCKER_MANIFEST)], DOCKER_LIST), DOCKER_LIST,
                  "list")
    push_and_pull(t, "artifact", artifact("application/vnd.example+type"), MANIFEST, "artifact")
    typeless = image(b"{}", [LAYER_BYTES])
    typeless["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json"
    typeless["layers"][0]["mediaType"] = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
    push_and_pull(t, "artifact by its config", typeless, MANIFEST, "helm")
    cache = index([descriptor(LAYER_BYTES, LAYER),
                   descriptor(CONFIG_BYTES, "application/vnd.buildkit.cacheconfig.v0")])
    push_and_pull(t, "index of layers", cache, INDEX, "cache")
    embedded = image(CONFIG_BYTES, [LAYER_BYTES])
    embedded["config"]["data"] = "eyJhcmNoaXRlY3R1cmUiOiJhbWQ2NCIsIm9zIjoibGludXgifQ=="
    push_and_pull(t, "embedded data", embedded, MANIFEST, "data")
    foreign = image(CONFIG_BYTES, [LAYER_BYTES])
    foreign["layers"].append(descriptor(
        b"elsewhere", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        urls=["https://example.com/layer"]))
    push_and_pull(t, "a layer that is elsewhere", foreign, MANIFEST, "foreign")
    withdrawn = {"mediaType": ARTIFACT, "artifactType": "application/vnd.example",
                 "blobs": [descriptor(LAYER_BYTES, LAYER)]}
    t("a withdrawn kind", "PUT", t.path("manifests/withdrawn"), 201, body=encode(withdrawn),
      headers=typed(ARTIFACT), want={"Warning": re.compile(r'299 - "[^"\\]+"')})
    wide = image(CONFIG_BYTES, [LAYER_BYTES], "sha512")
    for data in (CONFIG_BYTES, LAYER_BYTES):
        t.add_blob(data, "sha512")
    push_and_pull(t, "blobs by sha512", wide, MANIFEST, "wide")
    large = image(CONFIG_BYTES, [LAYER_BYTES],
                  annotations={f"n{i}": "A" * 10000 for i in range(400)})
    push_and_pull(t, "nearly 4 MiB", large, MANIFEST, "large")
    repeated = image(CONFIG_BYTES, [LAYER_BYTES] * 3)
    push_and_pull(t, "one layer three times", repeated, MANIFEST, "repeated")


def refused_manifests(t):
    with_blobs(t)
    good = image(CONFIG_BYTES, [LAYER_BYTES])
    both = {**good, "manifests": []}
    schema_1 = {"schemaVersion": 1, "name": "x", "tag": "y", "fsLayers": [], "history": []}
    bad_digest, no_size = image(CONFIG_BYTES, []), image(CONFIG_BYTES, [])
    bad_digest["config"]["digest"] = "sha256:../../etc/passwd"
    del no_size["config"]["size"]
    bomb = b"[" * 100_000 + b"]" * 100_000
    for name, data, media_type in (
        ("no JSON", b"{", MANIFEST), ("nothing", b"", MANIFEST), ("a list", b"[]", MANIFEST),
        ("an empty object", b"{}", MANIFEST), ("not UTF-8", b'{"schemaVersion":2,"\xff":1}', MANIFEST),
        ("a manifest and an index at once", encode(both), MANIFEST),
        ("schema 1", encode(schema_1), "application/vnd.docker.distribution.manifest.v1+json"),
        ("another type than it says", encode(good), INDEX),
        ("a descriptor that climbs", encode(bad_digest), MANIFEST),
        ("a descriptor without a size", encode(no_size), MANIFEST),
        ("a bomb of brackets", bomb, MANIFEST),
        ("a bomb inside", b'{"schemaVersion":2,"annotations":' + bomb + b"}", MANIFEST),
        ("a key twice", encode(good)[:-1] + b',"schemaVersion":2}', MANIFEST),
    ):
        t(name, "PUT", t.path("manifests/bad"), {400, 415}, body=data, headers=typed(media_type),
          code={"MANIFEST_INVALID", "TAG_INVALID"})
    missing = image(CONFIG_BYTES, [LAYER_BYTES, b"absent one", b"absent two"])
    t("a layer that is not there", "PUT", t.path("manifests/bad"), {400, 404}, body=encode(missing),
      headers=typed(MANIFEST), code="MANIFEST_BLOB_UNKNOWN")
    t("a config that is not there", "PUT", t.path("manifests/bad"), {400, 404},
      body=encode(image(b"absent", [])), headers=typed(MANIFEST), code="MANIFEST_BLOB_UNKNOWN")
    t("an entry that is not there", "PUT", t.path("manifests/bad"), {400, 404},
      body=encode(index([(b"absent", MANIFEST)])), headers=typed(INDEX),
      code="MANIFEST_BLOB_UNKNOWN")
    huge = image(CONFIG_BYTES, [], annotations={"n": "A" * (5 << 20)})
    t("larger than 4 MiB", "PUT", t.path("manifests/bad"), 413, body=encode(huge),
      headers=typed(MANIFEST), code={"MANIFEST_INVALID", "SIZE_INVALID"})
    t("larger than 4 MiB, streamed", "PUT", t.path("manifests/bad"), 413, body=encode(huge),
      headers=typed(MANIFEST), chunked=True)
    t("nothing of it is there", "GET", t.path("manifests/bad"), 404)
    blob_elsewhere = t.add_blob(b"elsewhere", repository="alice/refused-other")
    t("a layer of another repository", "PUT", t.path("manifests/bad"), {400, 404},
      body=encode(image(CONFIG_BYTES, [b"elsewhere"])), headers=typed(MANIFEST),
      code="MANIFEST_BLOB_UNKNOWN")
    t("which stays there", "HEAD", f"/v2/alice/refused-other/blobs/{blob_elsewhere}", 200,
      auth=t.server.token_for("alice/refused-other"))


def tags_beside_a_digest(t):
    with_blobs(t)
    data = encode(image(CONFIG_BYTES, [LAYER_BYTES]))
    for algorithm in ("sha256", "sha512"):
        digest = digest_of(data, algorithm)
        tags = [f"{algorithm}-{i}" for i in range(10)]
        query = "&".join(f"tag={tag}" for tag in tags)
        t(f"{algorithm}: PUT", "PUT", t.path(f"manifests/{digest}?{query}"), 201, body=data,
          headers=typed(MANIFEST),
          want={"OCI-Tag": lambda text, tags=tags: text is not None and
                sorted(re.split(r",\s*", text)) == sorted(tags)})
        for tag in (tags[0], tags[9]):
            t(f"{algorithm}: GET {tag}", "GET", t.path(f"manifests/{tag}"), 200, answer_body=data,
              want={"Docker-Content-Digest": digest})
    t("a tag that cannot be", "PUT", t.path(f"manifests/{digest_of(data)}?tag=.x"), 400, body=data,
      headers=typed(MANIFEST), code="TAG_INVALID")


def references_that_cannot_be(t):
    with_blobs(t)
    data = encode(image(CONFIG_BYTES, [LAYER_BYTES]))
    for name, reference in (("a dot first", ".INVALID"), ("a dash first", "-x"),
                            ("129 characters", "x" * 129), ("a blank", "a%20b")):
        t(f"{name}: GET", "GET", t.path(f"manifests/{reference}"), 404, code="MANIFEST_UNKNOWN")
        t(f"{name}: HEAD", "HEAD", t.path(f"manifests/{reference}"), 404, answer_body=b"")
        t(f"{name}: DELETE", "DELETE", t.path(f"manifests/{reference}"), {404, 405})
        t(f"{name}: PUT", "PUT", t.path(f"manifests/{reference}"), {400, 404}, body=data,
          headers=typed(MANIFEST), code={"TAG_INVALID", "MANIFEST_INVALID"})


def conditional_pushes(t):
    with_blobs(t)
    first, second = (encode(image(CONFIG_BYTES, [LAYER_BYTES], annotations={"n": n})) for n in "12")
    def put(row, status, data, **conditions):
        headers = {**typed(MANIFEST),
                   **{name.replace("_", "-"): value for name, value in conditions.items()}}
        t(row, "PUT", t.path("manifests/latest"), status, body=data, headers=headers)
    put("If-Match before it is there", 412, first, If_Match='"x"')
    put("If-None-Match: * before it is there", 201, first, If_None_Match="*")
    put("If-None-Match: * when it is there", 412, second, If_None_Match="*")
    put("If-Match of another", 412, second, If_Match=f'"{digest_of(second)}"')
    t("nothing has changed", "GET", t.path("manifests/latest"), 200, answer_body=first)
    put("If-Match", 201, second, If_Match=f'"{digest_of(first)}"')
    t("it has changed", "GET", t.path("manifests/latest"), 200, answer_body=second)


def deletion_of_manifests(t):
    with_blobs(t)
    data = encode(image(CONFIG_BYTES, [LAYER_BYTES]))
    digest = digest_of(data)
    for tag in ("one", "two"):
        t.add_manifest(data, tag)
    t("a tag", "DELETE", t.path("manifests/one"), 202, answer_body=b"")
    t("the tag is gone", "GET", t.path("manifests/one"), 404, code="MANIFEST_UNKNOWN")
    t("the tag is gone from the list", "GET", t.path("tags/list"), 200,
      answer_json={"name": t.repository, "tags": ["two"]})
    check_pullable(t, "the others stay", data, MANIFEST, "two", digest)
    t("the tag again", "DELETE", t.path("manifests/one"), 404, code="MANIFEST_UNKNOWN")
    t("the manifest", "DELETE", t.path(f"manifests/{digest}"), 202)
    for name in ("two", digest):
        t(f"{name[:6]} is gone", "HEAD", t.path(f"manifests/{name}"), 404)
    t("the list is empty", "GET", t.path("tags/list"), 200,
      answer_json={"name": t.repository, "tags": []})
    t("the manifest again", "DELETE", t.path(f"manifests/{digest}"), 404, code="MANIFEST_UNKNOWN")
    t("its blobs stay", "HEAD", t.path(f"blobs/{digest_of(LAYER_BYTES)}"), 200)
    t("it can be pushed again", "PUT", t.path("manifests/two"), 201, body=data,
      headers=typed(MANIFEST))
    t("a blob that it needs", "DELETE", t.path(f"blobs/{digest_of(LAYER_BYTES)}"), 202)
    t("a repository that is not there", "DELETE", f"/v2/alice/never-was/manifests/{digest}", 404,
      auth=t.server.token_for("alice/never-was"))


def indexes_within_indexes(t):
    """Nothing follows them down: a deep one costs what a flat one does."""
    data = encode(index([]))
    for depth in range(12):
        t.add_manifest(data, media_type=INDEX)
        data = encode(index([(data, INDEX)] * 50, annotations={"depth": str(depth)}))
    push_and_pull(t, "twelve deep, fifty wide", data, INDEX, "deep")
    t("its deletion", "DELETE", t.path(f"manifests/{digest_of(data)}"), 202)


SECTIONS = [
    indexes_within_indexes, manifests_by_name, manifests_are_kept_exactly, kinds_of_manifests, refused_manifests,
    tags_beside_a_digest, references_that_cannot_be, conditional_pushes, deletion_of_manifests,
]
