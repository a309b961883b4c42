"""Blobs: pushing in every way, resuming, mounting, reading (distribution specification 1.1)."""

import re

from lib.exchange import MISSING, digest_of, with_query

OCTETS = {"Content-Type": "application/octet-stream"}
UUID_LIKE = re.compile(r".+")
JSON_TYPE = re.compile(r"application/json.*")


def chunk_headers(first, data):
    return {**OCTETS, "Content-Range": f"{first}-{first + len(data) - 1}"}


def check_readable(t, row, data, digest):
    t(f"{row}: HEAD", "HEAD", t.path(f"blobs/{digest}"), 200, answer_body=b"",
      want={"Content-Length": str(len(data)), "Docker-Content-Digest": digest})
    t(f"{row}: GET", "GET", t.path(f"blobs/{digest}"), 200, answer_body=data,
      want={"Content-Length": str(len(data)), "Docker-Content-Digest": digest})


def upload_in_two_requests(t):
    for algorithm in ("sha256", "sha512"):
        data = f"monolithic {algorithm}".encode()
        digest = digest_of(data, algorithm)
        t(f"{algorithm}: HEAD before", "HEAD", t.path(f"blobs/{digest}"), 404, answer_body=b"")
        started = t(f"{algorithm}: POST", "POST", t.path("blobs/uploads/"), 202,
                    want={"Location": re.compile(r".*/blobs/uploads/.+"),
                          "Docker-Upload-UUID": UUID_LIKE, "Range": "0-0", "Content-Length": "0"})
        t(f"{algorithm}: PUT", "PUT", with_query(started.location, digest=digest), 201, body=data,
          headers=OCTETS, want={"Location": re.compile(rf".*/v2/{t.repository}/blobs/{digest}"),
                                "Docker-Content-Digest": digest, "Content-Length": "0"})
        check_readable(t, algorithm, data, digest)
        t(f"{algorithm}: the session is over", "GET", started.location, 404,
          code="BLOB_UPLOAD_UNKNOWN")
    t("POST without the last slash", "POST", t.path("blobs/uploads"), {202, 301, 307, 308})


def upload_in_one_request(t):
    for algorithm in ("sha256", "sha512"):
        data = f"single {algorithm}".encode()
        digest = digest_of(data, algorithm)
        t(f"{algorithm}: POST", "POST", t.path(f"blobs/uploads/?digest={digest}"), 201, body=data,
          headers=OCTETS, want={"Location": re.compile(rf".*/v2/{t.repository}/blobs/{digest}"),
                                "Docker-Content-Digest": digest})
        check_readable(t, algorithm, data, digest)
    t("streamed", "POST", t.path(f"blobs/uploads/?digest={digest_of(b'streamed')}"), 201,
      body=b"streamed", headers=OCTETS, chunked=True)
    t("another content", "POST", t.path(f"blobs/uploads/?digest={digest_of(b'a')}"), 400,
      body=b"b", headers=OCTETS, code="DIGEST_INVALID")
    t("a digest that is none", "POST", t.path("blobs/uploads/?digest=sha256:xyz"), 400,
      body=b"b", headers=OCTETS, code="DIGEST_INVALID")
    t("nothing of it is there", "HEAD", t.path(f"blobs/{digest_of(b'b')}"), 404)


def upload_in_chunks(t):
    parts = [b"first part, ", b"second part, ", b"and the last"]
    data = b"".join(parts)
    digest = digest_of(data)
    started = t("POST", "POST", t.path("blobs/uploads/"), 202)
    t("status at the start", "GET", started.location, 204, answer_body=b"",
      want={"Range": re.compile(r"0-(0|-1)"), "Location": re.compile(".+"),
            "Docker-Upload-UUID": UUID_LIKE})
    location, offset = started.location, 0
    for number, part in enumerate(parts[:2]):
        answer = t(f"PATCH {number}", "PATCH", location, 202, body=part,
                   headers=chunk_headers(offset, part), answer_body=b"",
                   want={"Range": f"0-{offset + len(part) - 1}", "Location": re.compile(".+"),
                         "Docker-Upload-UUID": UUID_LIKE})
        location, offset = answer.location, offset + len(part)
        t(f"status after {number}", "GET", location, 204,
          want={"Range": f"0-{offset - 1}", "Location": re.compile(".+")})
    t("HEAD of the session", "HEAD", location, 204, want={"Range": f"0-{offset - 1}"})
    t("PUT with the last chunk", "PUT", with_query(location, digest=digest), 201, body=parts[2],
      headers=chunk_headers(offset, parts[2]), want={"Docker-Content-Digest": digest})
    check_readable(t, "chunked", data, digest)

    location = t.start_upload()
    answer = t("PATCH of everything", "PATCH", location, 202, body=b"whole",
               headers=chunk_headers(0, b"whole"))
    t("PUT without a body", "PUT", with_query(answer.location, digest=digest_of(b"whole")), 201)
    check_readable(t, "closed without a body", b"whole", digest_of(b"whole"))

    location = t("sha512 announced: POST", "POST",
                 t.path("blobs/uploads/?digest-algorithm=sha512"), 202).location
    answer = t("sha512 announced: PATCH", "PATCH", location, 202, body=b"announced",
               headers=chunk_headers(0, b"announced"))
    wanted = digest_of(b"announced", "sha512")
    t("sha512 announced: PUT", "PUT", with_query(answer.location, digest=wanted), 201,
      want={"Docker-Content-Digest": wanted})
    check_readable(t, "sha512 announced", b"announced", wanted)
    t("an unknown algorithm announced", "POST",
      t.path("blobs/uploads/?digest-algorithm=md5"), 400, code={"DIGEST_INVALID", "UNSUPPORTED"})


