"""How the registry is reached: TLS from files, unix sockets, sockets of systemd's."""

import hashlib
import os
import signal
import socket
import ssl
import subprocess
import time

import pytest

from lib.certificates import Authority
from lib.configured import ConfiguredRegistry, eventually
from lib.registry import Registry, free_port
from lib.wire import Wire


class TlsRegistry(ConfiguredRegistry):
    def __init__(self, estiba, data):
        self.authority = Authority(data.parent / "ca")
        self.certificate = data.parent / "server.pem"
        self.key = data.parent / "server.key"
        self.authority.issue(self.certificate, self.key, 1)
        super().__init__(estiba, data, f'[tls]\ncertificate = "{self.certificate}"\nkey = "{self.key}"\n')

    def wait(self):
        def accepts():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        eventually(accepts)

    def wire(self, **options):
        return super().wire(authority=self.authority.certificate, **options)

    def handshake(self, **limits):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        for name, value in limits.items():
            setattr(context, name, value)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
                return (wrapped.version(), wrapped.selected_alpn_protocol(), wrapped.cipher()[0],
                        wrapped.getpeercert()["serialNumber"])


@pytest.fixture
def tls(estiba, tmp_path):
    registry = TlsRegistry(estiba, tmp_path / "registry")
    registry.add_user("alice")
    registry.start()
    yield registry
    assert registry.stop() in (0, 143)


def curl(*args):
    return subprocess.run(["curl", "-sS", "--max-time", "20", *map(str, args)],
                          stdin=subprocess.DEVNULL, capture_output=True)


def test_an_image_travels_over_tls(tls, tmp_path):
    layer = os.urandom(5_000_000)
    wire = tls.wire()
    digest = wire.push_image("alice/demo", layers=(layer, b"small"))
    blob = f"/v2/alice/demo/blobs/sha256:{hashlib.sha256(layer).hexdigest()}"
    assert wire.get(blob).body == layer
    assert wire.get("/v2/alice/demo/manifests/latest").headers["docker-content-digest"] == digest
    assert wire("GET", blob, headers={"Range": "bytes=4999990-"}).body == layer[-10:]

    got = curl("--cacert", tls.authority.certificate, "-u", f"alice:{tls.PASSWORD}",
               f"https://{tls.address}{blob}")
    assert got.stdout == layer, got.stderr
    assert curl(f"https://{tls.address}/v2/").returncode == 60  # an authority nobody trusts


def test_the_challenge_leads_to_https(tls):
    challenge = Wire(tls.address, authority=tls.authority.certificate).get("/v2/")
    assert challenge.status == 401
    assert f'realm="https://{tls.address}/v2/token"' in challenge.headers["www-authenticate"]


def test_only_modern_tls_is_spoken(tls):
    version, protocol, _, _ = tls.handshake()
    assert (version, protocol) == ("TLSv1.3", "http/1.1")
    version, _, cipher, _ = tls.handshake(maximum_version=ssl.TLSVersion.TLSv1_2)
    assert version == "TLSv1.2" and cipher.startswith("ECDHE-")
    old = subprocess.run(
        ["openssl", "s_client", "-connect", tls.address, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    assert b"Cipher is (NONE)" in old.stdout or old.returncode != 0
    weak = subprocess.run(
        ["openssl", "s_client", "-connect", tls.address, "-tls1_2", "-cipher", "AES128-SHA"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    assert b"Cipher is (NONE)" in weak.stdout or weak.returncode != 0


def test_new_certificates_are_taken_and_broken_ones_are_not(tls):
    assert tls.handshake()[3] == "01"
    tls.authority.issue(tls.certificate, tls.key, 2)
    eventually(lambda: tls.handshake()[3] == "02")
    tls.certificate.write_text("not a certificate")
    eventually(lambda: tls.handshake() and "kept the old certificate" in tls.log_text())
    assert tls.handshake()[3] == "02"


def test_plain_http_and_silence_on_the_tls_port_harm_nobody(tls):
    answer = Wire(tls.address).get("/v2/")
    assert answer.status == 400 and b"HTTP request to an HTTPS server" in answer.body
    idle = [socket.create_connection(("127.0.0.1", tls.port)) for _ in range(50)]
    for number, one in enumerate(idle):
        one.send(b"\x16\x03\x01\x02\x00"[: number % 6])
    assert tls.wire().get("/v2/").status == 200
    for one in idle:
        one.close()


def test_plain_http_beyond_loopback_must_be_asked_for(estiba, tmp_path):
    refused = estiba.fails("serve", "--listen", f"0.0.0.0:{free_port()}", "--data", tmp_path / "r")
    assert "plain HTTP" in refused.err and "--plain-http" in refused.err
    estiba.ok("serve", "--listen", "0.0.0.0:0", "--plain-http", "--check-config", "--data",
              tmp_path / "r")


def test_a_unix_socket_serves_beside_tcp_and_is_left_clean(estiba, tmp_path):
    path = tmp_path / "registry.sock"
    dead = socket.socket(socket.AF_UNIX)  # what a killed server leaves
    dead.bind(str(path))
    dead.close()
    registry = ConfiguredRegistry(estiba, tmp_path / "registry")
    registry.config.write_text(f'listen = ["127.0.0.1:{registry.port}", "unix:{path}"]\n'
                               f'data = "{registry.data}"\n')
    registry.start()
    try:
        assert path.stat().st_mode & 0o777 == 0o660
        answer = curl("--unix-socket", path, "-i", "http://localhost/v2/")
        assert b"401 Unauthorized" in answer.stdout
        second = estiba.fails("serve", "--listen", f"unix:{path}", "--data", tmp_path / "other")
        assert "in use" in second.err.lower()
    finally:
        registry.stop()
    assert not path.exists()


def test_sockets_of_systemds_are_taken(estiba, tmp_path):
    data = tmp_path / "registry"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        # As systemd does: descriptor 3, and the number of the process itself.
        script = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'
        process = subprocess.Popen(
            ["sh", "-c", script, "sh", *estiba.command("serve", "--listen", "systemd", "--data", data)],
            env=estiba.env, preexec_fn=lambda: os.dup2(listener.fileno(), 3), pass_fds=[3],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert Wire(f"127.0.0.1:{port}").get("/v2/").status == 401
    finally:
        process.terminate()
        process.wait(timeout=20)
    assert "systemd" in estiba.fails("serve", "--listen", "systemd", "--data", data).err


def test_a_running_upload_is_finished_before_the_end(estiba, tmp_path):
    registry = ConfiguredRegistry(estiba, tmp_path / "registry", 'drain-delay = "300ms"\n')
    registry.add_user("alice")
    registry.start()
    data = os.urandom(200_000)
    wire = registry.wire()
    connection = wire.connect()
    connection.putrequest("POST", f"/v2/alice/demo/blobs/uploads/?digest=sha256:"
                                  f"{hashlib.sha256(data).hexdigest()}")
    for name, value in {**wire.headers, "Content-Length": str(len(data))}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(data[:100_000])
    time.sleep(0.1)
    registry.process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    assert registry.nobody().get("/readyz").status == 503  # others are told to go elsewhere
    time.sleep(0.4)
    connection.send(data[100_000:])
    assert connection.getresponse().status == 201
    connection.close()
    assert registry.process.wait(timeout=20) in (0, 143)
    registry.process = None
    registry.start()
    assert registry.wire().get(f"/v2/alice/demo/blobs/sha256:{hashlib.sha256(data).hexdigest()}").body == data
    registry.stop()
