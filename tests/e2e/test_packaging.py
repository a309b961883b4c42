"""What an operator installs and copies: systemd's units, and the examples of the documentation."""

import re
import subprocess
from pathlib import Path

import pytest

from lib.certificates import Authority
from lib.registry import free_port, wait_until_it_answers

TOP = Path(__file__).parents[2]
UNITS = sorted((TOP / "packaging" / "systemd").iterdir())
PAGE = (TOP / "docs" / "operating-a-registry.md").read_text()
EXAMPLES = re.findall(r"(?ms)^```toml\n(.*?)^```$", PAGE)


def test_systemd_takes_the_units_and_finds_them_tight(estiba, tmp_path):
    for unit in UNITS:
        text = unit.read_text().replace("/usr/bin/estiba", str(estiba.command()[0]))
        (tmp_path / unit.name).write_text(text)
    units = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", units[0]],
        capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_registry_starts_when_its_socket_is_asked(estiba, tmp_path):
    port = free_port()
    config = tmp_path / "registry.toml"
    config.write_text('listen = ["systemd"]\n')
    serve = estiba.command("serve", "--config", config, "--data", tmp_path / "registry")
    activator = subprocess.Popen(
        ["systemd-socket-activate", "-l", f"127.0.0.1:{port}", *serve], env=estiba.env,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_it_answers(port, activator, "the activated registry")
    finally:
        activator.terminate()
        assert activator.wait(timeout=30) == 0  # it has become the registry, and drains


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_of_the_documentation_is_valid(estiba, tmp_path, number):
    text = EXAMPLES[number]
    Authority(tmp_path / "authority").issue(tmp_path / "fullchain.pem", tmp_path / "key.pem", 1)
    for secret in ("webhook-builds", "hub-password"):
        (tmp_path / secret).write_text("s3cret\n")
    text = text.replace("/etc/estiba/tls", str(tmp_path)).replace("/etc/estiba/secrets", str(tmp_path))
    file = tmp_path / "registry.toml"
    file.write_text(text)
    assert estiba.ok("serve", "--config", file, "--check-config").out == f"{file}: ok\n"


def test_the_documentation_shows_every_table_of_the_configuration():
    example = (TOP / "examples" / "registry.toml").read_text()
    tables = set(re.findall(r"(?m)^#?\[+([a-z-]+)", example))
    shown = set(re.findall(r"(?m)^\[+([a-z-]+)", "\n".join(EXAMPLES)))
    assert tables == shown