def upload_as_a_stream(t):
    location = t.start_upload()
    answer = t("PATCH without a length", "PATCH", location, 202, body=b"streamed away",
               headers=OCTETS, chunked=True, want={"Range": "0-12"})
    answer = t("PATCH goes on without Content-Range", "PATCH", answer.location, 202,
               body=b" and on", headers=OCTETS, chunked=True, want={"Range": "0-19"})
    data = b"streamed away and on, to the end"
    t("PUT without a length", "PUT", with_query(answer.location, digest=digest_of(data)), 201,
      body=b", to the end", headers=OCTETS, chunked=True)
    check_readable(t, "streamed", data, digest_of(data))
    location = t.start_upload()
    t("an empty blob", "PUT", with_query(location, digest=digest_of(b"")), 201, headers=OCTETS,
      want={"Docker-Content-Digest": digest_of(b"")})
    check_readable(t, "empty", b"", digest_of(b""))


def upload_out_of_order(t):
    location = t.start_upload()
    t("PATCH that skips the beginning", "PATCH", location, 416, body=b"later",
      headers=chunk_headers(5, b"later"), want={"Range": re.compile(r"0-(0|-1)"),
                                                "Location": re.compile(".+")})
    answer = t("PATCH at the beginning", "PATCH", location, 202, body=b"first",
               headers=chunk_headers(0, b"first"))
    location = answer.location
    t("PATCH once more at the beginning", "PATCH", location, 416, body=b"first",
      headers=chunk_headers(0, b"first"), code={"BLOB_UPLOAD_INVALID", "RANGE_INVALID"},
      want={"Range": "0-4", "Location": re.compile(".+"), "Docker-Upload-UUID": UUID_LIKE})
    t("PATCH that leaves a gap", "PATCH", location, 416, body=b"third",
      headers=chunk_headers(10, b"third"), want={"Range": "0-4"})
    t("PUT that leaves a gap", "PUT", with_query(location, digest=digest_of(b"first....x")), 416,
      body=b"x", headers=chunk_headers(9, b"x"), want={"Range": "0-4"})
    t("Content-Range that is none", "PATCH", location, {400, 416}, body=b"x",
      headers={**OCTETS, "Content-Range": "five-six"})
    t("Content-Range backwards", "PATCH", location, {400, 416}, body=b"x",
      headers={**OCTETS, "Content-Range": "9-5"})
    t("Content-Range of another length", "PATCH", location, {400, 416}, body=b"xyz",
      headers={**OCTETS, "Content-Range": "5-99"})
    t("the session has kept its place", "GET", location, 204, want={"Range": "0-4"})
    answer = t("PATCH in order again", "PATCH", location, 202, body=b"second",
               headers=chunk_headers(5, b"second"), want={"Range": "0-10"})
    t("PUT", "PUT", with_query(answer.location, digest=digest_of(b"firstsecond")), 201)
    check_readable(t, "in the end", b"firstsecond", digest_of(b"firstsecond"))


