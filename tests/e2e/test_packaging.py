"""What an operator installs and copies: systemd's units, and the examples of the documentation."""

import re
import subprocess
from pathlib import Path

import pytest

from lib.certificates import Authority
from lib.registry import Registry, free_port, wait_until_it_answers

TOP = Path(__file__).parents[2]
UNITS = sorted((TOP / "packaging" / "systemd").iterdir())
PAGES = {name: (TOP / "docs" / f"{name}.md").read_text()
         for name in ("operating-a-registry", "private-registry-with-oidc")}
EXAMPLES = re.findall(r"(?ms)^```toml\n(.*?)^```$", "\n".join(PAGES.values()))


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
    (tmp_path / "secret").write_text("s3cret\n")
    text = text.replace("/etc/estiba/tls", str(tmp_path))
    text = re.sub(r"/etc/estiba/secrets/[a-z-]+", str(tmp_path / "secret"), text)
    file = tmp_path / "registry.toml"
    file.write_text(text)
    assert estiba.ok("serve", "--config", file, "--check-config").out == f"{file}: ok\n"


def test_the_documentation_shows_every_table_of_the_configuration():
    example = (TOP / "examples" / "registry.toml").read_text()
    tables = set(re.findall(r"(?m)^#?\[+([a-z-]+)", example))
    shown = set(re.findall(r"(?m)^\[+([a-z-]+)", "\n".join(EXAMPLES)))
    assert tables == shown


def test_the_commands_of_the_page_on_a_team_s_registry_do_what_it_says(estiba, tmp_path):
    commands = re.findall(r"(?ms)^```sh\n(.*?)^```$", PAGES["private-registry-with-oidc"])
    registry = Registry(estiba, tmp_path / "registry")
    environment = {**estiba.env, "PASSWORD": Registry.PASSWORD, "DATA": str(registry.data),
                   "ESTIBA": str(estiba.command()[0])}
    registry.add_user("ana")
    for command in commands:
        done = subprocess.run(["sh", "-euc", 'estiba() { "$ESTIBA" "$@"; }\n' + command],
                              env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), command
    assert registry.admin("user", "ls").split("\n")[:2] == ["ana (disabled)", "root (admin)"]
