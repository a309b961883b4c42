"""A prefix of ours that is an upstream: Debian's docker-registry, our own, and a hostile one."""

import http.server
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.configured import configured_registries, eventually
from lib.wire import Wire, digest_of


@pytest.fixture
def proxy(estiba, tmp_path):
    with configured_registries(estiba, tmp_path) as start:
        yield lambda upstreams, more="", allowed='allowed-networks = ["127.0.0.1"]': start(
            f'{allowed}\n[[proxy]]\nprefix = "up"\nupstream = {upstreams}\n{more}\n')


def push(theirs, tag="latest", layer=b"layer"):
    """Debian's registry wants uploads in two steps."""
    wire = Wire(theirs.address)

    def push_blob(repository, data):
        location = wire("POST", f"/v2/{repository}/blobs/uploads/").headers["location"]
        path = location.split(theirs.address)[-1]
        answer = wire("PUT", f"{path}&digest={digest_of(data)}", data,
                      {"Content-Type": "application/octet-stream"})
        assert answer.status == 201, answer.body
        return {"digest": digest_of(data), "size": len(data)}

    wire.push_blob = push_blob
    return wire.push_image("team/app", tag=tag, layers=(layer,))


def test_what_is_asked_for_comes_once_and_stays_when_the_upstream_is_down(theirs, proxy):
    layer = os.urandom(3_000_000)
    digest = push(theirs, layer=layer)
    ours = proxy([f"http://{theirs.address}"], 'check-interval = "1s"')
    wire = ours.wire()
    blob = f"/v2/up/team/app/blobs/{digest_of(layer)}"
    assert wire.get(blob).status == 404  # no manifest here refers to it
    manifest = wire.get("/v2/up/team/app/manifests/latest")
    assert manifest.headers["docker-content-digest"] == digest
    with ThreadPoolExecutor(8) as pool:
        assert all(got.body == layer for got in pool.map(lambda _: wire.get(blob), range(8)))
    assert wire("GET", blob, headers={"Range": "bytes=0-9"}).body == layer[:10]
    assert wire.get("/v2/up/team/app/tags/list").json()["tags"] == ["latest"]
    assert wire.get("/v2/up/team/app/manifests/absent").status == 404

    theirs.process.kill()
    theirs.process.wait()

    time.sleep(1.1)
    stale = wire.get("/v2/up/team/app/manifests/latest")
    assert stale.status == 200 and stale.headers["warning"].startswith("110 ")
    assert wire.get(blob).body == layer
    assert wire.get("/v2/up/team/other/manifests/latest").status == 502


def test_what_came_by_digest_is_collected_when_nobody_asks_any_more(theirs, proxy):
    digest = push(theirs)
    ours = proxy([f"http://{theirs.address}"],
                 '[collection]\ndelay = "2s"\nundelete-window = "1s"\ninterval = "1s"')
    assert ours.wire().get(f"/v2/up/team/app/manifests/{digest}").status == 200
    assert ours.wire().get(f"/v2/up/team/app/blobs/{digest_of(b'layer')}").body == b"layer"
    # Neither that blobs are still upstream nor that the manifest has no tag is damage.
    assert "0 problems" in ours.admin("check")
    eventually(lambda: not ours.files(), 60)
    # It comes again for whoever asks.
    assert ours.wire().get(f"/v2/up/team/app/manifests/{digest}").status == 200


def test_a_tag_that_moves_upstream_moves_here(theirs, proxy):
    first = push(theirs, layer=b"one")
    wire = proxy(["127.0.0.1:1", f"http://{theirs.address}"], 'check-interval = "1s"').wire()
    path = "/v2/up/team/app/manifests/latest"
    assert wire.get(path).headers["docker-content-digest"] == first
    second = push(theirs, layer=b"two")

    eventually(lambda: wire.get(path).headers["docker-content-digest"] == second)


def test_who_may_read_is_configured_and_nobody_pushes(theirs, proxy):
    push(theirs)
    ours = proxy([f"http://{theirs.address}"])
    assert ours.nobody().get("/v2/up/team/app/manifests/latest").status == 401
    assert ours.wire().get("/v2/up/team/app/manifests/latest").status == 200
    assert ours.wire()("POST", "/v2/up/team/app/blobs/uploads/").status == 403


class Hostile(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    layer = b"what it should be"
    manifest = None
    reached = []

    def do_GET(self):
        self.reached.append(self.path)
        body, status, headers = b"{}", 200, {}
        if "/manifests/" in self.path:
            body, headers = self.manifest, {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
        elif self.path.endswith(digest_of(self.layer)):
            body = b"something else!!!"
        elif "/blobs/" in self.path:
            status, headers = 307, {"Location": "http://127.0.0.2:9/secret"}
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *args):
        pass


def test_a_hostile_upstream_changes_nothing_and_leads_nowhere(proxy):

    config = b"{}" * 10
    Hostile.manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   "digest": digest_of(config), "size": len(config)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar",
                    "digest": digest_of(Hostile.layer), "size": len(Hostile.layer)}]}).encode()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        ours = proxy([f"http://127.0.0.1:{server.server_port}"])
        wire = ours.wire()
        assert wire.get("/v2/up/x/y/manifests/latest").status == 200
        assert wire.get(f"/v2/up/x/y/manifests/sha256:{'1' * 64}").status == 502
        try:
            got = wire.get(f"/v2/up/x/y/blobs/{digest_of(Hostile.layer)}").body
        except Exception:
            got = b""  # broken off
        assert got != b"something else!!!"
        assert wire.get(f"/v2/up/x/y/blobs/{digest_of(config)}").status == 502
        assert "is not public" in ours.log_text()
    finally:
        server.shutdown()


def test_an_upstream_on_a_private_network_must_be_allowed(theirs, proxy):
    push(theirs)
    ours = proxy([f"http://{theirs.address}"], allowed="")
    assert ours.wire().get("/v2/up/team/app/manifests/latest").status == 502
