"""The other tools of the field, each with storage of its own."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from lib.registry import free_port, wait_until_it_answers

HYBRID_CGROUP = Path("/sys/fs/cgroup/unified")


def run(*command, **options):
    """Runs a peer to its successful end; its standard output."""
    done = subprocess.run(
        list(map(str, command)), stdin=options.pop("stdin", subprocess.DEVNULL),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, **options,
    )
    out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    assert done.returncode == 0, f"$ {' '.join(map(str, command))}\n{out}\n{err}"
    return out


def without_hybrid_cgroups(command):
    """crun 1.8 refuses to start beside a cgroup2 mount of a hybrid hierarchy: hide it."""
    if not HYBRID_CGROUP.is_dir():
        return command
    return ["unshare", "--mount", "sh", "-c", f'umount {HYBRID_CGROUP} && exec "$@"', "sh", *command]


class Podman:
    """Storage below `folder`; `runroot` must be a short path, podman takes no more than 50 bytes."""

    def __init__(self, folder, runroot):
        self.folder = folder
        self.runroot = runroot
        folder.mkdir()
        # A file that is named must exist.
        (folder / "auth.json").write_text("{}")
        self.env = {**os.environ, "REGISTRY_AUTH_FILE": str(folder / "auth.json")}

    def __call__(self, *args, **options):
        folder = self.folder
        command = [
            "podman", "--root", folder / "root", "--runroot", self.runroot, "--tmpdir",
            folder / "tmp", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs",
            "--events-backend", "none", *args,
        ]
        return run(*without_hybrid_cgroups(command), env=self.env, **options)

    def run_image(self, image, *args):
        # Its default limits need CAP_SYS_RESOURCE, which not every machine gives.
        limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
        return self("run", "--rm", "--network", "host", *limits, image, *args)


class DebianRegistry:
    """Debian's docker-registry, open to everybody; `certificate` is a chain and its key, for TLS."""

    def __init__(self, folder, certificate=None):
        self.folder = folder
        self.tls = ", tls: {certificate: '%s', key: '%s'}" % certificate if certificate else ""
        self.port = free_port()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        self.folder.mkdir()
        config = self.folder / "config.yml"
        config.write_text(
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.folder}/data}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: '{self.address}'{self.tls}}}\n"
        )
        program = shutil.which("docker-registry")
        assert program, "docker-registry is missing: run scripts/install-deps.sh"
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [program, "serve", config], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        wait_until_it_answers(self.port, self.process, "docker-registry")
        return self

    def __exit__(self, *exception):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()


def wait_for_socket(socket, daemon, log):
    deadline = time.monotonic() + 30
    while not socket.exists():
        assert daemon.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


@contextmanager
def docker_daemon(folder, options=("--bridge=none", "--iptables=false", "--storage-driver=vfs")):
    """Debian's dockerd on a socket of its own; the environment that leads docker to it."""
    folder.mkdir()
    socket = folder / "docker.sock"
    log = open(folder / "log", "wb")
    daemon = subprocess.Popen(
        ["/usr/sbin/dockerd", "-H", f"unix://{socket}", "--data-root", folder / "data", "--exec-root",
         folder / "exec", "--pidfile", folder / "pid", *options],
        stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
    )
    try:
        wait_for_socket(socket, daemon, folder / "log")
        yield {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(folder),
               "DOCKER_HOST": f"unix://{socket}"}
    finally:
        daemon.terminate()
        daemon.wait(timeout=30)
        log.close()


@contextmanager
def containerd(folder):
    """Debian's containerd on a socket of its own; a function that runs ctr against it."""
    folder.mkdir()
    socket = folder / "containerd.sock"
    config = folder / "config.toml"
    config.write_text(
        f'version = 2\nroot = "{folder}/root"\nstate = "{folder}/state"\n'
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
        f'[grpc]\naddress = "{socket}"\n'
    )
    log = open(folder / "log", "wb")
    daemon = subprocess.Popen(
        ["containerd", "--config", config], stdin=subprocess.DEVNULL, stdout=log,
        stderr=subprocess.STDOUT)
    try:
        wait_for_socket(socket, daemon, folder / "log")
        yield lambda *args, **options: run("ctr", "-a", socket, *args, **options)
    finally:
        daemon.terminate()
        daemon.wait(timeout=30)
        log.close()
