"""Containers that enter and leave networks, and what the network commands show."""

import json
import os
import socket

import pytest

from lib.containers import details, eventually

SLEEP = ("busybox", "sleep", "300")


@pytest.fixture
def networks(box):
    """Makes networks, which go with what is in them."""
    made = []

    def make(name, *options):
        box.ok("network", "create", *options, name)
        made.append(name)
        return name

    yield make
    for container in box.ok("ps", "-aq").out.split():
        box.ok("rm", "-f", container)
    for name in made:
        box("network", "rm", name)


def pings(box, source, name):
    return box("exec", source, "ping", "-c1", "-w2", name).code == 0


def places(box, name):
    return details(box, name)["NetworkSettings"]["Networks"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, address="127.0.0.1"):
    try:
        with socket.create_connection((address, port), timeout=2) as connection:
            return connection.makefile().readline()
    except OSError:
        return None


SERVE = ("busybox", "sh", "-c", "trap 'exit 0' TERM; while :; do echo hello | nc -l -p 80 & wait; done")


def test_a_container_can_be_born_into_several_networks(box, networks):
    networks("left"), networks("right")
    box.ok("run", "-d", "--name", "both", "--network", "left", "--network", "name=right,alias=rechts", *SLEEP)
    box.ok("run", "-d", "--name", "rightmost", "--network", "right", *SLEEP)
    assert set(places(box, "both")) == {"left", "right"}
    assert box.ok("ps", "--filter", "name=both", "--format", "{{.Networks}}").out == "left,right\n"
    # It hears the names of the second network as well, and is known there by its own.
    assert pings(box, "both", "rightmost")
    assert pings(box, "rightmost", "both") and pings(box, "rightmost", "rechts")
    addresses = box.ok("exec", "both", "ip", "-4", "-o", "addr").out
    hosts = box.ok("exec", "both", "cat", "/etc/hosts").out
    for place in places(box, "both").values():
        assert place["IPAddress"] in addresses and place["IPAddress"] in hosts
    gateway = places(box, "both")["left"]["Gateway"]
    assert f"default via {gateway} dev eth0" in box.ok("exec", "both", "ip", "route").out


def test_a_running_container_is_connected_and_disconnected(box, networks):
    networks("meeting")
    box.ok("run", "-d", "--name", "host1", "--network", "meeting", *SLEEP)
    box.ok("run", "-d", "--name", "guest", *SLEEP)
    assert not pings(box, "guest", "host1")
    box.ok("network", "connect", "--alias", "visitor", "meeting", "guest")
    assert pings(box, "guest", "host1") and pings(box, "host1", "visitor")
    again = box.fails("network", "connect", "meeting", "guest")
    assert "endpoint with name guest already exists in network meeting" in again.err
    place = places(box, "guest")["meeting"]
    assert "visitor" in place["Aliases"]
    assert place["IPAddress"] in box.ok("exec", "guest", "cat", "/etc/hosts").out
    box.ok("network", "disconnect", "meeting", "guest")
    assert set(places(box, "guest")) == {"bridge"}
    assert not pings(box, "guest", place["IPAddress"]) and not pings(box, "host1", "visitor")
    assert place["IPAddress"] not in box.ok("exec", "guest", "cat", "/etc/hosts").out
    assert "is not connected to network meeting" in box.fails("network", "disconnect", "meeting", "guest").err


def test_what_was_connected_stays_so_over_a_restart(box, networks):
    networks("later", "--subnet", "10.172.3.0/24")
    box.ok("create", "--name", "sleeper", *SLEEP)
    box.ok("network", "connect", "--ip", "10.172.3.7", "later", "sleeper")
    box.ok("network", "disconnect", "bridge", "sleeper")
    box.ok("start", "sleeper")
    assert places(box, "sleeper")["later"]["IPAddress"] == "10.172.3.7"
    assert places(box, "sleeper")["later"]["IPAMConfig"] == {"IPv4Address": "10.172.3.7"}
    box.ok("restart", "-t", "0", "sleeper")
    assert set(places(box, "sleeper")) == {"later"}
    assert "10.172.3.7/24" in box.ok("exec", "sleeper", "ip", "-4", "-o", "addr", "show", "eth0").out