def upload_refusals(t):
    location = t.start_upload()
    t("PUT without a digest", "PUT", location, 400, body=b"x", headers=OCTETS,
      code="DIGEST_INVALID")
    location = t.start_upload()
    t("PUT with another digest", "PUT", with_query(location, digest=digest_of(b"y")), 400,
      body=b"x", headers=OCTETS, code="DIGEST_INVALID")
    for name, digest in {
        "of an unknown algorithm": "md5:" + "0" * 32, "too short": "sha256:abc",
        "of capital letters": digest_of(b"x").upper().replace("SHA256", "sha256"),
        "without algorithm": digest_of(b"x")[7:], "that climbs": "sha256:../../../../etc/passwd",
    }.items():
        location = t.start_upload()
        t(f"PUT with a digest {name}", "PUT", with_query(location, digest=digest), 400, body=b"x",
          headers=OCTETS, code="DIGEST_INVALID")
    t("nothing of it was stored", "HEAD", t.path(f"blobs/{digest_of(b'x')}"), 404)
    for name, session in {
        "that never was": "0" * 32, "that is short": "1", "that climbs": "..%2f..%2fregistry.db",
        "with a dot": "..", "with a NUL": "a%00b",
    }.items():
        for method in ("GET", "PATCH", "PUT", "DELETE"):
            t(f"{method} of a session {name}", method, t.path(f"blobs/uploads/{session}"),
              {400, 404})
    location = t.start_upload()
    elsewhere = location.replace(t.repository, t.repository + "-other")
    t("a session in another repository", "PATCH", elsewhere, 404, body=b"x", headers=OCTETS,
      auth=t.server.token_for(t.repository + "-other"), code="BLOB_UPLOAD_UNKNOWN")
    t("POST to a name that cannot be", "POST", "/v2/Alice/UPPER/blobs/uploads/", {400, 404},
      code="NAME_INVALID")


def upload_cancelled(t):
    location = t.start_upload()
    t("PATCH", "PATCH", location, 202, body=b"half", headers=chunk_headers(0, b"half"))
    t("DELETE", "DELETE", location, 204, answer_body=b"")
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        t(f"{method} afterwards", method, location, 404, code="BLOB_UPLOAD_UNKNOWN")


def mounts(t):
    digest = t.add_blob(b"to be mounted", repository="alice/mounts-from")
    both = t.server.token_for(t.repository, "alice/mounts-from")
    t("HEAD before", "HEAD", t.path(f"blobs/{digest}"), 404)
    t("mount", "POST", t.path(f"blobs/uploads/?mount={digest}&from=alice/mounts-from"), 201,
      auth=both, want={"Location": re.compile(rf".*/v2/{t.repository}/blobs/{digest}"),
                       "Docker-Content-Digest": digest})
    check_readable(t, "mounted", b"to be mounted", digest)
    t("mount again", "POST", t.path(f"blobs/uploads/?mount={digest}&from=alice/mounts-from"), 201,
      auth=both)
    absent = digest_of(b"nobody has it")
    t("mount of what is not there", "POST",
      t.path(f"blobs/uploads/?mount={absent}&from=alice/mounts-from"), 202, auth=both,
      want={"Location": re.compile(".*/blobs/uploads/.+"), "Docker-Upload-UUID": UUID_LIKE})
    t("mount from a repository that is not there", "POST",
      t.path(f"blobs/uploads/?mount={absent}&from=alice/never-was"), 202)
    t("mount from a name that cannot be", "POST",
      t.path(f"blobs/uploads/?mount={absent}&from=../../etc"), 202)
    t("mount of a digest that is none", "POST", t.path("blobs/uploads/?mount=x&from=alice/x"),
      {202, 400})
    anywhere = t.add_blob(b"found anywhere", repository="alice/mounts-from")
    t("mount without from", "POST", t.path(f"blobs/uploads/?mount={anywhere}"), 201, auth=both,
      want={"Docker-Content-Digest": anywhere})
    check_readable(t, "mounted without from", b"found anywhere", anywhere)
    t("mount without from of what is not there", "POST", t.path(f"blobs/uploads/?mount={absent}"),
      202, auth=both)
    offered = t("a refused mount", "POST",
                t.path(f"blobs/uploads/?mount={absent}&from=alice/never-was"), 202)
    t("goes on as an upload", "PUT", with_query(offered.location, digest=absent), 201,
      body=b"nobody has it", headers=OCTETS)
    t("the source can be deleted", "DELETE", f"/v2/alice/mounts-from/blobs/{digest}", 202,
      auth=t.server.token_for("alice/mounts-from"))
    check_readable(t, "the mounted one stays", b"to be mounted", digest)


