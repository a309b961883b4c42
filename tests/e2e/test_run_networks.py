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


@pytest.mark.parametrize("wrong", ["", "0", "70000", "x:80", "1-2:80-82", "9-8", "80/sctp", "a:1:80", "1:2:3:4"])
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


def udp_answer(port, address="127.0.0.1"):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(1)
        connection.sendto(b"ping\n", (address, port))
        return connection.recv(100)


ECHO = """
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", 53))
while True:
    data, client = server.recvfrom(100)
    server.sendto(data, client)
"""


def test_a_udp_port_leads_to_the_container(box):
    port = free_port()
    name = box.ok("run", "-d", "-p", f"{port}:53/udp", "busybox", "sleep", "600").out.strip()
    # busybox speaks no UDP: the host's Python does, in the container's network.
    pid = str(json.loads(box.ok("container", "inspect", name).out)[0]["State"]["Pid"])
    server = subprocess.Popen(["nsenter", "--net", "-t", pid, "python3", "-c", ECHO])
    try:
        assert until(lambda: udp_answer(port)) == b"ping\n"
    finally:
        server.kill()
        server.wait()
        box.ok("rm", "-f", name)


def test_a_range_of_ports_leads_one_by_one(box):
    first = free_port_pair()
    script = "trap 'exit 0' TERM; for p in 80 81; do (while :; do echo $p | nc -l -p $p; done) & done; wait"
    server = box.start("run", "--rm", "-p", f"{first}-{first + 1}:80-81", "busybox", "sh", "-c", script)
    try:
        assert until(lambda: ask(first)) == "80\n"
        assert until(lambda: ask(first + 1)) == "81\n"
    finally:
        server.kill()
        server.wait()


def free_port_pair():
    while True:
        first = free_port()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", first + 1))
                return first
            except OSError:
                continue


def test_a_published_port_answers_on_ipv6_and_from_containers(box):
    port = free_port()
    with Server(box, "-p", f"{port}:80", "--name", "hairpin"):
        assert until(lambda: ask(port)) == "hello\n"
        assert until(lambda: ask(port, "::1")) == "hello\n"
        script = f"for i in $(seq 50); do nc -w 1 10.91.0.1 {port} && break; sleep 0.1; done"
        assert box.run("busybox", "sh", "-c", script) == "hello\n"
        # Itself, by the host's port.
        own = "for i in $(seq 50); do nc -w 1 10.91.0.1 {} && break; sleep 0.1; done".format(port)
        assert box.ok("exec", "hairpin", "sh", "-c", own).out == "hello\n"


def test_an_ipv6_network_has_addresses_of_both_kinds(box):
    box.ok("network", "create", "--ipv6", "--subnet", "fd5e:17::/64", "six")
    out = box.run("--network", "six", "busybox", "sh", "-c", "ip -6 addr show eth0; ip -6 route; ping -6 -c1 fd5e:17::1")
    assert "fd5e:17::2/64" in out and "default via fd5e:17::1" in out and "1 packets received" in out
    shown = json.loads(box.ok("network", "inspect", "six").out)[0]
    assert shown["EnableIPv6"] and shown["IPAM"]["Config"][1] == {"Subnet": "fd5e:17::/64", "Gateway": "fd5e:17::1"}
    box.ok("network", "rm", "six")


def test_networks_do_not_reach_each_other(box):
    box.ok("network", "create", "apart")
    port = free_port()
    try:
        with Server(box, "-p", f"{port}:80", "--name", "alone"):
            assert until(lambda: ask(port)) == "hello\n"
            address = json.loads(box.ok("network", "inspect", "bridge").out)[0]["Containers"]
            address = [member["IPv4Address"].split("/")[0] for member in address.values()
                       if member["Name"] == "alone"][0]
            reach = "nc -w 2 {} {}; echo done"
            assert box.run("busybox", "sh", "-c", reach.format(address, 80)) == "hello\ndone\n"
            assert box.run("--network", "apart", "busybox", "sh", "-c", reach.format(address, 80)) == "done\n"
    finally:
        until(lambda: box("network", "rm", "apart").code == 0)


def test_a_bridge_does_not_open_the_hosts_loopback(box):
    """CVE-2020-8558's kind: what only the host itself may reach stays so."""
    with socket.socket() as private:
        private.bind(("127.0.0.1", 0))
        private.listen()
        script = ("ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.0/8 via 10.91.0.1; "
                  f"nc -w 2 127.0.0.1 {private.getsockname()[1]} </dev/null && echo reached; true")
        out = box.run("--cap-add", "NET_ADMIN", "busybox", "sh", "-c", script)
        assert "reached" not in out


def test_flushed_rules_come_back(box):
    port = free_port()
    with Server(box, "-p", f"{port}:80"):
        assert until(lambda: ask(port)) == "hello\n"
        subprocess.run(["iptables", "-t", "nat", "-F", "ESTIBA-PORTS"], check=True)
        box.ok("network", "reload")
        assert rules_with(f"dport {port}")
        assert until(lambda: ask(port)) == "hello\n"