def test_published_ports_follow_when_their_network_is_left(box, networks):
    networks("first"), networks("second")
    port = free_port()
    box.ok("run", "-d", "--name", "moving", "--network", "first", "--network", "second", "-p", f"{port}:80", *SERVE)
    assert eventually(lambda: ask(port)) == "hello\n"
    box.ok("network", "disconnect", "first", "moving")
    assert eventually(lambda: ask(port)) == "hello\n"
    assert eventually(lambda: ask(port, "::1")) == "hello\n"
    gateway = places(box, "moving")["second"]["Gateway"]
    assert f"default via {gateway}" in box.ok("exec", "moving", "ip", "route").out
    box.ok("network", "disconnect", "second", "moving")
    assert ask(port) in (None, "") and places(box, "moving") == {}
    box.ok("network", "connect", "first", "moving")
    assert eventually(lambda: ask(port)) == "hello\n"


def test_the_way_outside_is_by_the_highest_priority_and_never_internal(box, networks):
    networks("closed", "--internal"), networks("low"), networks("high")
    box.ok("run", "-d", "--name", "chooser", "--network", "closed", "--network", "low",
           "--network", "name=high,gw-priority=5", *SLEEP)
    gateway = places(box, "chooser")["high"]["Gateway"]
    assert f"default via {gateway}" in box.ok("exec", "chooser", "ip", "route").out
    box.ok("network", "disconnect", "high", "chooser")
    gateway = places(box, "chooser")["low"]["Gateway"]
    assert f"default via {gateway}" in box.ok("exec", "chooser", "ip", "route").out
    box.ok("network", "disconnect", "low", "chooser")
    assert "default" not in box.ok("exec", "chooser", "ip", "route").out


def test_addresses_of_all_kinds_can_be_chosen(box, networks):
    networks("fixed", "--subnet", "10.172.5.0/24", "--ipv6", "--subnet", "fd5e:18::/64")
    out = box.run("--network", "fixed", "--ip", "10.172.5.9", "--ip6", "fd5e:18::99", "--mac-address",
                  "02:42:0a:00:00:09", "busybox", "ip", "addr", "show", "eth0")
    assert "10.172.5.9/24" in out and "fd5e:18::99/64" in out and "02:42:0a:00:00:09" in out


@pytest.mark.parametrize("flags, message", [
    (["--mac-address", "nonsense"], "is not a valid mac address"),
    (["--network", "host", "--network", "bridge"], "conflicting options"),
    (["--network", "bridge", "--network", "bridge"], "specified multiple times"),
    (["--network", "name=bridge,speed=9"], "invalid field speed"),
    (["--network", "none", "--ip", "10.1.1.1"], "user specified IP address"),
    (["--ip6", "10.1.1.1"], "invalid IPv6 address"),
    (["--network", "nowhere"], "network nowhere not found"),
])
def test_what_contradicts_is_refused(box, flags, message):
    refused = box.fails("run", "--rm", *flags, "busybox", "true")
    assert refused.code == 125 and message in refused.err


@pytest.mark.parametrize("mode, message", [("host", "sharing network namespace"), ("none", "private (none) mode")])
def test_containers_without_networks_of_their_own_are_not_connected(box, mode, message):
    box.ok("create", "--name", f"mode-{mode}", "--network", mode, *SLEEP)
    assert message in box.fails("network", "connect", "bridge", f"mode-{mode}").err
    assert "connected to host network" in box.fails("network", "connect", "host", f"mode-{mode}").err


def test_of_a_range_of_the_hosts_ports_the_first_free_one_is_taken(box):
    first = free_port()
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", first))
        taken.listen()
        box.ok("run", "-d", "--name", "ranged", "-p", f"{first}-{first + 30}:80", *SERVE)
    chosen = box.ok("port", "ranged", "80").out.splitlines()[0]
    assert first < int(chosen.removeprefix("0.0.0.0:")) <= first + 30
    assert eventually(lambda: ask(int(chosen.split(":")[1]))) == "hello\n"
    bindings = details(box, "ranged")["HostConfig"]["PortBindings"]
    assert bindings == {"80/tcp": [{"HostIp": "", "HostPort": f"{first}-{first + 30}"}]}
    box.ok("rm", "-f", "ranged")


def test_ports_are_shown_as_docker_shows_them(box):
    port, low = free_port(), free_range(3)
    box.ok("run", "-d", "--name", "shown", "-p", f"[::1]:{port}:80", "-p", f"{low}-{low + 2}:90-92", "--expose", "70/udp",
           *SERVE)
    shown = box.ok("ps", "--filter", "name=shown", "--format", "{{.Ports}}").out.strip()
    assert shown == (f"70/udp, [::1]:{port}->80/tcp, 0.0.0.0:{low}-{low + 2}->90-92/tcp, "
                     f"[::]:{low}-{low + 2}->90-92/tcp")
    assert box.ok("port", "shown", "80/tcp").out == f"[::1]:{port}\n"
    assert box.ok("port", "shown", "91").out == f"0.0.0.0:{low + 1}\n[::]:{low + 1}\n"
    ports = details(box, "shown")["NetworkSettings"]["Ports"]
    assert ports["80/tcp"] == [{"HostIp": "::1", "HostPort": str(port)}] and ports["70/udp"] is None
    assert eventually(lambda: ask(port, "::1")) == "hello\n" and ask(port) is None
    assert "No public port '70/tcp'" in box.fails("port", "shown", "70").err
    box.ok("rm", "-f", "shown")


