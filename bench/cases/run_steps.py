"""RUN steps that do next to nothing: what a step itself costs."""

from measuring import Case, Contestant, command


def cases(everybody):
    estiba, buildah, docker = everybody.estiba, everybody.buildah, everybody.docker
    estiba.ok("import", everybody.busybox, "localhost/busybox")
    buildah.import_tar(everybody.busybox, "localhost/busybox")
    docker("import", everybody.busybox, "localhost/busybox")
    context = everybody.new_folder("steps")
    steps = "".join(f"RUN echo {number} > /f{number}\n" for number in range(10))
    (context / "Dockerfile").write_text("FROM localhost/busybox\n" + steps)
    flags = ["--no-cache", "--network", "none", "-t", "steps"]
    yield Case(
        "10 RUN steps, no cache", "A step should cost no more than its program.",
        {
            "estiba": Contestant(command(estiba.command("build", *flags, context), estiba.env)),
            "buildah": buildah.contestant("bud", "--layers", "--pull-never", *flags, context),
            "docker BuildKit": docker.contestant("build", *flags, context),
        },
        budget_value=0.25, budget_ratio=6)
