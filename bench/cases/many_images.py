"""Listing a store of ten thousand images."""

import hashlib
import io
import json
import tarfile

from measuring import Case, Contestant, command

COUNT = 10_000


def cases(everybody):
    archive = write_archive(everybody.new_folder("archive") / "images.tar", everybody.busybox)
    estiba, docker = everybody.estiba, everybody.docker
    estiba.ok("load", "-q", "-i", archive, timeout=1800)
    docker("load", "-q", "-i", archive)
    yield Case("images, 10,000 of them", "A listing is one query, not one file for each image.",
               {"estiba": Contestant(command(estiba.command("images"), estiba.env)),
                "docker": docker.contestant("images")})


def write_archive(path, layer):
    """As `docker save` writes one; all images have one layer."""
    layer = layer.read_bytes()
    diff_id = "sha256:" + hashlib.sha256(layer).hexdigest()
    with tarfile.open(path, "w") as tar:
        def add(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

        add("layer.tar", layer)
        manifest = []
        for number in range(COUNT):
            config = json.dumps({
                "architecture": "amd64", "os": "linux", "config": {"Env": [f"NUMBER={number}"]},
                "rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode()
            name = hashlib.sha256(config).hexdigest() + ".json"
            add(name, config)
            manifest.append({"Config": name, "RepoTags": [f"many/image{number}:latest"], "Layers": ["layer.tar"]})
        add("manifest.json", json.dumps(manifest).encode())
    return path
