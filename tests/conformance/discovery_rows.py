"""Lists: tags, the catalog, referrers; and what belongs to HTTP itself (specification 1.1)."""

import re

from lib.exchange import MISSING, digest_of
from lib.oci_documents import INDEX, MANIFEST, artifact, descriptor, encode, image, index

CONFIG_BYTES, LAYER_BYTES = b'{"os":"linux"}', b"a layer"
NEXT_LINK = re.compile(r'<([^>]+)>; rel="?next"?')


def next_page(answer):
    link = NEXT_LINK.fullmatch(answer.header("Link") or "")
    return re.sub(r"^https?://[^/]+", "", link[1]) if link else "/missing"


def base_and_names(t):
    for method in ("GET", "HEAD"):
        t(f"{method} /v2/", method, "/v2/", 200,
          want={"Docker-Distribution-API-Version": "registry/2.0"})
    t("GET /v2", "GET", "/v2", {200, 301, 308})
    t("an endpoint that is none", "GET", "/v2/alice/demo/nothing/here", 404,
      want={"Docker-Distribution-API-Version": {"registry/2.0", None}})
    t("DELETE of /v2/", "DELETE", "/v2/", 405, want={"Allow": re.compile(".*GET.*")})
    for name, repository in {
        "capital letters": "Alice/demo", "a dot first": ".alice/demo", "a dash last": "alice/demo-",
        "two dots": "alice/a..b", "three underscores": "alice/a___b", "an empty part": "alice//demo",
        "that climbs": "alice/../../etc", "that climbs encoded": "alice/%2e%2e/%2e%2e/etc",
        "a NUL": "alice/a%00b", "a space": "alice/a%20b", "a backslash": "alice/a%5cb",
        "too long": "alice/" + "a" * 300,
    }.items():
        t(f"a name with {name}", "GET", f"/v2/{repository}/tags/list", {400, 404})
    for repository in ("alice/a-b", "alice/a--b", "alice/a.b", "alice/a_b", "alice/a__b",
                       "alice/0/1/2/3/4"):
        t(f"the name {repository}", "POST", f"/v2/{repository}/blobs/uploads/", 202,
          auth=t.server.token_for(repository))


def lists_of_tags(t):
    for data in (CONFIG_BYTES, LAYER_BYTES):
        t.add_blob(data)
    place = t.path("tags/list")
    t("before any", "GET", place, 200, answer_json={"name": t.repository, "tags": []})
    data = encode(image(CONFIG_BYTES, [LAYER_BYTES]))
    tags = ["10", "9", "A", "B", "_", "a", "b", "v1.0", "v1.0-rc"]
    for tag in reversed(tags):
        t.add_manifest(data, tag)
    tags.sort()
    t("all, in order", "GET", place, 200, answer_json={"name": t.repository, "tags": tags},
      want={"Content-Type": re.compile("application/json.*"), "Link": MISSING})
    t("HEAD", "HEAD", place, 200, answer_body=b"")
    found, path = [], place + "?n=4"
    for number in range(3):
        answer = t(f"page {number}", "GET", path, 200,
                   want={"Link": NEXT_LINK if number < 2 else MISSING})
        found += (answer.json or {}).get("tags") or []
        path = next_page(answer)
    t.check("the pages together", "tags", tags, found)
    t("exactly as many as there are", "GET", f"{place}?n={len(tags)}", 200,
      answer_json={"name": t.repository, "tags": tags}, want={"Link": MISSING})
    t("n=0", "GET", place + "?n=0", 200, answer_json={"name": t.repository, "tags": []},
      want={"Link": MISSING})
    t("last", "GET", place + "?last=B", 200,
      answer_json={"name": t.repository, "tags": tags[tags.index("B") + 1:]})
    t("last that is not there", "GET", place + "?last=B0", 200,
      answer_json={"name": t.repository, "tags": tags[tags.index("B") + 1:]})
    t("n and last", "GET", place + "?n=2&last=a", 200, answer_json={
        "name": t.repository, "tags": tags[tags.index("a") + 1:][:2]})
    t("after the last", "GET", place + "?last=zzz", 200,
      answer_json={"name": t.repository, "tags": []})
    for number in ("-1", "x", "1.5", "99999999999999999999999"):
        t(f"n={number}", "GET", f"{place}?n={number}", 400,
          code={"PAGINATION_NUMBER_INVALID", "UNSUPPORTED"})
    t("a repository that is not there", "GET", "/v2/alice/never-was/tags/list", 404,
      code="NAME_UNKNOWN", auth=t.server.token_for("alice/never-was"))
    t("DELETE of the list", "DELETE", place, 405)


