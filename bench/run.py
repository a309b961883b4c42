#!/usr/bin/python3
"""`run --rm IMAGE true`: the whole process, beside podman and docker, one after the other in turn."""

import statistics
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from common import Estiba, arguments, process_time, timed, workplace

from lib.bases import busybox_tar
from lib.peers import docker_daemon, run, without_hybrid_cgroups
from lib.program import TOP

# As they would be installed; docker is spared its work on iptables, which would change this host's.
DOCKER = ("--iptables=false", "--storage-driver=overlay2")
# podman's default limits need CAP_SYS_RESOURCE, which not every machine gives.
LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]


@contextmanager
def docker(folder):
    try:
        with docker_daemon(folder, DOCKER) as env:
            yield env
    finally:
        # The host's own network namespace, which dockerd leaves mounted.
        subprocess.run(["umount", "-q", folder / "exec" / "netns" / "default"])


def podman_command(folder, runroot, *args):
    return list(map(str, without_hybrid_cgroups([
        "podman", "--root", folder / "podman", "--runroot", runroot, "--storage-driver", "overlay",
        "--cgroup-manager", "cgroupfs", "--events-backend", "none", *args])))


def compare(title, commands, runs):
    """`commands` maps a name to what runs once and returns seconds."""
    seconds = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, operation in commands.items():
            taken = operation()
            if number > 0:  # the first makes what is made once: bridges, rules, caches
                seconds[name].append(taken)
    print(f"{title} ({runs} runs each, in turn)")
    ours = statistics.median(seconds["estiba"])
    for name, values in seconds.items():
        middle = statistics.median(values)
        print(f"  {name:8} median {middle * 1000:7.1f} ms   min {min(values) * 1000:7.1f}   "
              f"max {max(values) * 1000:7.1f}   ratio {middle / ours:5.1f}")


def at_once(command, env, count=50):
    """Seconds until `count` of them, started together, have ended."""
    def one(_):
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)

    def all_of_them():
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(one, range(count)))

    return timed(all_of_them)


def main():
    options = arguments(__doc__, runs=15)
    subprocess.run([TOP / "scripts" / "install-deps.sh"], check=True)
    with workplace() as folder, tempfile.TemporaryDirectory(prefix="p", dir="/tmp") as runroot:
        tar = folder / "busybox.tar"
        tar.write_bytes(busybox_tar())
        estiba = Estiba(folder / "estiba")
        estiba.ok("import", tar, "busybox")
        run(*podman_command(folder, runroot, "import", tar, "localhost/busybox"))
        with docker(folder / "docker") as docker_env:
            subprocess.run(["docker", "import", tar, "busybox"], env=docker_env, check=True,
                           stdout=subprocess.DEVNULL)
            for network in ("none", "host", "bridge"):
                words = ["run", "--rm", f"--network={network}"]
                ours = estiba.command(*words, "busybox", "true")
                podmans = podman_command(folder, runroot, *words, *LIMITS, "localhost/busybox", "true")
                dockers = ["docker", *words, "busybox", "true"]
                compare(f"run --rm --network={network} busybox true", {
                    "estiba": lambda command=ours: process_time(command, estiba.env),
                    "podman": lambda command=podmans: process_time(command, None),
                    "docker": lambda command=dockers: process_time(command, docker_env),
                }, options.runs)
            print(f"50 at once: {at_once(estiba.command('run', '--rm', 'busybox', 'true'), estiba.env):.2f} s")


if __name__ == "__main__":
    main()
