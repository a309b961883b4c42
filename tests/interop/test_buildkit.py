"""The same Dockerfiles and contexts, built by docker's BuildKit and by us.

Debian's docker.io is started with folders and a socket of its own. Its BuildKit is of 2021: the
cases of the table that name something newer are ours alone.
"""

import os
import shutil
import subprocess
import time

import pytest

from lib.copy_cases import CASES, FAILS
from lib.flattened import lines_of, write_files
from lib.peers import without_hybrid_cgroups
from lib.run_cases import CASES as RUN_CASES
from lib.tars import SavedImage, read_tar, saved

# Debian's own program: a newer one elsewhere in PATH may lack the plugin that it needs to build.
DOCKER = "/usr/bin/docker"

CONFIG_CASES = {
    "environment": 'FROM scratch\nENV A=1 B="2 3" C=\'$A\' D=$A$B E="$A" F=a\\ b\nENV G h i\nENV PATH=/x:$PATH\n',
    "labels": 'FROM scratch\nARG V=1\nLABEL a=$V "b c"="d e" f=\'$V\'\nLABEL a=2\n',
    "commands in shell form": "FROM scratch\nENTRYPOINT echo $A\nCMD a \"b c\"\n",
    "commands as arrays": 'FROM scratch\nENTRYPOINT ["a", "b\\n"]\nCMD ["c"]\n',
    "ENTRYPOINT drops the base's CMD": 'FROM scratch AS s\nCMD ["c"]\nFROM s\nENTRYPOINT ["e"]\n',
    "CMD before ENTRYPOINT stays": 'FROM scratch\nCMD ["c"]\nENTRYPOINT ["e"]\n',
    "an empty ENTRYPOINT": 'FROM scratch AS s\nENTRYPOINT ["e"]\nCMD ["c"]\nFROM s\nENTRYPOINT []\n',
    "SHELL": 'FROM scratch\nSHELL ["/x", "-e"]\nCMD y\n',
    "ports": "FROM scratch\nARG P=7\nEXPOSE 80 443/tcp 53/udp $P 9000-9002\n",
    "volumes": 'FROM scratch\nENV V=/v\nVOLUME /a $V\nVOLUME ["/b c"]\n',
    "user, workdir, signal": "FROM scratch\nARG U=7\nUSER $U:8\nWORKDIR /w\nWORKDIR v\nSTOPSIGNAL SIGINT\n",
    "health": "FROM scratch\nHEALTHCHECK --interval=5s --timeout=1m30s --start-period=2s --retries=4 CMD curl -f x || exit 1\n",
    "health as an array": 'FROM scratch\nHEALTHCHECK CMD ["a", "b"]\n',
    "no health": "FROM scratch\nHEALTHCHECK NONE\n",
    "triggers": "FROM scratch\nONBUILD COPY . /x\nONBUILD RUN echo $A\n",
    "maintainer": "FROM scratch\nMAINTAINER me <me@x.test>\n",
    "expansion": (
        "FROM scratch\nENV A=abc.def.ghi E=\nENV B=${A:-x} C=${N:-x} D=${E:-x} G=${A:+y} "
        "H=${N:+y} I=\\$A J=\"\\$A\" K='\\$A' L=$A.x M=${A}x\n"
    ),
    "continuations": "FROM scratch\nENV A=1 \\\n# no\n  B=2 \\\n\n  C=3\n",
}
# What both must say alike; the rest is theirs alone (Image, Hostname) or says nothing.
KEYS = ["Env", "Labels", "Cmd", "Entrypoint", "Shell", "ExposedPorts", "Volumes", "User",
        "WorkingDir", "StopSignal", "Healthcheck", "OnBuild"]


class Docker:
    def __init__(self, folder, socket):
        self.folder = folder
        self.environment = {**os.environ, "DOCKER_HOST": f"unix://{socket}", "DOCKER_BUILDKIT": "1"}

    def __call__(self, *arguments, input=b""):
        return subprocess.run(
            [DOCKER, *map(str, arguments)], env=self.environment, input=input,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
        )

    def saved(self, name):
        path = self.folder / "saved.tar"
        assert self("save", "-o", path, name).returncode == 0
        image = SavedImage(path)
        path.unlink()
        return image


