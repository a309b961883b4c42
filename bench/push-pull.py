#!/usr/bin/python3
"""A layer of 500 MB: pushed, pushed again, pulled into an empty store until it can run.

Both over loopback: ours to our registry, buildah to Debian's docker-registry. Ours uncompresses a
layer when it is first needed, so a first container belongs to the time of our pull.
"""

import random

from common import Buildah, Estiba, arguments, compare, process_time, workplace

from lib.bases import busybox_tar
from lib.peers import DebianRegistry
from lib.registry import Registry

LAYER_BYTES = 500_000_000


def write_layer(path, seed):
    """About half of it can be compressed away, as in a layer of programs."""
    chooser = random.Random(seed)
    with open(path, "wb") as file:
        for _ in range(LAYER_BYTES // 1_000_000):
            file.write(chooser.randbytes(400_000) + bytes(100_000) + b"some text " * 50_000)


def main():
    options = arguments(__doc__, runs=2)
    with workplace() as folder, DebianRegistry(folder / "docker-registry") as their_registry:
        context = folder / "context"
        context.mkdir()
        (context / "Dockerfile").write_text("FROM localhost/busybox\nCOPY layer /layer\n")
        estiba = Estiba(folder / "estiba")
        buildah = Buildah(folder / "buildah")
        tar = folder / "busybox.tar"
        tar.write_bytes(busybox_tar())
        estiba.ok("import", tar, "localhost/busybox")
        buildah.import_tar(tar, "localhost/busybox")
        our_registry = Registry(estiba, folder / "registry")
        our_registry.add_user("alice")
        our_registry.start()
        our_registry.login(estiba)
        try:
            measure(options.runs, folder, context, (estiba, our_registry), (buildah, their_registry))
        finally:
            our_registry.stop()


def measure(runs, folder, context, ours, theirs):
    estiba, our_registry = ours
    buildah, their_registry = theirs
    our_name, their_name = f"{our_registry.address}/alice/big", f"{their_registry.address}/big"
    to_them = [their_name, f"docker://{their_name}"]

    def push_ours(_):
        return process_time(estiba.command("push", our_name), estiba.env)

    def push_theirs(_):
        return process_time(buildah.command("push", "--tls-verify=false", *to_them), buildah.env)

    def push_new_ours(number):
        write_layer(context / "layer", number)
        estiba.build(context, tag=our_name)
        return push_ours(number)

    def push_new_theirs(number):
        write_layer(context / "layer", number)
        buildah("bud", "--pull-never", "-t", their_name, context)
        return push_theirs(number)

    def pull_ours(number):
        other = Estiba(folder / f"puller{number}")
        our_registry.login(other)
        return process_time(other.command("pull", our_name), other.env) + process_time(
            other.command("run", "--rm", "--network", "host", our_name, "true"), other.env
        )

    def pull_theirs(number):
        other = Buildah(folder / f"buildah-puller{number}")
        return process_time(other.command("pull", "--tls-verify=false", their_name), other.env)

    compare("push of a new layer of 500 MB", push_new_ours, push_new_theirs, runs)
    compare("push again, nothing new", push_ours, push_theirs, runs)
    compare("pull into an empty store, until it can run", pull_ours, pull_theirs, runs)


if __name__ == "__main__":
    main()
