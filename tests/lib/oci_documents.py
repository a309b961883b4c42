"""Manifests of every kind, as the table of the registry's protocol pushes them."""

import json

from lib.exchange import digest_of

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def descriptor(data, media_type, algorithm="sha256", **more):
    return {"mediaType": media_type, "digest": digest_of(data, algorithm), "size": len(data), **more}


def image(config, layers, algorithm="sha256", **more):
    return {
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": descriptor(config, CONFIG, algorithm),
        "layers": [descriptor(layer, LAYER, algorithm) for layer in layers], **more,
    }


def docker_image(config, layers):
    return {
        "schemaVersion": 2, "mediaType": DOCKER_MANIFEST,
        "config": descriptor(config, DOCKER_CONFIG),
        "layers": [descriptor(layer, DOCKER_LAYER) for layer in layers],
    }


def artifact(artifact_type, **more):
    return {
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": artifact_type,
        "config": descriptor(b"{}", EMPTY), "layers": [descriptor(b"{}", EMPTY)], **more,
    }


def index(entries, media_type=INDEX, **more):
    """`entries` are (bytes, media type) or descriptors."""
    manifests = [entry if isinstance(entry, dict) else descriptor(*entry) for entry in entries]
    return {"schemaVersion": 2, "mediaType": media_type, "manifests": manifests, **more}


def encode(document):
    return json.dumps(document).encode()