@pytest.fixture(scope="module")
def docker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dockerd")
    socket = folder / "s"
    command = [
        shutil.which("dockerd") or "/usr/sbin/dockerd", "--data-root", folder / "data",
        "--exec-root", folder / "exec", "--pidfile", folder / "pid", "--host", f"unix://{socket}",
        "--iptables=false", "--ip6tables=false", "--bridge=none",
    ]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            without_hybrid_cgroups(list(map(str, command))), stdin=subprocess.DEVNULL, stdout=log,
            stderr=log,
        )
        docker = Docker(folder, socket)
        for _ in range(300):
            if docker("version").returncode == 0:
                break
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield docker
        process.terminate()
        process.wait(timeout=60)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("case", [case for case in CASES if not case.newer], ids=str)
def test_docker_makes_the_same_files(docker, tmp_path, case):
    """That we make them, too, is what tests/e2e/test_copy_table.py says."""
    write_files(tmp_path / "context", {**case.files, "Dockerfile": case.dockerfile})
    os.utime(tmp_path / "context" / "Dockerfile")  # only size and time tell it from another's
    flags = [f"--build-arg={name}={value}" for name, value in case.arguments.items()]
    exported = tmp_path / "exported.tar"
    output = f"type=tar,dest={exported}"
    result = docker("build", "-q", "--output", output, *flags, tmp_path / "context")
    if case.expected == FAILS:
        assert result.returncode != 0
        return
    assert result.returncode == 0, result.stderr.decode()
    assert lines_of(dict(read_tar(exported.read_bytes()))) == case.expected


@pytest.fixture(scope="module")
def docker_with_base(docker, busybox_bytes):
    assert docker("import", "-", "busybox", input=busybox_bytes).returncode == 0
    return docker


# What the container's runtime leaves where it mounts its own files.
MADE_BY_RUNTIME = ("dev", "proc", "sys", "etc/hosts", "etc/resolv.conf")


@pytest.mark.parametrize("case", [case for case in RUN_CASES if not case.newer], ids=str)
def test_docker_makes_the_same_files_by_commands(docker_with_base, busybox_bytes, tmp_path, case):
    context = tmp_path / "context"
    write_files(context, {**case.files, "Dockerfile": case.dockerfile})
    os.utime(context / "Dockerfile")  # only size and time tell it from the one of another case
    exported = tmp_path / "exported.tar"
    result = docker_with_base("build", "-q", "--network=host", "--output",
                              f"type=tar,dest={exported}", context)
    if case.expected == FAILS:
        assert result.returncode != 0
        return
    assert result.returncode == 0, result.stderr.decode()
    known = set(lines_of(dict(read_tar(busybox_bytes))).splitlines())
    tree = {path: entry for path, entry in read_tar(exported.read_bytes())
            if not path.startswith(MADE_BY_RUNTIME)}
    lines = [line for line in lines_of(tree).splitlines() if line not in known]
    assert "\n".join(lines) == case.expected


def config_of(image):
    config = image.config.get("config") or {}
    kept = {key: config[key] for key in KEYS if config.get(key)}
    kept["WorkingDir"] = kept.get("WorkingDir", "/")
    kept["author"] = image.config.get("author", "")
    return kept


@pytest.mark.parametrize("dockerfile", CONFIG_CASES.values(), ids=CONFIG_CASES)
def test_docker_makes_the_same_configuration(docker, estiba, tmp_path, dockerfile):
    # Docker does not save images without a layer.
    dockerfile = dockerfile.replace("FROM scratch", "FROM scratch AS first\nCOPY a /a\nFROM first", 1)
    write_files(tmp_path / "context", {"a": "1", "Dockerfile": dockerfile})
    result = docker("build", "-q", "-t", "demo", tmp_path / "context")
    assert result.returncode == 0, result.stderr.decode()
    estiba.ok("build", "-q", "-t", "demo", tmp_path / "context")
    assert config_of(saved(estiba, "demo")) == config_of(docker.saved("demo"))
