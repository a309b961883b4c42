"""An index of four platforms, built and pushed in one command."""

from measuring import Case, Contestant, command

PLATFORMS = "linux/amd64,linux/arm64,linux/arm/v7,linux/riscv64"


def cases(everybody):
    context = everybody.new_folder("context")
    (context / "file").write_bytes(bytes(range(256)) * 40_000)
    (context / "Dockerfile").write_text("FROM scratch\nCOPY file /file\n")
    estiba, registry = everybody.estiba, everybody.registry
    registry.login(estiba)
    flags = ["--platform", PLATFORMS, "-t", f"{registry.address}/alice/platforms", "--push"]
    buildah, theirs = everybody.buildah, everybody.docker_registry.address

    def forget(number):
        """buildah adds to a list that is there."""
        buildah("manifest", "create", f"list{number}")

    def by_buildah(number):
        script = ('set -e; list=$1; to=$2; context=$3; shift 3; '
                  f'"$@" bud --no-cache --platform {PLATFORMS} --manifest $list $context; '
                  '"$@" manifest push --all --tls-verify=false $list $to')
        words = ["sh", "-c", script, "sh", f"list{number}", f"docker://{theirs}/platforms", context]
        return command([*words, *buildah.command()], buildah.env)(number)

    yield Case(
        "index of 4 platforms, built and pushed", "What a release does.",
        {
            "estiba": Contestant(command(estiba.command("build", "--no-cache", *flags, context), estiba.env,
                                         lambda: [registry.process.pid])),
            "buildah": Contestant(by_buildah, forget),
        }, runs=3)
