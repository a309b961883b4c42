"""Builds in which every step is cached."""

from measuring import Case, Contestant, command

from lib.program import TOP

EXAMPLE = TOP / "examples" / "debian-ssh-vim"
STAGES, STEPS = 100, 10


def cases(everybody):
    estiba, buildah, docker = everybody.estiba, everybody.buildah, everybody.docker
    estiba.ok("import", everybody.debian, "debian")
    buildah.import_tar(everybody.debian, "localhost/debian")
    docker("import", everybody.debian, "debian")
    yield Case(
        "document's example, all cached", "What one waits for all day.",
        {
            "estiba": Contestant(command(
                estiba.command("build", "--network", "host", "-t", "demo", EXAMPLE), estiba.env)),
            "buildah": buildah.contestant(
                "bud", "--layers", "--network", "host", "--isolation", "chroot", "--pull-never",
                "-t", "demo", EXAMPLE),
            "docker BuildKit": docker.contestant("build", "--network", "host", "-t", "demo", EXAMPLE),
        },
        budget_value=0.020, budget_ratio=15, runs=10)
    context = everybody.new_folder("stages")
    (context / "Dockerfile").write_text(many_stages())
    yield Case(
        "100 stages of 10 steps, all cached", "A large graph must cost what its lookups cost.",
        {
            "estiba": Contestant(command(estiba.command("build", "-t", "stages", context), estiba.env)),
            "docker BuildKit": docker.contestant("build", "-t", "stages", context),
        })


def many_stages():
    """Each stage copies from the one before it, so that none may be left out."""
    lines = []
    for stage in range(STAGES):
        lines.append(f"FROM scratch AS s{stage}")
        lines += [f"ENV KEY{step}=value{stage}" for step in range(STEPS - 1)]
        source = f"--from=s{stage - 1} /file" if stage else "Dockerfile"
        lines.append(f"COPY {source} /file")
    return "\n".join(lines) + "\n"
