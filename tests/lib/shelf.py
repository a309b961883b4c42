"""A registry with ana's images, and the pages' API that looks at them."""

import gzip
import json
import subprocess

from lib.openapi import Document
from lib.pages_api import Caller, segment
from lib.registry import Registry
from lib.wire import OCI_MANIFEST, Wire

LAYER = "application/vnd.oci.image.layer.v1.tar"

CONFIG = {
    "architecture": "arm64", "variant": "v8", "os": "linux", "author": "Ana",
    "created": "2024-05-01T10:00:00Z",
    "config": {
        "User": "app", "WorkingDir": "/srv", "Entrypoint": ["/bin/app"], "Cmd": ["serve"],
        "Env": ["PATH=/bin", "MODE=a=b"], "Labels": {"note": "<script>alert(1)</script>"},
        "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/data": {}}, "StopSignal": "SIGINT",
    },
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "1" * 64, "sha256:" + "2" * 64]},
    "history": [
        {"created": "2024-04-01T10:00:00Z", "created_by": "ADD rootfs.tar / # buildkit"},
        {"created_by": "ENV MODE=a=b", "empty_layer": True, "comment": "nothing"},
        {"created": "2024-05-01T10:00:00Z", "created_by": "RUN make install"},
        {"created_by": "CMD [\"serve\"]", "empty_layer": True},
    ],
}


class Shelf:
    """A registry with one private repository, ana's, and who looks at it."""

    def __init__(self, registry):
        """`registry`: one without accounts, not started yet."""
        self.registry = registry
        for name in ("ana", "bob"):
            registry.add_user(name)
        registry.start()
        port = self.registry.port
        self.ana = Caller.basic(port, "ana", Registry.PASSWORD)
        self.bob = Caller.basic(port, "bob", Registry.PASSWORD)
        self.nobody = Caller(port)
        self.wire = Wire(self.registry.address, "ana", Registry.PASSWORD)
        self.document = Document(self.nobody.get("/openapi.json").json)

    def push(self, repository, reference, config=None, layers=(b"one", b"two"), **members):
        config = json.dumps(CONFIG if config is None else config).encode()
        manifest = {
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                       **self.wire.push_blob(repository, config)},
            "layers": [{"mediaType": LAYER, **self.wire.push_blob(repository, layer)}
                       for layer in layers],
            **members,
        }
        return self.wire.put_manifest(repository, reference, manifest, manifest["mediaType"])

    def get(self, operation, where, /, who=None, **query):
        reply = (who or self.ana).get(where, **query)
        assert reply.status == 200, reply.body
        assert not self.document.check(operation, reply)
        return reply.json

    def image(self, repository, reference):
        return self.get("getImage", manifest_path(repository, reference))

    def referrers(self, repository, reference, **query):
        return self.get(
            "listReferrers", manifest_path(repository, reference) + "/referrers", **query)

    def files(self, repository, reference, path="/", **query):
        where = manifest_path(repository, reference) + "/files"
        return self.get("listFiles", where, path=path, **query)

    def file(self, repository, reference, path, **query):
        where = manifest_path(repository, reference) + "/file"
        return self.get("getFile", where, path=path, **query)

    def compare(self, repository, before, after):
        where = f"/repositories/{segment(repository)}/compare"
        return self.get("compareImages", where, **{"from": before, "to": after})

    @property
    def listings(self):
        """The files of layers that the registry remembers."""
        return list((self.registry.data / "cache" / "listings").glob("sha256-*"))


def packed(tar, how):
    """A layer as registries get it."""
    if how == "gzip":
        return gzip.compress(tar, 1)
    if how == "zstd":
        return subprocess.run(["zstd", "-q", "-c"], input=tar, capture_output=True, check=True).stdout
    return tar


def manifest_path(repository, reference):
    return f"/repositories/{segment(repository)}/manifests/{segment(reference)}"
