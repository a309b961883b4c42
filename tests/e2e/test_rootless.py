"""The program as an ordinary user: the same commands, the same results, nothing that needs root."""

import json
import os
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from lib.containers import details, eventually, state, status
from lib.ordinary_user import Account, UserEstiba
from lib.program import processes_with_argument

SLEEP = ("busybox", "sleep", "300")


@pytest.fixture(scope="module")
def account():
    account = Account(f"estiba-a{os.getpid()}")
    yield account
    account.remove()


@pytest.fixture(scope="module")
def other_account():
    account = Account(f"estiba-b{os.getpid()}")
    yield account
    account.remove()


@pytest.fixture(scope="module")
def poor_account():
    """Without a line in /etc/subuid."""
    account = Account(f"estiba-c{os.getpid()}", subordinate_ids=False)
    yield account
    account.remove()


def program_of(account, busybox_bytes):
    program = UserEstiba(account, f"p{len(list(account.folder.iterdir()))}")
    program.ok("import", "-", "busybox", stdin=busybox_bytes)
    return program


@pytest.fixture(scope="module")
def user(account, busybox_bytes):
    program = program_of(account, busybox_bytes)
    yield program
    program.close()


@pytest.fixture(scope="module")
def other_user(other_account, busybox_bytes):
    program = program_of(other_account, busybox_bytes)
    yield program
    program.close()


@pytest.fixture(scope="module")
def poor_user(poor_account, busybox_bytes):
    program = program_of(poor_account, busybox_bytes)
    yield program
    program.close()


def in_network(user, *args):
    return user.ok("run", "--rm", "--network", "none", *args)


def detached(user, name, *args):
    return user.ok("run", "-d", "--name", name, "--network", "none", *args).out.strip()


CASES = {
    "the user is root": ([], ["id", "-u"], "0\n"),
    "another user": (["-u", "app:extra"], ["sh", "-c", "id -u; id -g"], "1000\n1001\n"),
    "variables": (["-e", "A=b"], ["sh", "-c", "echo $A"], "b\n"),
    "folder": (["-w", "/tmp"], ["pwd"], "/tmp\n"),
    "entrypoint": (["--entrypoint", "echo"], ["hello"], "hello\n"),
    "hostname": (["--hostname", "box"], ["hostname"], "box\n"),
    "hosts": (["--add-host", "db:10.1.2.3"], ["grep", "db", "/etc/hosts"], "10.1.2.3\tdb\n"),
    "servers": (["--dns", "10.9.9.9"], ["cat", "/etc/resolv.conf"], "nameserver 10.9.9.9\n"),
    "tmpfs": (["--tmpfs", "/t:size=1m"], ["sh", "-c", "touch /t/x && ls /t"], "x\n"),
    "read-only": (["--read-only"], ["sh", "-c", "touch /x 2>/dev/null; echo $?"], "1\n"),
    "shared memory": (["--shm-size", "1m"],
                      ["sh", "-c", "df -k /dev/shm | awk 'END {print $2}'"], "1024\n"),
    "limits of a process": (["--ulimit", "nofile=100:200"], ["sh", "-c", "ulimit -n"], "100\n"),
    "sysctl": (["--sysctl", "net.ipv4.ip_default_ttl=7"],
               ["cat", "/proc/sys/net/ipv4/ip_default_ttl"], "7\n"),
    "capabilities": (["--cap-drop", "ALL"], ["grep", "CapEff", "/proc/self/status"],
                     "CapEff:\t0000000000000000\n"),
    "new privileges": (["--security-opt", "no-new-privileges"],
                       ["grep", "NoNewPrivs", "/proc/self/status"], "NoNewPrivs:\t1\n"),
    "privileged": (["--privileged"], ["sh", "-c", "mount -t tmpfs t /tmp && echo done"], "done\n"),
    "a device": (["--device", "/dev/zero:/dev/nought"],
                 ["sh", "-c", "head -c 3 /dev/nought | wc -c"], "3\n"),
    "init": (["--init"], ["sh", "-c", "grep -c init /proc/1/cmdline"], "1\n"),
    "exit code": ([], ["sh", "-c", "exit 0"], ""),
}


