"""A registry's API, request by request, where a client would hide what is said."""

import base64
import hashlib
import http.client
import json
import ssl

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    def error(self):
        return self.json()["errors"][0]


class Wire:
    """Speaks to `address` as `user`, or as nobody."""

    def __init__(self, address, user=None, password=None, authority=None):
        self.address = address
        self.authority = authority
        self.headers = {}
        if user:
            secret = base64.b64encode(f"{user}:{password}".encode()).decode()
            self.headers["Authorization"] = f"Basic {secret}"

    def connect(self, timeout=30):
        host, port = self.address.rsplit(":", 1)
        if self.authority is None:
            return http.client.HTTPConnection(host, int(port), timeout=timeout)
        context = ssl.create_default_context(cafile=self.authority)
        return http.client.HTTPSConnection(host, int(port), timeout=timeout, context=context)

    def __call__(self, method, path, body=None, headers=None, timeout=30):
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body, {**self.headers, **(headers or {})})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **options):
        return self("GET", path, **options)

    def push_blob(self, repository, data):
        answer = self(
            "POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(data)}", data,
            {"Content-Type": "application/octet-stream"},
        )
        assert answer.status == 201, answer.body
        return {"digest": digest_of(data), "size": len(data)}

    def put_manifest(self, repository, reference, manifest, media_type=OCI_MANIFEST):
        data = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        answer = self(
            "PUT", f"/v2/{repository}/manifests/{reference}", data, {"Content-Type": media_type}
        )
        assert answer.status == 201, answer.body
        return digest_of(data)

    def push_image(self, repository, tag="latest", labels=None, annotations=None, layers=(b"layer",)):
        """The digest of an image that no runtime could run, but every registry keeps."""
        config = {
            "architecture": "amd64", "os": "linux", "config": {"Labels": labels or {}},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(layer) for layer in layers]},
        }
        manifest = {
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": {
                "mediaType": OCI_CONFIG, **self.push_blob(repository, json.dumps(config).encode())
            },
            "layers": [
                {"mediaType": OCI_LAYER, **self.push_blob(repository, layer)} for layer in layers
            ],
        }
        if annotations:
            manifest["annotations"] = annotations
        return self.put_manifest(repository, tag, manifest)
