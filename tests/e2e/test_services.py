"""Servers that people run: in the background, with a port on the host, their logs, health and end."""

import socket
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib import bases
from lib.containers import details, eventually, remove_all, state, status
from lib.program import Estiba

PACKAGES = """FROM debian
RUN echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/fast && apt-get update && \\
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \\
    nginx-light redis-server postgresql && rm -rf /var/lib/apt/lists/*
"""
NGINX = """FROM packages
RUN ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
EXPOSE 80
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=500ms --timeout=10s --retries=20 CMD nginx -t -q && test -s /run/nginx.pid
CMD ["nginx", "-g", "daemon off;"]
"""
REDIS = """FROM packages
VOLUME /data
EXPOSE 6379
HEALTHCHECK --interval=500ms --timeout=10s --retries=20 CMD redis-cli ping
CMD ["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--appendonly", "yes", "--dir", "/data"]
"""
POSTGRESQL = """FROM packages
ENV PATH=/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN mkdir /data && chown postgres /data
USER postgres
VOLUME /data
EXPOSE 5432
STOPSIGNAL SIGINT
HEALTHCHECK --interval=500ms --timeout=10s --retries=60 CMD pg_isready -h 127.0.0.1
CMD test -s /data/PG_VERSION || { initdb -N -A trust -D /data && echo 'host all all all trust' >> /data/pg_hba.conf; } ; \\
    exec postgres -D /data -c listen_addresses='*' -c fsync=off
"""


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """The three images, over one layer with the packages of all."""
    estiba = Estiba(tmp_path_factory.mktemp("services"))
    estiba.ok("import", bases.debian_tar(), "debian")
    for name, dockerfile in [("packages", PACKAGES), ("nginx", NGINX), ("redis", REDIS), ("postgresql", POSTGRESQL)]:
        estiba.ok("build", "-q", "--network", "host", "-t", name, "-", stdin=dockerfile)
    yield estiba
    remove_all(estiba)


def start(box, image, *options):
    """Starts it with its exposed port on the host; its name is the image's. Returns the port."""
    port = free_port()
    inside = {"nginx": 80, "redis": 6379, "postgresql": 5432}[image]
    box.ok("run", "-d", "--name", image, "-p", f"{port}:{inside}", *options, image)
    return port


def free_port():
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


def tried(ask):
    """What `ask` says, or nothing while nobody answers."""
    try:
        return ask()
    except (OSError, subprocess.CalledProcessError):
        return None


def page(port):
    return urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read().decode()


def redis(port, *words):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(" ".join(words).encode() + b"\r\n")
        return connection.makefile().readline().strip()


def sql(port, query):
    done = subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-Atc", query],
                          capture_output=True, text=True, check=True)
    return done.stdout.strip()


def kill_first_process(box, name):
    subprocess.run(["kill", "-9", str(state(box, name)["Pid"])], check=True)


def is_healthy(box, name):
    return state(box, name)["Health"]["Status"] == "healthy"


def stop(box, name):
    box.ok("stop", "-t", "60", name)
    assert state(box, name)["ExitCode"] == 0
    box.ok("rm", "-v", name)


def test_nginx_serves_logs_comes_back_after_a_kill_and_quits_cleanly(services):
    port = start(services, "nginx", "--restart", "always")
    assert "Welcome to nginx" in eventually(lambda: tried(lambda: page(port)))
    eventually(lambda: "GET / HTTP/1.1" in services.ok("logs", "nginx").out)
    eventually(lambda: is_healthy(services, "nginx"), timeout=60)
    assert "(healthy)" in services.ok("ps").out
    kill_first_process(services, "nginx")
    eventually(lambda: details(services, "nginx")["RestartCount"] == 1)
    assert "Welcome to nginx" in eventually(lambda: tried(lambda: page(port)), timeout=60)
    stop(services, "nginx")


def test_redis_keeps_its_data_over_a_kill(services):
    port = start(services, "redis", "--restart", "on-failure:3")
    assert eventually(lambda: tried(lambda: redis(port, "SET", "word", "kept"))) == "+OK"
    eventually(lambda: "Ready to accept connections" in services.ok("logs", "redis").out)
    eventually(lambda: is_healthy(services, "redis"), timeout=60)
    kill_first_process(services, "redis")
    # A bulk reply: its length, then the word.
    assert eventually(lambda: tried(lambda: redis(port, "STRLEN", "word")) == ":4", timeout=60)
    assert details(services, "redis")["RestartCount"] == 1
    stop(services, "redis")


def test_postgresql_keeps_its_data_over_a_kill_and_in_a_volume(services):
    port = start(services, "postgresql", "--restart", "unless-stopped", "-v", "cluster:/data")
    eventually(lambda: tried(lambda: sql(port, "select 1")) == "1", timeout=120)
    sql(port, "create table words as select 'kept' as word")
    eventually(lambda: is_healthy(services, "postgresql"), timeout=60)
    kill_first_process(services, "postgresql")
    eventually(lambda: tried(lambda: sql(port, "select word from words")) == "kept", timeout=120)
    assert "database system is ready to accept connections" in services.ok("logs", "postgresql").text
    stop(services, "postgresql")
    port = start(services, "postgresql", "-v", "cluster:/data")
    eventually(lambda: tried(lambda: sql(port, "select word from words")) == "kept", timeout=120)
    stop(services, "postgresql")


def test_a_small_web_server_as_the_document_tells_it(busybox, tmp_path):
    """-p leads to it, -e changes its page, -v replaces its content, a volume outlives it."""
    (tmp_path / "Dockerfile").write_text(
        "FROM busybox\nRUN mkdir /www\nENV WORD=Hello\nEXPOSE 80\n"
        'CMD ["sh", "-c", "[ -e /www/index.html ] || echo $WORD world > /www/index.html; exec httpd -f -p 80 -h /www"]\n')
    busybox.ok("build", "-q", "-t", "web", tmp_path)

    def served(*options):
        port = free_port()
        name = busybox.ok("run", "-d", "-p", f"{port}:80", *options, "web").out.strip()
        text = eventually(lambda: tried(lambda: page(port)))
        busybox.ok("rm", "-f", name)
        return text

    assert served() == "Hello world\n"
    assert served("-e", "WORD=Goodbye") == "Goodbye world\n"
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("replaced\n")
    assert served("-v", f"{tmp_path}/site:/www:ro") == "replaced\n"
    assert served("-v", "pages:/www", "-e", "WORD=First") == "First world\n"
    assert served("-v", "pages:/www", "-e", "WORD=Second") == "First world\n"


def test_fifty_containers_at_once_start_are_listed_and_stop(busybox):
    names = [f"c{number}" for number in range(50)]
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda name: busybox(
            "run", "-d", "--name", name, "--stop-signal", "KILL", "busybox", "sleep", "600"), names))
    assert [result.err for result in made if result.code] == []
    listed = busybox.ok("ps", "--format", "{{.Names}} {{.State}}").out.split("\n")
    assert sorted(listed[:-1]) == sorted(f"{name} running" for name in names)
    addresses = {details(busybox, name)["State"]["Pid"] for name in names}
    assert len(addresses) == 50
    busybox.ok("stop", *names)
    assert busybox.ok("ps", "-q").out == ""
    assert busybox.ok("ps", "-aq").out.count("\n") == 50
    busybox.ok("rm", *names)
    assert status(busybox, "c0") is None
