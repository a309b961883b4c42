"""Networks: ports of the host, names between containers, and what the network commands do."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from lib.program import Estiba


@pytest.fixture(scope="module")
def box(tmp_path_factory, busybox_bytes):
    estiba = Estiba(tmp_path_factory.mktemp("networks"))
    estiba.ok("import", "-", "busybox", stdin=busybox_bytes)
    return estiba


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            value = condition()
        except OSError:
            value = None
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def ask(port, address="127.0.0.1"):
    with socket.create_connection((address, port), timeout=2) as connection:
        return connection.makefile().readline()


def rules_with(word):
    rules = subprocess.run(["iptables", "-t", "nat", "-S"], capture_output=True, text=True, check=True)
    return word in rules.stdout


class Server:
    """A container that answers each connection to its port 80 with a word."""

    def __init__(self, box, *options, word="hello", image="busybox"):
        # The first process of a container has no default for TERM.
        script = f"trap 'exit 0' TERM; while :; do echo {word} | nc -l -p 80 & wait; done"
        self.process = box.start("run", "--rm", *options, image, "sh", "-c", script)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def test_a_container_has_an_address_of_its_own_by_default(box):
    out = box.run("busybox", "sh", "-c", "ip -4 -o addr show eth0; ip route")
    assert "10.91." in out and "default via 10.91.0.1" in out


def test_a_port_of_the_host_leads_to_the_container(box):
    port = free_port()
    with Server(box, "-p", f"{port}:80"):
        assert until(lambda: ask(port)) == "hello\n"
        taken = box("run", "--rm", "-p", f"{port}:80", "busybox", "true")
        assert taken.code == 125
        assert f"{port} failed: port is already allocated" in taken.err


def test_a_port_can_be_for_one_address_only_and_is_free_after_a_kill(box):
    port = free_port()
    with Server(box, "-p", f"127.0.0.1:{port}:80") as server:
        assert until(lambda: ask(port)) == "hello\n"
        assert rules_with(f"dport {port}")
        server.process.kill()
        server.process.wait()
    box.run("busybox", "true")  # the next command cleans
    assert not rules_with(f"dport {port}")
    with Server(box, "-p", f"127.0.0.1:{port}:80", word="again"):
        assert until(lambda: ask(port)) == "again\n"


@pytest.mark.parametrize("wrong", ["", "0", "70000", "x:80", "1-2:80", "9-8", "80/sctp", "a:1:80", "1:2:3:4"])
def test_a_wrong_port_is_refused(box, wrong):
    refused = box.fails("run", "--rm", "-p", wrong, "busybox", "true")
    assert "invalid port" in refused.err


def test_exposed_ports_are_led_to_when_asked(box, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\nEXPOSE 80\n")
    box.ok("build", "-q", "-t", "exposing", tmp_path)
    before = set(listening_ports())
    with Server(box, "-P", word="exposed", image="exposing"):
        port = until(lambda: [p for p in set(listening_ports()) - before if answers(p, "exposed\n")])[0]
        assert port >= 1024


def listening_ports():
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A":
            yield int(fields[1].split(":")[1], 16)


def answers(port, word):
    try:
        return ask(port) == word
    except OSError:
        return False


def test_networks_are_made_listed_inspected_and_removed(box):
    made = box.ok("network", "create", "--subnet", "10.171.3.0/24", "--label", "a=b", "lone").out.strip()
    assert len(made) == 64
    assert "lone" in box.ok("network", "ls").out
    names = box.ok("network", "ls", "--format", "{{.Name}}").out.split()
    assert {"bridge", "host", "none", "lone"} <= set(names)
    shown = json.loads(box.ok("network", "inspect", "lone").out)[0]
    assert shown["IPAM"]["Config"] == [{"Subnet": "10.171.3.0/24", "Gateway": "10.171.3.1"}]
    assert shown["Labels"] == {"a": "b"} and shown["Id"] == made
    assert "already exists" in box.fails("network", "create", "lone").err
    assert "overlaps" in box.fails("network", "create", "--subnet", "10.171.0.0/16", "wide").err
    assert box.ok("network", "rm", made[:12]).out.strip() == made[:12]
    assert "not found" in box.fails("network", "inspect", "lone").err
    assert "not found" in box.fails("run", "--rm", "--network", "lone", "busybox", "true").err
    assert "pre-defined" in box.fails("network", "rm", "bridge").err


@pytest.mark.parametrize("wrong", ["../x", "", "host", "bridge", "a b"])
def test_a_wrong_network_name_is_refused(box, wrong):
    box.fails("network", "create", wrong)


def test_containers_of_a_network_know_each_other_by_name(box):
    box.ok("network", "create", "team")
    try:
        with Server(box, "--network", "team", "--name", "web", "--network-alias", "www", word="by-name"):
            script = "for i in $(seq 50); do nc -w 1 {} 80 2>/dev/null && break; sleep 0.1; done"
            for name in ["web", "www"]:
                out = box.run("--network", "team", "busybox", "sh", "-c", script.format(name))
                assert out == "by-name\n"
            members = json.loads(box.ok("network", "inspect", "team").out)[0]["Containers"]
            assert [member["Name"] for member in members.values()] == ["web"]
            assert "active endpoints" in box.fails("network", "rm", "team").err
            elsewhere = box("run", "--rm", "busybox", "nslookup", "web")
            assert elsewhere.code != 0
    finally:
        until(lambda: box("network", "rm", "team").code == 0)


def test_an_address_can_be_chosen(box):
    box.ok("network", "create", "--subnet", "10.171.9.0/24", "--internal", "fixed")
    out = box.run("--network", "fixed", "--ip", "10.171.9.77", "busybox", "ip", "-4", "-o", "addr", "show", "eth0")
    assert "10.171.9.77/24" in out
    assert "not in the subnet" in box.fails("run", "--rm", "--network", "fixed", "--ip", "10.1.1.1",
                                            "busybox", "true").err
    box.ok("network", "prune", "-f")
    assert "fixed" not in box.ok("network", "ls").out


def test_nothing_is_left_on_the_host(box):
    box.run("busybox", "true")
    left = [path for path in Path("/run/estiba/networks/containers").glob("*")
            if not owner_lives(path)]
    assert not left


def owner_lives(path):
    try:
        return os.path.exists(f"/proc/{json.loads((path / 'owner').read_text())['pid']}")
    except FileNotFoundError:
        return True  # it ended meanwhile
