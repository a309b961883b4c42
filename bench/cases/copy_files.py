"""COPY of many files: making files is what makes builders slow."""

import os

from lib.trees import make_many_files

from measuring import Case, Contestant, command

COUNT, TOTAL_BYTES = 20_000, 218_000_000


def cases(everybody):
    context = everybody.new_folder("context")
    (context / "tree").mkdir()
    make_many_files(context / "tree", COUNT, TOTAL_BYTES)
    (context / "Dockerfile").write_text("FROM scratch\nCOPY tree /tree\n")
    changing = context / "tree" / "d00" / "e000" / "file0.dat"

    def contestants(*flags, prepare=lambda number: None):
        estiba, docker = everybody.estiba, everybody.docker
        return {
            "estiba": Contestant(command(
                estiba.command("build", "-t", "demo", *flags, context), estiba.env), prepare),
            "buildah": everybody.buildah.contestant(
                "bud", "--layers", "-t", "demo", *flags, context, prepare=prepare, runs=1),
            "docker BuildKit": docker.contestant("build", "-t", "demo", *flags, context, prepare=prepare),
        }

    def change(number):
        changing.write_bytes(os.urandom(100 + number))

    yield Case(
        "COPY of 20,000 files, no cache", "A context of sources, as it is built in CI.",
        contestants("--no-cache"), budget_value=1.2, budget_ratio=8, runs=3)
    yield Case(
        "COPY of 20,000 files, one changed", "What a programmer does between two builds.",
        contestants(prepare=change), budget_value=0.6, budget_ratio=16, runs=3)
    yield Case(
        "COPY of 20,000 files, none changed", "Seeing that nothing changed needs no file to be read.",
        contestants(), budget_value=0.15, budget_ratio=16, runs=5)