def catalog(t):
    for name in ("one", "two", "three"):
        t.add_blob(b"x", repository=f"alice/catalog/{name}")
    answer = t("all", "GET", "/v2/_catalog?n=1000", 200,
               want={"Content-Type": re.compile("application/json.*")})
    names = [name for name in (answer.json or {}).get("repositories") or []
             if name.startswith("alice/catalog/")]
    t.check("all", "names in order", ["alice/catalog/one", "alice/catalog/three",
                                      "alice/catalog/two"], names)
    answer = t("a page", "GET", "/v2/_catalog?n=1&last=alice/catalog/one", 200,
               want={"Link": NEXT_LINK}, answer_json={"repositories": ["alice/catalog/three"]})
    t("the next page", "GET", next_page(answer), 200,
      answer_json={"repositories": ["alice/catalog/two"]})
    t("n that is no number", "GET", "/v2/_catalog?n=x", 400, code="PAGINATION_NUMBER_INVALID")


def listed(answer):
    return (answer.json or {}).get("manifests") or []


def referrers(t):
    for data in (CONFIG_BYTES, LAYER_BYTES, b"{}"):
        t.add_blob(data)
    subject = encode(image(CONFIG_BYTES, [LAYER_BYTES]))
    subject_digest = digest_of(subject)
    place = t.path(f"referrers/{subject_digest}")
    empty = {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
    t("of what is not there", "GET", place, 200, answer_json=empty, want={"Content-Type": INDEX})
    t("in a repository that is not there", "GET",
      f"/v2/alice/never-was/referrers/{subject_digest}", 200, answer_json=empty,
      auth=t.server.token_for("alice/never-was"))
    t("of a digest that is none", "GET", t.path("referrers/sha256:xyz"), 400, code="DIGEST_INVALID")
    t("of a tag", "GET", t.path("referrers/latest"), 400)
    about = {"subject": descriptor(subject, MANIFEST)}
    signature = encode(artifact("application/vnd.example.signature", **about,
                                annotations={"org.example.n": "1"}))
    bill = encode(artifact("application/vnd.example.sbom", **about))
    plain = encode(image(CONFIG_BYTES, [], **about))
    listing = encode(index([], **about, annotations={"org.example.n": "2"}))
    for name, data, media_type in (("signature", signature, MANIFEST), ("bill", bill, MANIFEST),
                                   ("image", plain, MANIFEST), ("index", listing, INDEX)):
        t(f"PUT {name} before its subject", "PUT", t.path(f"manifests/{digest_of(data)}"), 201,
          body=data, headers={"Content-Type": media_type}, want={"OCI-Subject": subject_digest})
    answer = t("all, before the subject", "GET", place, 200, want={
        "Content-Type": INDEX, "OCI-Filters-Applied": MISSING})
    entries = {entry.get("digest"): entry for entry in listed(answer)}
    t.check("all, before the subject", "digests",
            sorted(digest_of(data) for data in (signature, bill, plain, listing)), sorted(entries))
    for name, data, media_type, artifact_type, annotations in (
        ("signature", signature, MANIFEST, "application/vnd.example.signature",
         {"org.example.n": "1"}),
        ("bill", bill, MANIFEST, "application/vnd.example.sbom", None),
        ("image", plain, MANIFEST, "application/vnd.oci.image.config.v1+json", None),
        ("index", listing, INDEX, None, {"org.example.n": "2"}),
    ):
        entry = entries.get(digest_of(data), {})
        for what, expected in (("mediaType", media_type), ("size", len(data)),
                               ("artifactType", artifact_type), ("annotations", annotations)):
            t.check(f"the entry of the {name}", what, expected, entry.get(what))
    answer = t("filtered", "GET", place + "?artifactType=application/vnd.example.sbom", 200,
               want={"OCI-Filters-Applied": "artifactType", "Content-Type": INDEX})
    t.check("filtered", "digests", [digest_of(bill)], [e.get("digest") for e in listed(answer)])
    t("filtered by what none is", "GET", place + "?artifactType=application/none", 200,
      answer_json=empty, want={"OCI-Filters-Applied": "artifactType"})
    t("PUT of the subject", "PUT", t.path("manifests/latest"), 201, body=subject,
      headers={"Content-Type": MANIFEST}, want={"OCI-Subject": MISSING})
    t("DELETE of one", "DELETE", t.path(f"manifests/{digest_of(bill)}"), 202)
    answer = t("after the deletion", "GET", place, 200)
    t.check("after the deletion", "digests",
            sorted(digest_of(data) for data in (signature, plain, listing)),
            sorted(entry.get("digest") for entry in listed(answer)))
    t("HEAD", "HEAD", place, 200, answer_body=b"", want={"Content-Type": INDEX})
    t("DELETE of the list", "DELETE", place, 405)


def referrers_by_tag(t):
    """Clients that know no referrers endpoint keep an index under a tag: it is part of the list."""
    for data in (CONFIG_BYTES, b"{}"):
        t.add_blob(data)
    subject = encode(image(CONFIG_BYTES, []))
    old = encode(artifact("application/vnd.example.old", annotations={"old": "yes"}))
    for data in (subject, old):
        t.add_manifest(data)
    tag = digest_of(subject).replace(":", "-")
    kept = index([descriptor(old, MANIFEST, artifactType="application/vnd.example.old")])
    t("PUT of the list", "PUT", t.path(f"manifests/{tag}"), 201, body=encode(kept),
      headers={"Content-Type": INDEX})
    new = encode(artifact("application/vnd.example.new", subject=descriptor(subject, MANIFEST)))
    t.add_manifest(new)
    place = t.path(f"referrers/{digest_of(subject)}")
    answer = t("both kinds", "GET", place, 200)
    t.check("both kinds", "digests", sorted([digest_of(old), digest_of(new)]),
            sorted(entry.get("digest") for entry in listed(answer)))
    entry = next((e for e in listed(answer) if e.get("digest") == digest_of(old)), {})
    t.check("the imported one", "artifactType", "application/vnd.example.old",
            entry.get("artifactType"))
    t.check("the imported one", "annotations", {"old": "yes"}, entry.get("annotations"))
    answer = t("filtered", "GET", place + "?artifactType=application/vnd.example.old", 200)
    t.check("filtered", "digests", [digest_of(old)], [e.get("digest") for e in listed(answer)])
    t.add_manifest(index([descriptor(old, MANIFEST), descriptor(new, MANIFEST)]), tag)
    answer = t("listed twice", "GET", place, 200)
    t.check("listed twice", "appears once", 2, len(listed(answer)))


def many_referrers(t):
    t.add_blob(b"{}")
    subject = descriptor(b"somewhere", MANIFEST)
    wanted = [t.add_manifest(artifact("application/vnd.example", subject=subject,
                                      annotations={"n": str(i)})) for i in range(230)]
    found, path = [], t.path(f"referrers/{subject['digest']}?artifactType=application/vnd.example")
    for number in range(2):
        answer = t(f"page {number}", "GET", path, 200, want={
            "OCI-Filters-Applied": "artifactType", "Link": NEXT_LINK if number == 0 else MISSING})
        found += [entry.get("digest") for entry in listed(answer)]
        path = next_page(answer)
    t.check("the pages together", "digests", sorted(wanted), sorted(found))


def http_itself(t):
    t("a header of 100 KiB", "GET", "/v2/", 431, headers={"X-Large": "a" * 100_000})
    t("200 header fields", "GET", "/v2/", 431, headers={f"X-{i}": "a" for i in range(200)})
    t("a path of 40 KiB", "GET", "/v2/" + "a" * 40_000, {404, 414})
    t("a malformed escape", "GET", "/v2/%zz/tags/list", 400)
    t("a malformed escape in the query", "GET", t.path("tags/list?n=%zz"), 400)
    t("an unknown method", "BREW", "/v2/", {405, 501})
    t("Expect: 100-continue", "POST", t.path(f"blobs/uploads/?digest={digest_of(b'waited')}"), 201,
      body=b"waited", headers={"Expect": "100-continue"})
    t("an unknown expectation", "GET", "/v2/", 417, headers={"Expect": "the-unexpected"})
    t("two lengths", "POST", t.path("blobs/uploads/"), 400, headers={"Content-Length": ["0", "1"]})
    t("an unknown coding", "POST", t.path("blobs/uploads/"), {400, 501},
      headers={"Transfer-Encoding": "gzip"})
    t("it still answers", "GET", "/v2/", 200)


SECTIONS = [
    base_and_names, lists_of_tags, catalog, referrers, referrers_by_tag, many_referrers, http_itself,
]
