"""The Debian package in a Debian that has nothing else, and the image that is made of it."""

import json
import subprocess
from pathlib import Path

import pytest

from lib import bases
from lib.containers import remove_all
from lib.program import TOP, Estiba, binary
from lib.registry import Registry, free_port, wait_until_it_answers

IMAGE = TOP / "packaging" / "image" / "Dockerfile"


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    build = Path(binary()).resolve().parent
    subprocess.run(["cpack", "--config", build / "CPackConfig.cmake", "-B", folder], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    (file,) = folder.glob("estiba_*.deb")
    return file


@pytest.fixture(scope="module")
def box(package, tmp_path_factory):
    """A store with `estiba`, the image, which our own builder makes as its Dockerfile says."""
    estiba = Estiba(tmp_path_factory.mktemp("box"))
    estiba.ok("import", bases.debian_tar(), "debian")
    context = tmp_path_factory.mktemp("context")
    (context / package.name).write_bytes(package.read_bytes())
    estiba.ok("build", "-q", "--network", "host", "--build-arg", "BASE=debian", "-t", "estiba", "-f", IMAGE,
              context, timeout=600)
    yield estiba
    remove_all(estiba)


def in_it(box, script):
    return box.run("--network", "none", "--entrypoint", "sh", "estiba", "-ec", script)


def test_what_the_package_brings(package):
    listing = subprocess.run(["dpkg-deb", "-c", package], check=True, capture_output=True, text=True).stdout
    for path in ("usr/bin/estiba", "usr/share/man/man1/estiba-build.1.gz", "etc/estiba/registry.toml",
                 "usr/share/bash-completion/completions/estiba", "usr/share/zsh/vendor-completions/_estiba",
                 "usr/share/fish/vendor_completions.d/estiba.fish", "usr/share/doc/estiba/copyright",
                 "usr/share/doc/estiba/changelog.gz", "usr/lib/systemd/system/estiba-registry.socket"):
        assert f" ./{path}\n" in listing
    assert "/usr/local" not in listing


def test_the_installed_program_and_its_configuration_are_sound(box):
    assert "estiba version" in in_it(box, "estiba version; dpkg -V estiba; ! ldd /usr/bin/estiba | grep 'not found'")
    checked = in_it(box, "estiba serve --config /etc/estiba/registry.toml --data /tmp/r --check-config")
    assert checked == "/etc/estiba/registry.toml: ok\n"


def test_it_is_removed_and_purged_without_a_trace(box):
    left = in_it(box, """
        dpkg -r estiba > /dev/null
        test ! -e /usr/bin/estiba -a -e /etc/estiba/registry.toml
        dpkg -P estiba > /dev/null
        find / -xdev -name '*estiba*' -not -path '/proc/*' -not -path '/var/lib/estiba*' -not -path '/sys/*'
    """)
    assert left == ""


def test_the_image_is_a_registry(box, tmp_path):
    port = free_port()
    name = box.ok("run", "-d", "-p", f"127.0.0.1:{port}:5000", "estiba").out.strip()
    wait_until_it_answers(port, None, "the registry in a container")
    box.ok("exec", "-i", name, "estiba", "admin", "user", "add", "alice", "--password-stdin", "--data",
           "/var/lib/estiba-registry", stdin=Registry.PASSWORD)
    address = f"127.0.0.1:{port}"
    box.ok("login", "-u", "alice", "--password-stdin", address, stdin=Registry.PASSWORD)
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    box.ok("build", "-q", "-t", f"{address}/alice/demo", context)
    box.ok("push", f"{address}/alice/demo")
    puller = box.sibling("puller")
    puller.ok("login", "-u", "alice", "--password-stdin", address, stdin=Registry.PASSWORD)
    puller.ok("pull", f"{address}/alice/demo")
    assert puller.image_id(f"{address}/alice/demo") == box.image_id(f"{address}/alice/demo")
    box.ok("stop", name)
    assert json.loads(box.ok("inspect", name).out)[0]["State"]["ExitCode"] == 0


def test_the_image_is_a_builder(box, tmp_path):
    (tmp_path / "rootfs.tar").write_bytes(bases.busybox_tar())
    (tmp_path / "Dockerfile").write_text(
        "FROM scratch\nADD rootfs.tar /\nRUN echo built inside > /made\nCMD [\"cat\", \"/made\"]\n")
    box.ok("run", "--rm", "--privileged", "--network", "none", "-v", f"{tmp_path}:/context", "estiba", "build",
           "--network", "none", "-t", "demo", "--output", "type=docker,dest=/context/demo.tar", "/context")
    box.ok("load", "-i", tmp_path / "demo.tar")
    assert box.run("--network", "none", "demo") == "built inside\n"