def free_range(length):
    while True:
        first = free_port()
        try:
            for port in range(first, first + length):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue


def test_the_resolver_is_told_what_was_asked_for(box):
    out = box.run("--dns", "192.0.2.1", "--dns", "192.0.2.2", "--dns-search", "a.test", "--dns-search", "b.test",
                  "--dns-option", "ndots:3", "busybox", "cat", "/etc/resolv.conf")
    assert out == "search a.test b.test\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions ndots:3\n"
    assert "IP address is not correctly formatted: foo" in box.fails("run", "--rm", "--dns", "foo", "busybox", "true").err
    assert "search" not in box.run("--dns-search", ".", "busybox", "cat", "/etc/resolv.conf")


def test_networks_are_listed_by_what_is_asked_for(box, networks):
    networks("blue", "--label", "colour=blue"), networks("red", "--label", "colour=red", "--internal")
    ls = lambda *options: box.ok("network", "ls", *options).out  # noqa: E731
    names = lambda *filters: ls("--format", "{{.Name}}", *filters).split()  # noqa: E731
    assert names("-f", "label=colour") == ["blue", "red"]
    assert names("-f", "label=colour=red") == ["red"] and names("-f", "name=lu") == ["blue"]
    assert names("-f", "type=custom") == ["blue", "red"]
    assert names("-f", "type=builtin") == ["bridge", "host", "none"]
    assert names("-f", "driver=null") == ["none"]
    box.ok("run", "-d", "--name", "painter", "--network", "blue", *SLEEP)
    assert names("-f", "dangling=true") == ["red"]
    table = ls("-f", "label=colour", "--format", "table {{.Name}}\t{{.Internal}}\t{{.Labels}}").splitlines()
    assert table[0].split() == ["NAME", "INTERNAL", "LABELS"] and table[2].split() == ["red", "true", "colour=red"]
    assert {"Name", "ID", "Driver", "Scope", "IPv6", "CreatedAt"} <= set(
        json.loads(ls("-f", "name=blue", "--format", "json")))
    assert len(ls("-q", "--no-trunc", "-f", "name=blue").strip()) == 64
    assert "Invalid filter" in box.fails("network", "ls", "-f", "moon=full").err
    assert box.ok("ps", "-q", "--filter", "network=blue").out == box.ok("ps", "-q", "--filter", "name=painter").out
    members = json.loads(box.ok("network", "inspect", "blue").out)[0]["Containers"]
    assert [member["Name"] for member in members.values()] == ["painter"]
    assert "not found" in box.fails("network", "create", "--driver", "overlay", "far").err
    assert "knows no option" in box.fails("network", "create", "-o", "mtu=9", "far").err


def test_pruning_asks_and_spares_what_is_used_or_labelled(box, networks):
    networks("kept", "--label", "keep"), networks("used"), networks("idle")
    box.ok("run", "-d", "--name", "user", "--network", "used", *SLEEP)
    refused = box("network", "prune", stdin=b"n\n")
    assert refused.code == 1 and "WARNING! This will remove all custom networks" in refused.out
    out = box.ok("network", "prune", "--filter", "label!=keep", stdin=b"y\n").out
    assert "Deleted Networks:\nidle\n" in out
    left = box.ok("network", "ls", "-f", "type=custom", "--format", "{{.Name}}").out.split()
    assert left == ["kept", "used"]


def test_what_a_killed_keeper_left_in_several_networks_is_taken_away(box, networks):
    networks("here"), networks("there")
    box.ok("run", "-d", "--name", "victim", "--network", "here", "--network", "there", *SLEEP)
    keeper = json.loads((box.root / "containers" / details(box, "victim")["Id"] / "state.json").read_text())
    os.kill(keeper["keeper_pid"], 9)
    eventually(lambda: details(box, "victim")["State"]["Status"] == "exited")
    assert places(box, "victim")["here"]["IPAddress"] == ""
    box.ok("network", "rm", "here", "there")
