"""Ours and the peers, each with storage of its own on a real disk, started when a case first needs it."""

import os
import subprocess
import tempfile
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from lib.bases import busybox_tar, debian_tar
from lib.peers import DebianRegistry, docker_daemon, run, without_hybrid_cgroups
from lib.program import Estiba
from lib.registry import Registry

from measuring import Contestant, command

# As they would be installed; docker is spared its work on iptables, which would change this host's.
DOCKER = ("--iptables=false", "--storage-driver=overlay2")
# podman's default limits need CAP_SYS_RESOURCE, which not every machine gives.
PODMAN_LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]


class Contestants:
    def __enter__(self):
        self.stack = ExitStack()
        # TMPDIR may be in memory.
        self.folder = Path(self.stack.enter_context(
            tempfile.TemporaryDirectory(prefix="estiba-bench.", dir="/var/tmp")))
        self.numbers = 0
        return self

    def __exit__(self, *exception):
        return self.stack.__exit__(*exception)

    def new_folder(self, name):
        self.numbers += 1
        folder = self.folder / f"{name}{self.numbers}"
        folder.mkdir()
        return folder

    @cached_property
    def busybox(self):
        tar = self.folder / "busybox.tar"
        tar.write_bytes(busybox_tar())
        return tar

    @cached_property
    def debian(self):
        return Path(debian_tar())

    @cached_property
    def estiba(self):
        return self.new_estiba()

    def new_estiba(self):
        """Another store."""
        return Estiba(self.new_folder("estiba"))

    @cached_property
    def buildah(self):
        return self.new_buildah()

    def new_buildah(self):
        return Buildah(self.new_folder("buildah"))

    @cached_property
    def podman(self):
        short = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="p", dir="/tmp"))
        return Podman(self.new_folder("podman"), Path(short))

    @cached_property
    def docker(self):
        folder = self.folder / "docker"
        env = self.stack.enter_context(docker_daemon(folder, DOCKER))
        # The host's own network namespace, which dockerd leaves mounted.
        self.stack.callback(subprocess.run, ["umount", "-q", folder / "exec" / "netns" / "default"],
                            stderr=subprocess.DEVNULL)
        return Docker(env, int((folder / "pid").read_text()))

    @cached_property
    def registry(self):
        """Ours, with one account, alice."""
        registry = Registry(self.new_estiba(), self.folder / "registry")
        registry.add_user("alice")
        registry.serve_flags = ["--no-access-log"]
        registry.start()
        self.stack.callback(registry.stop)
        return registry

    @cached_property
    def docker_registry(self):
        return self.stack.enter_context(DebianRegistry(self.folder / "docker-registry"))


class Buildah:
    def __init__(self, folder):
        self.folder = folder
        # A file that is named must exist.
        (folder / "auth.json").write_text("{}")
        self.env = {**os.environ, "REGISTRY_AUTH_FILE": str(folder / "auth.json")}

    def command(self, *args):
        return list(map(str, without_hybrid_cgroups([
            "buildah", "--root", self.folder / "root", "--runroot", self.folder / "run",
            "--storage-driver", "overlay", *args])))

    def __call__(self, *args):
        return run(*self.command(*args), env=self.env)

    def import_tar(self, tar, name):
        """A root file system becomes an image, as `estiba import` does it."""
        context = self.folder / f"import-{tar.name}"
        context.mkdir()
        (context / "Dockerfile").write_text(f"FROM scratch\nADD {tar.name} /\n")
        os.link(tar, context / tar.name)
        self("bud", "-q", "-t", name, context)

    def contestant(self, *args, **options):
        return Contestant(command(self.command(*args), self.env), **options)


class Podman:
    def __init__(self, folder, runroot):
        self.folder, self.runroot, self.env = folder, runroot, dict(os.environ)

    def command(self, *args):
        return list(map(str, without_hybrid_cgroups([
            "podman", "--root", self.folder / "root", "--runroot", self.runroot, "--storage-driver",
            "overlay", "--cgroup-manager", "cgroupfs", "--events-backend", "none", *args])))

    def __call__(self, *args):
        return run(*self.command(*args), env=self.env)


class Docker:
    """dockerd with the builder that `DOCKER_BUILDKIT` chooses."""

    def __init__(self, env, pid):
        self.env = {**env, "DOCKER_BUILDKIT": "1"}
        self.pid = pid

    def __call__(self, *args):
        return run("docker", *args, env=self.env)

    def contestant(self, *args, **options):
        return Contestant(command(["docker", *args], self.env, self.pids), belongs=self.pids, **options)

    def pids(self):
        return [self.pid]
