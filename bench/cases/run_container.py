"""`run --rm IMAGE true`: the whole process, beside podman and docker."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

from contestants import PODMAN_LIMITS
from measuring import Case, Contestant, command, timed

AT_ONCE = 50


def cases(everybody):
    estiba, podman, docker = everybody.estiba, everybody.podman, everybody.docker
    estiba.ok("import", everybody.busybox, "localhost/busybox")
    podman("import", everybody.busybox, "localhost/busybox")
    docker("import", everybody.busybox, "localhost/busybox")
    for network in ("none", "host", "bridge"):
        words = ["run", "--rm", f"--network={network}"]
        last = ["localhost/busybox", "true"]
        yield Case(
            f"run --rm true, network {network}", "A container should cost no more than its program.",
            {
                "estiba": Contestant(command(estiba.command(*words, *last), estiba.env)),
                "podman": Contestant(command(podman.command(*words, *PODMAN_LIMITS, *last), podman.env)),
                "docker": docker.contestant(*words, *last),
            },
            budget_value=0.030, budget_ratio=10, runs=15)
    ours = estiba.command("run", "--rm", "localhost/busybox", "true")
    yield Case(
        "50 containers at once", "Containers must not wait for one another.",
        {
            "estiba": Contestant(timed(lambda: at_once(ours, estiba.env))),
            "docker": Contestant(
                timed(lambda: at_once(["docker", "run", "--rm", "localhost/busybox", "true"], docker.env)),
                runs=1),
        }, runs=3)


def at_once(words, env):
    def one(_):
        subprocess.run(words, env=env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(AT_ONCE)))
