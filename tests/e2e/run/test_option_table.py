"""Every option of `run` with a real container, as root and, where it exists there, as an ordinary user.

An option that the help lists and the table does not have fails the last test: add its row here.
"""

import os
import re
import shutil
import socket
import tempfile
import urllib.request
from pathlib import Path

import pytest

from lib.containers import details, eventually, remove_all, status
from lib.ordinary_user import Account, UserEstiba

QUIET = ("--network", "none")


def prints(options, script, expected):
    """A container with these options in which the script prints what is expected."""
    def check(program, folder):
        assert program.ok("run", "--rm", *QUIET, *options, "busybox", "sh", "-c", script).out == expected
    return check


def refuses(options, *words):
    def check(program, folder):
        result = program("run", "--rm", *QUIET, *options, "busybox", "true")
        assert result.code == 125 and all(word in result.err for word in words), str(result)
    return check


def recorded(options, read, expected):
    """What `inspect` tells of a container that was started with these options."""
    def check(program, folder):
        name = f"recorded-{len(program.ok('ps', '-aq').out)}"
        program.ok("run", "-d", "--name", name, *QUIET, *options, "busybox", "sleep", "300")
        try:
            assert read(details(program, name)) == expected
        finally:
            program.ok("rm", "-f", "-v", name)
    return check


def limit(options, name, value):
    """What the host's cgroups do not know is discarded with a warning, and then not recorded."""
    def check(program, folder):
        done = program.ok("run", "--rm", *QUIET, *options, "busybox", "true")
        if "discarded" in done.err:
            return
        recorded(options, lambda shown: shown["HostConfig"][name], value)(program, folder)
    return check


def joins(option, namespace):
    """One container in the namespace of another."""
    def check(program, folder):
        program.ok("run", "-d", "--name", "joined", *QUIET, "--ipc", "shareable", "busybox", "sleep", "300")
        try:
            link = ("readlink", f"/proc/self/ns/{namespace}")
            inside = program.ok("exec", "joined", *link).out
            options = ["--network", "none"] if option != "--network" else []
            assert program.ok("run", "--rm", *options, option, "container:joined", "busybox", *link).out == inside
        finally:
            program.ok("rm", "-f", "joined")
    return check


def file_of(text, *options):
    """Options with FILE in place of the path of a file with this text."""
    def fill(folder):
        path = folder / "given"
        path.write_text(text)
        path.chmod(0o644)
        return [word.replace("FILE", str(path)) for word in options]
    return fill


def prints_with(fill, script, expected):
    def check(program, folder):
        prints(fill(folder), script, expected)(program, folder)
    return check


def check_detach(program, folder):
    identity = program.ok("run", "-d", "--name", "away", *QUIET, "busybox", "sleep", "300").out.strip()
    assert details(program, "away")["Id"] == identity and status(program, "away") == "running"
    program.ok("rm", "-f", "away")


def check_attach(program, folder):
    both = ("busybox", "sh", "-c", "echo out; echo err >&2")
    only = program.ok("run", "--rm", "-a", "stdout", *QUIET, *both)
    assert (only.out, only.err) == ("out\n", "")


def check_remove(program, folder):
    program.ok("run", "--rm", "--name", "brief", *QUIET, "busybox", "true")
    assert status(program, "brief") is None


def check_interactive(program, folder):
    assert program.ok("run", "--rm", "-i", *QUIET, "busybox", "cat", stdin=b"typed").out == "typed"


def check_restart(program, folder):
    program.ok("run", "-d", "--name", "again", *QUIET, "--restart", "on-failure:2", "busybox", "false")
    eventually(lambda: status(program, "again") == "exited")
    assert details(program, "again")["RestartCount"] == 2
    program.ok("rm", "again")


def check_stop_signal(program, folder):
    script = "trap 'echo told; exit 3' USR1; echo ready; while :; do sleep 0.05; done"
    program.ok("run", "-d", "--name", "stopped", *QUIET, "--stop-signal", "USR1", "--stop-timeout", "60",
               "busybox", "sh", "-c", script)
    eventually(lambda: "ready" in program.ok("logs", "stopped").out)
    program.ok("stop", "stopped")
    assert details(program, "stopped")["State"]["ExitCode"] == 3
    program.ok("rm", "stopped")