@pytest.mark.parametrize("case", CASES)
def test_options_mean_what_they_mean_for_root(user, case):
    options, command, expected = CASES[case]
    assert in_network(user, *options, "busybox", *command).out == expected


def test_the_networks_of_the_host_and_of_nobody(user):
    namespace = ["busybox", "readlink", "/proc/self/ns/net"]
    assert user.run("--network", "none", "busybox", "ls", "/sys/class/net") == "lo\n"
    assert user.run("--network", "host", *namespace).strip() == os.readlink("/proc/self/ns/net")


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answer(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/page", timeout=10).read().decode()
    except OSError:
        return None


def test_published_ports_lead_to_the_container_and_nobody_else_gets_them(user):
    port = free_port(socket.SOCK_STREAM)
    served = ["busybox", "sh", "-c", "mkdir /www; echo hello > /www/page; httpd -f -p 80 -h /www"]
    user.ok("run", "-d", "--name", "web", "-p", f"127.0.0.1:{port}:80", *served)
    eventually(lambda: answer(port) == "hello\n")
    again = user("run", "-d", "--name", "web2", "-p", f"127.0.0.1:{port}:80", *served)
    assert again.code == 125 and "port is already allocated" in again.err
    user.ok("restart", "-t", "0", "web")
    eventually(lambda: answer(port) == "hello\n")
    user.ok("rm", "-f", "web", "web2")
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_udp_is_published_too(user):
    port = free_port(socket.SOCK_DGRAM)
    user.ok("run", "-d", "--name", "names", "-p", f"127.0.0.1:{port}:53/udp", *SLEEP)
    # Nobody listens there: the kernel counts what arrived in vain.
    counted = ["exec", "names", "awk", "/^Udp:/ { count = $3 } END { print count }", "/proc/net/snmp"]
    assert user.ok(*counted).out == "0\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:

        def has_arrived():
            client.sendto(b"ping", ("127.0.0.1", port))
            return user.ok(*counted).out != "0\n"
        eventually(has_arrived)
    user.ok("rm", "-f", "names")


def is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_a_killed_supervisor_leaves_no_port_taken_and_nothing_running(user):
    port = free_port(socket.SOCK_STREAM)
    name = user.ok("run", "-d", "--name", "gone", "-p", f"127.0.0.1:{port}:80", *SLEEP).out.strip()
    for supervisor in processes_with_argument(name):
        os.kill(int(supervisor.parent.name), signal.SIGKILL)
    eventually(lambda: status(user, "gone") == "exited")
    eventually(lambda: "pasta" not in " ".join(user.account.processes()))
    # Somebody else's connection may have the same number for a moment.
    eventually(lambda: is_free(port))
    user.ok("rm", "gone")


def test_low_ports_and_named_networks_say_what_is_missing(user):
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) > 81:
        refused = user.fails("run", "--rm", "-p", "81:80", "busybox", "true")
        assert "ip_unprivileged_port_start" in refused.err
    user.ok("network", "create", "named")
    refused = user.fails("run", "--rm", "--network", "named", "busybox", "true")
    assert "--network container:" in refused.err
    user.ok("network", "rm", "named")


def test_what_has_no_cgroup_runs_without_limits_and_says_so_once(user):
    result = in_network(user, "-m", "64m", "--pids-limit", "50", "--cpus", "1", "busybox", "true")
    assert result.err.count("WARNING") == 1 and "cgroup" in result.err


def test_a_container_lives_through_all_its_states(user):
    name = detached(user, "life", "busybox", "sh", "-c",
                    "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done")
    eventually(lambda: "ready" in user.ok("logs", "life").out)
    assert user.ok("ps", "--format", "{{.Names}}").out == "life\n"
    assert user.ok("exec", "-u", "app", "life", "id", "-u").out == "1000\n"
    assert user.ok("stop", "life").out == "life\n"
    assert state(user, "life")["ExitCode"] == 3
    assert user.ok("logs", "life").out == "ready\nbye\n"
    user.ok("start", "life")
    user.ok("kill", "life")
    assert user.ok("wait", "life").out == "137\n"
    user.ok("rm", "life")
    assert not (user.root / "containers" / name).exists()


