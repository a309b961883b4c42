"""A registry on loopback that answers as it is told to, wrongly too."""

import hashlib
import http.server
import json
import re
import threading

from lib.tars import make_tar, text_file

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(media_type, data, **more):
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data), **more}


class MadeImage:
    """A one-layer image, as the bytes that a registry serves."""

    def __init__(self, content="x", architecture="amd64"):
        self.layer = make_tar([("file", text_file(content))])
        self.config = json.dumps({
            "architecture": architecture, "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(self.layer)]},
            "history": [{"created_by": "test"}],
        }).encode()
        self.manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": descriptor(CONFIG, self.config),
            "layers": [descriptor(LAYER, self.layer)],
        }).encode()

    def blobs(self):
        return {digest_of(data): data for data in (self.layer, self.config)}


class HostileRegistry:
    """Serves `manifests` (by tag and digest) and `blobs`; counts what it was asked for.

    `answers` maps a path's end to (status, body), given instead of the truth. `break_after_bytes`
    closes the connection after that many bytes of a longer blob, `breaks` times; later answers
    honour Range.
    """

    def __init__(self, image=None):
        image = image or MadeImage()
        self.image = image
        self.blobs = image.blobs()
        self.manifests = {"latest": (MANIFEST, image.manifest)}
        self.manifests[digest_of(image.manifest)] = (MANIFEST, image.manifest)
        self.answers = {}
        self.break_after_bytes = None
        self.breaks = 1
        self.requests = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.thread = threading.Thread(target=self.server.serve_forever)

    @property
    def address(self):
        return f"127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def handler(registry):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_HEAD(self):
                self.do_GET()

            def do_GET(self):
                path = self.path.split("?")[0]
                registry.requests.append((self.command, path, dict(self.headers)))
                for end, (status, body) in registry.answers.items():
                    if path.endswith(end):
                        return self.answer(status, body, "application/json")
                if path == "/v2/":
                    return self.answer(200, b"{}", "application/json")
                if found := re.fullmatch(r"/v2/(.+)/manifests/([^/]+)", path):
                    media_type, body = registry.manifests.get(found[2], (None, None))
                    if body is not None:
                        return self.answer(200, body, media_type, digest=True)
                if found := re.fullmatch(r"/v2/(.+)/blobs/([^/]+)", path):
                    if found[2] in registry.blobs:
                        return self.blob(registry.blobs[found[2]])
                body = b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'
                self.answer(404, body, "application/json")

            def blob(self, body):
                limit = registry.break_after_bytes
                if limit is not None and len(body) > limit and registry.breaks > 0:
                    registry.breaks -= 1
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body[:limit])
                    self.wfile.flush()
                    self.close_connection = True
                    return
                found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
                if not found:
                    return self.answer(200, body, "application/octet-stream")
                start = int(found[1])
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
                self.send_header("Content-Length", str(len(body) - start))
                self.end_headers()
                self.wfile.write(body[start:])

            def answer(self, status, body, media_type, digest=False):
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                if digest:
                    self.send_header("Docker-Content-Digest", digest_of(body))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

        return Handler
