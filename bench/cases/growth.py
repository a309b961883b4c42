"""How cost grows: each point is a case, each line a curve of the kept document."""

import os

from measuring import Case, Contestant, command

from lib.trees import make_many_files

from cases.big_layer import write_layer

FILES = (1_000, 10_000, 100_000, 1_000_000)
LAYERS = (1, 16, 64, 127, 200)
MEGABYTES = (10, 100, 1_000, 10_000)


def cases(everybody):
    yield from files(everybody)
    yield from layers(everybody)
    yield from sizes(everybody)


def build(everybody, context, *flags):
    estiba = everybody.estiba
    return {"estiba": Contestant(command(
        estiba.command("build", "-q", "-t", "grown", *flags, context), estiba.env))}


def files(everybody):
    for count in FILES:
        context = everybody.new_folder("files")
        (context / "tree").mkdir()
        make_many_files(context / "tree", count, count * 200)
        (context / "Dockerfile").write_text("FROM scratch\nCOPY tree /tree\n")
        yield Case(f"files: {count}", "COPY of many small files without a cache.",
                   build(everybody, context, "--no-cache"), runs=2)
        yield Case(f"files, cached: {count}", "The same when nothing has changed.",
                   build(everybody, context), runs=2)


def layers(everybody):
    """Also past docker's limit of 127."""
    everybody.estiba.ok("import", everybody.busybox, "localhost/busybox")
    for count in LAYERS:
        context = everybody.new_folder("layers")
        lines = ["FROM localhost/busybox"]
        for number in range(count):
            (context / f"file{number}").write_text(str(number))
            lines.append(f"COPY file{number} /")
        (context / "Dockerfile").write_text("\n".join(lines) + "\n")
        name = f"layers{count}"
        yield Case(f"layers, built: {count}", "One COPY for each layer, without a cache.",
                   build(everybody, context, "--no-cache", "-t", name), runs=3)
        estiba = everybody.estiba
        yield Case(f"layers, run: {count}", "A container on top of that many layers.",
                   {"estiba": Contestant(command(
                       estiba.command("run", "--rm", "--network", "none", name, "true"), estiba.env))})


def sizes(everybody):
    """Pushed to our registry and pulled into an empty store."""
    everybody.registry.login(everybody.estiba)
    for megabytes in MEGABYTES:
        context = everybody.new_folder("size")
        write_layer(context / "layer", megabytes, megabytes * 1_000_000)
        (context / "Dockerfile").write_text("FROM scratch\nCOPY layer /layer\n")
        name = f"{everybody.registry.address}/alice/size{megabytes}"
        everybody.estiba.build(context, tag=name, timeout=900)
        os.unlink(context / "layer")
        estiba = everybody.estiba
        yield Case(f"megabytes, pushed: {megabytes}", "The first push of one layer of this size.",
                   {"estiba": Contestant(run_once(command(estiba.command("push", name), estiba.env)))},
                   runs=1)
        stores = {}

        def fresh(number):
            stores["now"] = everybody.new_estiba()
            everybody.registry.login(stores["now"])

        def pull(number, name=name):
            store = stores["now"]
            return command(store.command("pull", name), store.env)(number)

        yield Case(f"megabytes, pulled: {megabytes}", "The pull into an empty store.",
                   {"estiba": Contestant(pull, fresh)}, runs=1)


def run_once(operation):
    """What can be measured only the first time: the warm-up's sample is the sample."""
    samples = []

    def once(number):
        if not samples:
            samples.append(operation(number))
        return samples[0]

    return once