def test_what_dies_is_started_again(user):
    detached(user, "again", "--restart", "on-failure:2", "busybox", "sh", "-c", "echo x; exit 1")
    eventually(lambda: status(user, "again") == "exited")
    assert user.ok("logs", "again").out == "x\n" * 3
    user.ok("rm", "again")


def test_health_is_checked(user):
    detached(user, "ill", "--health-cmd", "test -e /well", "--health-interval", "100ms",
             "--health-retries", "1", *SLEEP)
    eventually(lambda: details(user, "ill")["State"]["Health"]["Status"] == "unhealthy")
    user.ok("exec", "ill", "touch", "/well")
    eventually(lambda: details(user, "ill")["State"]["Health"]["Status"] == "healthy")
    user.ok("rm", "-f", "ill")


def test_containers_share_namespaces(user):
    detached(user, "first", *SLEEP)
    joined = ["--network", "container:first", "--ipc", "container:first", "busybox", "readlink"]
    name = user.ok("exec", "first", "readlink", "/proc/self/ns/net").out
    assert user.run(*joined, "/proc/self/ns/net") == name
    user.ok("rm", "-f", "first")


def test_volumes_keep_files_of_every_owner(user):
    user.ok("volume", "create", "data")
    in_network(user, "-v", "data:/d", "busybox", "sh", "-c", "touch /d/mine && chown 7:8 /d/mine")
    listed = in_network(user, "-v", "data:/d:ro", "busybox", "stat", "-c", "%u:%g", "/d/mine").out
    assert listed == "7:8\n"
    found = next(user.root.glob("volumes/data/**/mine"), None)
    if found is None:  # only he can look there
        found = user.root / "volumes" / "data" / "_data" / "mine"
    assert os.stat(found).st_uid == user.account.first_subordinate_id() + 6
    user.ok("volume", "rm", "data")
    assert not (user.root / "volumes" / "data").exists()


def test_folders_of_the_user_are_mounted_with_his_rights(user):
    folder = user.account.own(user.folder / "home" / "shared")
    in_network(user, "-v", f"{folder}:/s", "busybox", "touch", "/s/made")
    assert os.stat(folder / "made").st_uid == user.account.uid
    secret = user.folder / "secret"
    secret.write_text("of root")
    secret.chmod(0o600)
    refused = user("run", "--rm", "--network", "none", "-v", f"{secret}:/s", "busybox", "cat", "/s")
    assert refused.code != 0 and "of root" not in refused.text


def test_two_users_see_nothing_of_each_other(user, other_user):
    detached(user, "mine", *SLEEP)
    assert other_user.ok("ps", "-aq").out == ""
    assert other_user.fails("stop", "mine").code == 1
    stolen = other_user("--root", user.root, "ps", "-a")
    assert stolen.code != 0 and "mine" not in stolen.out
    assert user.ok("ps", "--format", "{{.Names}}").out == "mine\n"
    user.ok("rm", "-f", "mine")


DOCKERFILE = """
FROM busybox AS made
RUN mkdir -p /site/old && echo page > /site/index && chown -R app:extra /site && touch /site/old/x
RUN rm -r /site/old && mkdir /site/old && chmod 2750 /site/old && ln -s index /site/link
RUN --mount=type=cache,target=/cache echo cached >> /cache/file && cp /cache/file /lines
RUN --mount=type=secret,id=word test "$(cat /run/secrets/word)" = hidden
FROM busybox
COPY --from=made /site /site
COPY --chown=33:34 --chmod=640 note /note
USER app
RUN test "$(id -u)" = 1000 && echo mine > /tmp/file
CMD ["cat", "/site/index"]
"""