def check_cidfile(program, folder):
    path = folder / "cid"
    program.ok("run", "-d", "--name", "told", *QUIET, "--cidfile", path, "busybox", "true")
    assert path.read_text() == details(program, "told")["Id"]
    program.ok("rm", "-f", "told")


def check_volumes_from(program, folder):
    program.ok("run", "--name", "source", *QUIET, "-v", "/data", "busybox", "sh", "-c", "echo kept > /data/f")
    prints(["--volumes-from", "source"], "cat /data/f", "kept\n")(program, folder)
    program.ok("rm", "-v", "source")


def check_publish(program, folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program.ok("run", "-d", "--name", "served", "-p", f"127.0.0.1:{port}:80", "busybox", "sh", "-c",
               "echo page > /index.html; exec busybox httpd -f -p 80 -h /")
    eventually(lambda: fetched(port) == "page\n")
    program.ok("rm", "-f", "served")


def fetched(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/index.html", timeout=5).read().decode()
    except OSError:
        return None


def check_network(program, folder):
    program.ok("network", "create", "--subnet", "10.213.77.0/24", "table")
    try:
        assert "inet 10.213.77.5/" in program.ok(
            "run", "--rm", "--network", "table", "--ip", "10.213.77.5", "--network-alias", "other",
            "busybox", "ip", "address", "show", "eth0").out
    finally:
        program.ok("network", "rm", "table")


def check_network_of_another(program, folder):
    joins("--network", "net")(program, folder)


def health(option, value, key, expected):
    return recorded(["--health-cmd", "true", option, value],
                    lambda shown: shown["Config"]["Healthcheck"][key], expected)


MEMORY = "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes 2>/dev/null || cat memory.max"
SECOND = 1_000_000_000

# Option: what it does; those of ROOT_ONLY need rights or cgroups that only root has.
TABLE = {
    "--detach": check_detach,
    "--attach": check_attach,
    "--sig-proxy": prints(["--sig-proxy=false"], "echo there", "there\n"),
    "--detach-keys": prints(["--detach-keys", "ctrl-x"], "echo there", "there\n"),
    "--rm": check_remove,
    "--interactive": check_interactive,
    "--tty": prints(["-t"], "test -t 1 && echo terminal", "terminal\r\n"),
    "--env": prints(["-e", "A=b"], "echo $A", "b\n"),
    "--env-file": prints_with(file_of("A=file\n", "--env-file", "FILE"), "echo $A", "file\n"),
    "--workdir": prints(["-w", "/made/here"], "pwd", "/made/here\n"),
    "--user": prints(["-u", "1000:1001"], "id -u; id -g", "1000\n1001\n"),
    "--group-add": prints(["-u", "1000:1000", "--group-add", "1234"], "id -G", "1000 1234\n"),
    "--label": recorded(["-l", "a=b"], lambda shown: shown["Config"]["Labels"]["a"], "b"),
    "--label-file": prints_with(file_of("x=y\n", "--label-file", "FILE"), "echo there", "there\n"),
    "--annotation": prints(["--annotation", "a=b"], "echo there", "there\n"),
    "--entrypoint": prints(["--entrypoint", "/bin/echo"], "words", "sh -c words\n"),
    "--volume": prints_with(file_of("given\n", "-v", "FILE:/f:ro"), "cat /f; echo x > /f || echo not",
                            "given\nnot\n"),
    "--mount": prints_with(file_of("given\n", "--mount", "type=bind,source=FILE,target=/f"), "cat /f", "given\n"),
    "--volumes-from": check_volumes_from,
    "--tmpfs": prints(["--tmpfs", "/t:size=1m"], "touch /t/x; ls /t", "x\n"),
    "--device": prints(["--device", "/dev/zero:/dev/nought"], "head -c 3 /dev/nought | wc -c", "3\n"),
    "--gpus": refuses(["--gpus", "all"], "--device"),
    "--read-only": prints(["--read-only"], "touch /x 2>&1 | grep -c 'Read-only'", "1\n"),
    "--shm-size": prints(["--shm-size", "1m"], "df -k /dev/shm | awk 'END {print $2}'", "1024\n"),
    "--hostname": prints(["-h", "box"], "hostname", "box\n"),
    "--domainname": prints(["--domainname", "example"], "cat /proc/sys/kernel/domainname", "example\n"),
    "--add-host": prints(["--add-host", "db:10.1.2.3"], "grep -c '10.1.2.3.*db' /etc/hosts", "1\n"),
    "--dns": prints(["--dns", "10.9.9.9"], "grep nameserver /etc/resolv.conf", "nameserver 10.9.9.9\n"),
    "--dns-search": prints(["--dns-search", "example.org"], "grep -c 'search example.org' /etc/resolv.conf", "1\n"),
    "--dns-option": prints(["--dns-option", "ndots:3"], "grep -c 'options ndots:3' /etc/resolv.conf", "1\n"),
    "--cap-add": prints(["--cap-add", "NET_ADMIN"], "ip link set lo down && echo done", "done\n"),
    "--cap-drop": prints(["--cap-drop", "ALL"], "grep CapEff /proc/self/status", "CapEff:\t0000000000000000\n"),
    "--security-opt": prints(["--security-opt", "no-new-privileges"], "grep NoNewPrivs /proc/self/status",
                             "NoNewPrivs:\t1\n"),
    "--privileged": prints(["--privileged"], "mount -t tmpfs t /tmp && echo done", "done\n"),
    "--sysctl": prints(["--sysctl", "net.ipv4.ip_default_ttl=7"], "cat /proc/sys/net/ipv4/ip_default_ttl", "7\n"),
    "--ipc": joins("--ipc", "ipc"),
    "--pid": joins("--pid", "pid"),
    "--uts": prints(["--uts", "host"], "hostname", os.uname().nodename + "\n"),
    "--userns": prints(["--userns", "host"], "id -u", "0\n"),
    "--cgroupns": prints(["--cgroupns", "host"], "readlink /proc/self/ns/cgroup", os.readlink("/proc/self/ns/cgroup") + "\n"),
    "--oom-score-adj": prints(["--oom-score-adj", "500"], "cat /proc/self/oom_score_adj", "500\n"),
    "--ulimit": prints(["--ulimit", "nofile=100:200"], "ulimit -n", "100\n"),
    "--memory": prints(["-m", "64m"], MEMORY, f"{64 << 20}\n"),
    "--memory-swap": recorded(["-m", "64m", "--memory-swap", "128m"],
                              lambda shown: shown["HostConfig"]["MemorySwap"], 128 << 20),
    "--cpus": recorded(["--cpus", "0.5"], lambda shown: shown["HostConfig"]["NanoCpus"], SECOND // 2),
    "--memory-reservation": limit(["--memory-reservation", "32m"], "MemoryReservation", 32 << 20),
    "--memory-swappiness": limit(["--memory-swappiness", "10"], "MemorySwappiness", 10),
    "--oom-kill-disable": limit(["-m", "64m", "--oom-kill-disable"], "OomKillDisable", True),
    "--cpu-period": limit(["--cpu-period", "50000"], "CpuPeriod", 50_000),
    "--cpu-quota": limit(["--cpu-quota", "25000"], "CpuQuota", 25_000),
    "--cpuset-mems": limit(["--cpuset-mems", "0"], "CpusetMems", "0"),
    "--blkio-weight": limit(["--blkio-weight", "300"], "BlkioWeight", 300),
    "--cpu-shares": recorded(["-c", "512"], lambda shown: shown["HostConfig"]["CpuShares"], 512),
    "--cpuset-cpus": prints(["--cpuset-cpus", "0"], "nproc", "1\n"),
    "--pids-limit": recorded(["--pids-limit", "50"], lambda shown: shown["HostConfig"]["PidsLimit"], 50),
    "--network": check_network_of_another,
    "--network-alias": check_network,
    "--ip": check_network,
    "--ip6": refuses(["--ip6", "fd00::5"], "user"),
    "--mac-address": refuses(["--mac-address", "02:42:00:00:00:01"], "mac-address"),
    "--publish": check_publish,
    "--publish-all": recorded(["-P", "--expose", "8080"], lambda shown: shown["HostConfig"]["PublishAllPorts"], True),
    "--expose": recorded(["--expose", "8080"], lambda shown: "8080/tcp" in shown["Config"]["ExposedPorts"], True),
    "--link": refuses(["--link", "db"], "network create"),
    "--name": recorded(["--hostname", "x"], lambda shown: shown["Name"].startswith("/recorded-"), True),
    "--quiet": prints(["-q"], "echo there", "there\n"),
    "--pull": prints(["--pull", "never"], "echo there", "there\n"),
    "--platform": prints(["--platform", "linux/amd64" if os.uname().machine == "x86_64" else "linux/arm64"],
                         "echo there", "there\n"),
    "--init": prints(["--init"], "grep -c init /proc/1/cmdline", "1\n"),
    "--restart": check_restart,
    "--stop-signal": check_stop_signal,
    "--stop-timeout": check_stop_signal,
    "--log-driver": recorded(["--log-driver", "none"], lambda shown: shown["HostConfig"]["LogConfig"]["Type"], "none"),
    "--log-opt": recorded(["--log-opt", "max-size=1m"],
                          lambda shown: shown["HostConfig"]["LogConfig"]["Config"]["max-size"], "1048576"),
    "--no-healthcheck": prints(["--no-healthcheck"], "echo there", "there\n"),
    "--health-cmd": recorded(["--health-cmd", "true"],
                             lambda shown: shown["Config"]["Healthcheck"]["Test"], ["CMD-SHELL", "true"]),
    "--health-interval": health("--health-interval", "50s", "Interval", 50 * SECOND),
    "--health-timeout": health("--health-timeout", "5s", "Timeout", 5 * SECOND),
    "--health-start-period": health("--health-start-period", "7s", "StartPeriod", 7 * SECOND),
    "--health-start-interval": health("--health-start-interval", "2s", "StartInterval", 2 * SECOND),
    "--health-retries": health("--health-retries", "4", "Retries", 4),
    "--cidfile": check_cidfile,
}

ROOT_ONLY = {"--memory", "--memory-swap", "--cpus", "--cpu-shares", "--cpuset-cpus", "--pids-limit",
             "--memory-reservation", "--memory-swappiness", "--oom-kill-disable", "--cpu-period", "--cpu-quota",
             "--cpuset-mems", "--blkio-weight", "--oom-score-adj", "--network-alias", "--ip", "--domainname"}


@pytest.fixture(scope="module")
def user(busybox_bytes):
    account = Account(f"estiba-t{os.getpid()}")
    program = UserEstiba(account, "table")
    program.ok("import", "-", "busybox", stdin=busybox_bytes)
    yield program
    remove_all(program)
    program.close()
    account.remove()


@pytest.fixture
def folder():
    """Where an ordinary user may look; pytest's own folder is root's."""
    path = tempfile.mkdtemp(prefix="estiba-table-")
    os.chmod(path, 0o777)
    yield Path(path)
    shutil.rmtree(path)


@pytest.mark.parametrize("option", TABLE)
def test_the_option_does_what_it_says_for_root(box, folder, option):
    TABLE[option](box, folder)


@pytest.mark.parametrize("option", [option for option in TABLE if option not in ROOT_ONLY])
def test_the_option_does_what_it_says_for_an_ordinary_user(user, folder, option):
    TABLE[option](user, folder)


def test_every_option_of_the_help_has_its_row(box):
    listed = set(re.findall(r"^\s+(?:-\w,\s*)?(--[a-z][a-z0-9-]+)", box.ok("run", "--help").out, re.MULTILINE))
    assert "--env" in listed and listed - {"--help"} == set(TABLE)
