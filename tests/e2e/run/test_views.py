"""What ps, port, inspect and stats show of containers."""

import json
import re
import socket

import pytest

from lib.containers import details, eventually

SLEEP = ("busybox", "sleep", "300")


@pytest.fixture(scope="module")
def port():
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


@pytest.fixture(scope="module")
def web(box, port):
    box.ok("run", "-d", "--name", "web", "-p", f"127.0.0.1:{port}:80", "--expose", "443",
           "--expose", "53-54/udp", "--oom-score-adj", "321", "--memory", "64m", "--pids-limit", "50",
           "--add-host", "db:10.1.2.3", "--tmpfs", "/scratch:size=1m", *SLEEP)
    return "web"


def test_ps_shows_published_and_exposed_ports(box, web, port):
    shown = box.ok("ps", "-f", f"name={web}", "--format", "{{.Ports}}").out
    assert f"127.0.0.1:{port}->80/tcp" in shown and "443/tcp" in shown and "54/udp" in shown
    assert f"127.0.0.1:{port}->80/tcp" in box.ok("ps").out
    assert box.ok("ps", "-f", "publish=80", "--format", "{{.Names}}").out == "web\n"
    assert box.ok("ps", "-q", "-f", "publish=81").out == ""


def test_port_shows_where_ports_lead(box, web, port):
    assert box.ok("port", web).out == f"80/tcp -> 127.0.0.1:{port}\n"
    assert box.ok("port", web, "80").out == box.ok("container", "port", web, "80/tcp").out
    assert box.ok("port", web, "80").out == f"127.0.0.1:{port}\n"
    assert "No public port '81/tcp' published" in box.fails("port", web, "81").err


def test_inspect_shows_networks_and_the_hosts_part(box, web, port):
    found = details(box, web)
    networks = found["NetworkSettings"]
    assert networks["Ports"]["80/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": str(port)}]
    assert networks["Ports"]["443/tcp"] is None
    address = box.ok("exec", web, "hostname", "-i").out.strip()
    assert networks["IPAddress"] == networks["Networks"]["bridge"]["IPAddress"] == address
    host = found["HostConfig"]
    assert host["PortBindings"] == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    assert host["Memory"] == 64 << 20 and host["PidsLimit"] == 50 and host["OomScoreAdj"] == 321
    assert host["ExtraHosts"] == ["db:10.1.2.3"] and "/scratch" in host["Tmpfs"]
    assert "443/tcp" in found["Config"]["ExposedPorts"]
    out = box.ok("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", web).out
    assert out == address + "\n"
    assert box.ok("exec", web, "cat", "/proc/1/oom_score_adj").out == "321\n"
    assert "range for oom" in box.fails("create", "--oom-score-adj", "1001", "busybox").err
    assert details(box, web).keys() >= {"Id", "State", "Mounts", "Config", "LogPath", "Path"}
    assert json.loads(box.ok("inspect", "-s", web).out)[0]["SizeRootFs"] > 0


def test_stats_shows_what_is_used(box, web):
    box.ok("exec", "-d", web, "sh", "-c", "while :; do :; done")
    lines = box.ok("stats", "--no-stream").out.splitlines()
    assert re.split(r"\s{2,}", lines[0]) == [
        "CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O",
        "PIDS"]
    assert re.match(r"[0-9a-f]{12} +web +[0-9.]+% +[0-9.]+[KM]iB / 64MiB +[0-9.]+% +"
                    r"[0-9.]+k?B / [0-9.]+k?B +[0-9.]+[kM]?B / [0-9.]+[kM]?B +2$", lines[1])
    row = eventually(lambda: busy_row(box, web))
    assert row["Name"] == "web" and row["PIDs"] == "2" and row["MemUsage"].endswith(" / 64MiB")
    assert box.ok("stats", "--no-stream", "--format", "{{.Name}}", web).out == "web\n"
    assert "No such container" in box.fails("stats", "--no-stream", "nosuch").err


def busy_row(box, name):
    row = json.loads(box.ok("stats", "--no-stream", "--format", "json", name).out)
    return row if float(row["CPUPerc"].rstrip("%")) > 1 else None


def test_only_the_streams_asked_for_are_shown(box):
    say = ("busybox", "sh", "-c", "echo out; echo err >&2")
    only_errors = box.ok("run", "--rm", "-a", "stderr", *say)
    assert (only_errors.out, only_errors.err) == ("", "err\n")
    only_output = box.ok("run", "--rm", "-a", "stdout", *say)
    assert (only_output.out, only_output.err) == ("out\n", "")
    assert "valid streams" in box("run", "-a", "elsewhere", *say).err
    assert "Conflicting options" in box("run", "-d", "-a", "stdout", *say).err


def test_links_are_refused_with_the_way_to_go(box):
    refused = box.fails("run", "--rm", "--link", "web", "busybox", "true").err
    assert "--link is not supported" in refused and "network create" in refused