def test_a_build_has_the_same_digest_as_roots(user, busybox):
    context = user.folder / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "note").write_text("note")
    word = user.folder / "word"
    word.write_text("hidden")
    flags = ["--reproducible", "--secret", f"id=word,src={word}"]
    ids = set()
    user.ok("save", "-o", user.home / "base.tar", "busybox")
    busybox.ok("rmi", "busybox")
    busybox.ok("load", "-i", user.home / "base.tar")
    for program in (user, busybox):
        program.build(context, *flags, tag="site", env={"SOURCE_DATE_EPOCH": "1700000000"})
        ids.add(program.image_id("site"))
    assert len(ids) == 1
    assert user.run("--network", "none", "site") == "page\n"
    owners = ["stat", "-c", "%u:%g %a", "/site/index", "/site/old", "/note"]
    assert user.run("--network", "none", "site", *owners) == (
        "1000:1001 644\n0:0 2750\n33:34 640\n")
    assert user.run("--network", "none", "site", "ls", "/site") == "index\nlink\nold\n"


def test_outputs_of_a_build_belong_to_the_user(user):
    context = user.folder / "outputs"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /copied\n")
    user.ok("build", "-o", user.home / "out", context)
    user.ok("build", "-o", f"type=oci,dest={user.home}/oci.tar", context)
    for path in ("out/copied", "oci.tar"):
        assert os.stat(user.home / path).st_uid == user.account.uid


def test_images_travel(user, registry):
    name = f"{registry.address}/alice/box"
    registry.login(user)
    user.ok("tag", "busybox", name)
    pushed = user.ok("push", name)
    assert "digest: sha256:" in pushed.out
    user.ok("rmi", name)
    user.ok("pull", name)
    assert user.run("--network", "none", name, "echo", "pulled") == "pulled\n"
    user.ok("rmi", name)


def test_everything_can_be_thrown_away(user):
    context = user.folder / "waste"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM busybox\nRUN mkdir -p -m 700 /private/deep && chown -R app /private\n")
    user.build(context, tag="waste")
    in_network(user, "waste", "true")
    user.ok("rmi", "-f", "waste")
    user.ok("system", "prune", "-f")
    user.check()
    assert "tree" in user.ok("info").out


def test_unshare_shows_the_files_as_containers_see_them(user):
    assert user.ok("unshare", "id", "-u").out == "0\n"
    assert user("unshare", "sh", "-c", "exit 7").code == 7
    ids = user.ok("unshare", "cat", "/proc/self/uid_map").out.split()
    assert ids[:3] == ["0", str(user.account.uid), "1"]
    assert ids[3:] == ["1", str(user.account.first_subordinate_id()), "65536"]


def test_info_tells_what_the_host_offers(user):
    info = json.loads(user.ok("info", "--format", "json").out)
    assert info["Rootless"] is True and info["LayerForm"] == "tree"
    assert info["Root"] == str(user.root)
    offers = {offer["Name"]: offer for offer in info["Host"]}
    for name in ("user namespace", "subordinate ids", "newuidmap", "overlay", "network"):
        assert offers[name]["State"] == "yes", offers[name]
    assert offers["erofs"]["State"] == "no" and offers["erofs"]["Remedy"]


def test_without_subordinate_ids_all_files_are_the_users(poor_user):
    result = in_network(poor_user, "busybox", "sh", "-c", "id -u; stat -c %u /home")
    assert result.out == "0\n0\n"
    assert f"{poor_user.account.name}:100000:65536" in result.err
    assert "/etc/subuid" in result.err
    refused = poor_user.fails("run", "--rm", "--network", "none", "-u", "app", "busybox", "id")
    assert "/etc/subuid" in refused.err
    info = json.loads(poor_user.ok("info", "--format", "json").out)
    offers = {offer["Name"]: offer for offer in info["Host"]}
    assert offers["subordinate ids"]["State"] == "no"
    assert "usermod" in offers["subordinate ids"]["Remedy"]


def test_nothing_stays_behind_once_the_last_command_ended(user):
    detached(user, "last", *SLEEP)
    assert "estiba-holder" in user.account.processes()
    user.ok("rm", "-f", "last")
    eventually(lambda: not user.account.processes())
    assert not (user.account.runtime / "estiba" / "namespace").exists()