def blob_reading(t):
    data = bytes(range(256)) * 4
    digest = t.add_blob(data)
    place = t.path(f"blobs/{digest}")
    t("GET", "GET", place, 200, answer_body=data,
      want={"Content-Type": "application/octet-stream", "ETag": f'"{digest}"',
            "Accept-Ranges": "bytes", "Docker-Content-Digest": digest,
            "Cache-Control": lambda value: value is not None and "max-age" in value})
    t("HEAD", "HEAD", place, 200, answer_body=b"",
      want={"Content-Length": "1024", "ETag": f'"{digest}"', "Accept-Ranges": "bytes",
            "Content-Type": "application/octet-stream"})
    t("no compression", "GET", place, 200, answer_body=data,
      headers={"Accept-Encoding": "gzip, deflate, zstd"}, want={"Content-Encoding": MISSING})
    for name, text, first, last in (
        ("first bytes", "bytes=0-99", 0, 99), ("one byte", "bytes=7-7", 7, 7),
        ("from the middle", "bytes=1000-", 1000, 1023), ("the end", "bytes=-24", 1000, 1023),
        ("beyond the end", "bytes=1020-5000", 1020, 1023),
        ("a suffix beyond the beginning", "bytes=-5000", 0, 1023),
    ):
        t(f"range: {name}", "GET", place, 206, headers={"Range": text},
          answer_body=data[first:last + 1],
          want={"Content-Range": f"bytes {first}-{last}/1024",
                "Content-Length": str(last - first + 1), "Docker-Content-Digest": digest})
    for name, text in (("after the end", "bytes=1024-"), ("backwards", "bytes=9-5"),
                       ("an empty suffix", "bytes=-0")):
        t(f"range: {name}", "GET", place, 416, headers={"Range": text},
          want={"Content-Range": "bytes */1024"})
    for name, text in (("another unit", "lines=1-2"), ("nonsense", "bytes=a-b")):
        t(f"range: {name} is ignored", "GET", place, 200, headers={"Range": text}, answer_body=data)
    several = t("range: several", "GET", place, 206, headers={"Range": "bytes=0-3,100-103,-2"},
                want={"Content-Type": re.compile(r"multipart/byteranges; boundary=.+")})
    boundary = (several.header("Content-Type") or "").partition("boundary=")[2]
    parts = several.body.split(b"--" + boundary.encode())[1:-1] if boundary else []
    t.check("range: several", "parts", [data[:4], data[100:104], data[-2:]],
            [part.partition(b"\r\n\r\n")[2][:-2] for part in parts])
    t.check("range: several", "their ranges", 3, sum(b"bytes" in part.lower() for part in parts))
    t("range: HEAD is whole", "HEAD", place, 200, headers={"Range": "bytes=0-9"},
      want={"Content-Length": "1024"})
    t("If-Range holds", "GET", place, 206, headers={"Range": "bytes=0-9", "If-Range": f'"{digest}"'},
      answer_body=data[:10])
    t("If-Range is another", "GET", place, 200, headers={"Range": "bytes=0-9", "If-Range": '"x"'},
      answer_body=data)
    for method in ("GET", "HEAD"):
        t(f"{method} If-None-Match", method, place, 304, headers={"If-None-Match": f'"{digest}"'},
          answer_body=b"", want={"ETag": f'"{digest}"'})
    t("If-None-Match of a list", "GET", place, 304,
      headers={"If-None-Match": f'"other", W/"{digest}"'})
    t("If-None-Match of another", "GET", place, 200, headers={"If-None-Match": '"other"'})
    t("If-Match", "GET", place, 200, headers={"If-Match": f'"{digest}"'})
    t("If-Match of another", "GET", place, 412, headers={"If-Match": '"other"'})
    absent = digest_of(b"absent")
    t("GET of what is not there", "GET", t.path(f"blobs/{absent}"), 404, code="BLOB_UNKNOWN",
      want={"Content-Type": JSON_TYPE})
    t("HEAD of what is not there", "HEAD", t.path(f"blobs/{absent}"), 404, answer_body=b"")
    t("DELETE of what is not there", "DELETE", t.path(f"blobs/{absent}"), 404, code="BLOB_UNKNOWN")
    t("GET with a digest that is none", "GET", t.path("blobs/sha256:xyz"), {400, 404},
      code="DIGEST_INVALID")
    t("GET with a digest that climbs", "GET", t.path("blobs/..%2f..%2f..%2fetc%2fpasswd"),
      {400, 404})
    t("POST to a blob", "POST", place, 405, want={"Allow": re.compile(r".*GET.*")})
    t("pushed again", "POST", t.path(f"blobs/uploads/?digest={digest}"), 201, body=data,
      headers=OCTETS)
    t("GET after it", "GET", place, 200, answer_body=data)
    t("DELETE", "DELETE", place, 202)
    t("GET afterwards", "GET", place, 404, code="BLOB_UNKNOWN")
    t("DELETE again", "DELETE", place, 404)


SECTIONS = [
    upload_in_two_requests, upload_in_one_request, upload_in_chunks, upload_as_a_stream,
    upload_out_of_order, upload_refusals, upload_cancelled, mounts, blob_reading,
]
