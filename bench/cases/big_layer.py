"""A layer of 500 MB to a registry on loopback and back: compression, hashing and extraction.

Ours to our registry, buildah and docker to Debian's docker-registry. About half of the layer can be
compressed away, as in one of programs.
"""

import random

from measuring import Case, Contestant, command

LAYER_BYTES = 500_000_000


def write_layer(path, seed, size=LAYER_BYTES):
    chooser = random.Random(seed)
    with open(path, "wb") as file:
        for _ in range(size // 1_000_000):
            file.write(chooser.randbytes(400_000) + bytes(100_000) + b"some text " * 50_000)


def cases(everybody):
    estiba, buildah, docker = everybody.estiba, everybody.buildah, everybody.docker
    context = everybody.new_folder("context")
    (context / "Dockerfile").write_text("FROM localhost/busybox\nCOPY layer /layer\n")
    estiba.ok("import", everybody.busybox, "localhost/busybox")
    buildah.import_tar(everybody.busybox, "localhost/busybox")
    docker("import", everybody.busybox, "localhost/busybox")
    everybody.registry.login(estiba)
    theirs = everybody.docker_registry.address
    names = {
        "estiba": f"{everybody.registry.address}/alice/big", "buildah": f"{theirs}/big",
        "docker": f"{theirs}/by-docker",
    }

    def build(number):
        write_layer(context / "layer", number)

    def build_ours(number):
        build(number)
        estiba.build(context, tag=names["estiba"])
        estiba.ok("tag", names["estiba"], names["estiba"] + "-again")

    def build_buildah(number):
        build(number)
        buildah("bud", "--pull-never", "-t", names["buildah"], context)

    def build_docker(number):
        build(number)
        docker("build", "-q", "-t", names["docker"], context)
        docker("tag", names["docker"], names["docker"] + "-again")

    def pushers(ours, by_buildah, by_docker, again=""):
        to = f"docker://{names['buildah']}{again}"
        return {
            "estiba": Contestant(command(estiba.command("push", names["estiba"] + again), estiba.env,
                                         lambda: [everybody.registry.process.pid]), ours),
            "buildah": buildah.contestant("push", "--tls-verify=false", names["buildah"], to,
                                          prepare=by_buildah, runs=1),
            "docker": docker.contestant("push", names["docker"] + again, prepare=by_docker, runs=1),
        }

    def nothing(_):
        pass

    yield Case("500 MB layer, first push", "Compression, hashing and upload of what is new.",
               pushers(build_ours, build_buildah, build_docker), budget_value=2.5, budget_ratio=11, runs=3)
    yield Case("500 MB layer, pushed again", "Nothing is new: only questions.",
               pushers(nothing, nothing, nothing), budget_value=0.015, budget_ratio=5, runs=5)
    yield Case("500 MB layer, to another repository", "The registry has the bytes: they are mounted.",
               pushers(nothing, nothing, nothing, again="-again"), runs=1)
    yield from pulls(everybody, names)


def pulls(everybody, names):
    docker = everybody.docker
    stores = {}

    def fresh_ours(number):
        stores["estiba"] = everybody.new_estiba()
        everybody.registry.login(stores["estiba"])

    def fresh_buildah(number):
        stores["buildah"] = everybody.new_buildah()

    def fresh_docker(number):
        docker("rmi", "-f", names["docker"], names["docker"] + "-again")
        docker("image", "prune", "-a", "-f")
        docker("builder", "prune", "-a", "-f")

    def pull_and_run(number):
        """Ours uncompresses a layer when it is first needed, so a container belongs to the time."""
        store = stores["estiba"]
        script = 'set -e; "$0" pull "$1"; "$0" run --rm --network none "$1" true'
        program = store.command()[0]
        return command(["sh", "-c", script, program, names["estiba"]], store.env)(number)

    def pull_buildah(number):
        store = stores["buildah"]
        return command(store.command("pull", "--tls-verify=false", names["buildah"]), store.env)(number)

    yield Case(
        "500 MB layer, pulled and run", "How long a new host waits for its first container.",
        {
            "estiba": Contestant(pull_and_run, fresh_ours),
            "buildah (pull only)": Contestant(pull_buildah, fresh_buildah, runs=1),
            "docker (pull only)": docker.contestant("pull", names["docker"], prepare=fresh_docker, runs=1),
        },
        budget_value=1.8, budget_ratio=5, runs=3)
