"""What those who run the registry see: configuration, health, metrics, log, rate limits."""

import json
import re

import pytest

from lib.configured import configured_registries, eventually
from lib.program import TOP
from lib.registry import free_port
from lib.wire import Wire


@pytest.fixture
def serve(estiba, tmp_path):
    """serve(toml) starts a registry with alice, and root who is an administrator."""

    def add_administrator(registry):
        estiba.ok("admin", "user", "add", "root", "--admin", "--password-stdin", "--data",
                  registry.data, stdin=registry.PASSWORD)

    with configured_registries(estiba, tmp_path, add_administrator) as start:
        yield start


@pytest.mark.parametrize("text, complaint", [
    ("listne = []", "registry.toml:1: unknown key \"listne\""),
    ("[tls]\ncertificate = \"x\"", "key is missing"),
    ("\n[log]\nformat = \"xml\"", "registry.toml:3: format must be"),
    ("drain-timeout = \"soon\"", "must be a time"),
    ("drain-timeout = 5", "must be a text"),
    ("[quota]\nrepository = \"much\"", "must be a size"),
    ("[rate-limit]\nper-address = -1", "must be a number from 0"),
    ("[[webhook]]\nname = \"a\"\nurl = \"https://x\"\nevents = [\"bush\"]", "unknown event \"bush\""),
    ("[[proxy]]\nprefix = \"hub\"", "has no upstream"),
    ("allowed-networks = [\"10.0.0.0/33\"]", "is no network"),
    ("listen = [\"0.0.0.0:5000\"]", "plain HTTP"),
    ("a = [", "registry.toml:1"),
])
def test_a_wrong_configuration_is_refused_with_its_place(estiba, tmp_path, text, complaint):
    file = tmp_path / "registry.toml"
    file.write_text(text)
    for flags in (["--check-config"], []):
        assert complaint in estiba.fails("serve", "--config", file, *flags).err


def test_the_example_is_valid_and_says_the_defaults(estiba, tmp_path):
    example = TOP / "examples" / "registry.toml"
    assert estiba.ok("serve", "--config", example, "--check-config").out == f"{example}: ok\n"
    # Everything in it that is commented out is valid too, but for the files that it names.
    text = re.sub(r"(?m)^#(?=[\[a-z])", "", example.read_text())
    text = re.sub(r"(?m)^\[tls\]\n.*\n.*\n", "", text)
    (tmp_path / "secret").write_text("s3cret\n")
    text = re.sub(r"/etc/estiba/secrets/[a-z-]+", str(tmp_path / "secret"), text)
    everything = tmp_path / "everything.toml"
    everything.write_text(text)
    assert "[[webhook]]" in text
    estiba.ok("serve", "--config", everything, "--check-config")


def test_flags_go_over_the_file(estiba, tmp_path):
    file = tmp_path / "registry.toml"
    file.write_text('listen = ["0.0.0.0:5000"]\n')
    estiba.fails("serve", "--config", file, "--check-config")
    estiba.ok("serve", "--config", file, "--check-config", "--listen", "127.0.0.1:0")


def test_health_and_readiness_ask_nobody_who_he_is(serve):
    registry = serve()
    assert registry.nobody().get("/healthz").body == b"ok\n"
    assert registry.nobody().get("/readyz").status == 200
    assert Wire(registry.address, "alice", "wrong").get("/healthz").status == 200


def value(page, name, **labels):
    """Of the one series with these labels."""
    for line in page.splitlines():
        if line.startswith(name + "{") or line.startswith(name + " "):
            if all(f'{key}="{wanted}"' in line for key, wanted in labels.items()):
                return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"{name} {labels} is missing")


def test_metrics_count_what_happens(serve):
    port = free_port()
    registry = serve(f'[metrics]\nlisten = "127.0.0.1:{port}"\n')
    wire = registry.wire()
    wire.push_image("alice/demo")
    for _ in range(3):
        assert wire.get("/v2/alice/demo/manifests/latest").status == 200
    wire.get("/v2/alice/demo/manifests/absent")
    wire("BREW", "/v2/")

    metrics = Wire(f"127.0.0.1:{port}")
    # A request is counted when its answer has been sent, and then the client may be faster.
    page = eventually(lambda: (answer := metrics.get("/metrics")) and b'"other"' in answer.body and answer)
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = page.body.decode()
    requests = "registry_http_requests_total"
    assert value(text, requests, code=200, handler="manifest", method="get") == 3
    assert value(text, requests, code=404, handler="manifest", method="get") == 1
    assert value(text, requests, code=201, handler="manifest", method="put") == 1
    assert value(text, requests, method="other") == 1
    duration = "registry_http_request_duration_seconds"
    assert value(text, duration + "_count", handler="manifest", method="get") == 4
    assert value(text, duration + "_bucket", handler="manifest", method="get", le="+Inf") == 4
    assert value(text, "registry_http_response_size_bytes_sum", handler="manifest", method="get") > 500
    assert value(text, "registry_http_in_flight_requests") == 0
    assert value(text, "estiba_repositories") == 1 and value(text, "estiba_tags") == 1
    assert value(text, "estiba_blobs") == 2 and value(text, "estiba_blob_bytes") > 10
    assert value(text, "process_resident_memory_bytes") > 1e6
    assert 1 < value(text, "process_open_fds") < value(text, "process_max_fds")
    assert value(text, "process_start_time_seconds") > 1.6e9
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert metrics.get("/readyz").status == 200 and metrics.get("/v2/").status == 404


def test_metrics_on_the_registrys_own_address_are_for_administrators(serve):
    registry = serve()
    assert registry.nobody().get("/metrics").status == 401
    assert registry.wire().get("/metrics").status == 403
    assert b"registry_http_requests_total" in registry.wire("root").get("/metrics").body


def test_the_json_log_has_one_object_a_request(serve):
    registry = serve('[log]\nformat = "json"\n')
    answer = registry.wire().get('/v2/alice/demo/tags/list?x="\\u0000%0a', headers={
        "X-Request-Id": "my-id.1", "User-Agent": 'a"b\xff'})
    assert answer.headers["x-request-id"] == "my-id.1"
    other = registry.wire().get("/v2/", headers={"X-Request-Id": "spaces are not\tharmless"})
    assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", other.headers["x-request-id"])

    def lines():
        found = [json.loads(line) for line in registry.log_text().splitlines() if line.startswith("{")]
        return [line for line in found if line.get("request_id") == "my-id.1"]

    (line,) = eventually(lines)
    assert line["message"] == "request" and line["level"] == "info"
    assert (line["user"], line["method"], line["status"], line["endpoint"]) == ("alice", "GET", 404, "tags")
    assert line["uri"].startswith("/v2/alice/demo/tags/list") and line["remote"].startswith("127.0.0.1:")
    assert line["user_agent"] == 'a"b\ufffd' and line["bytes_out"] > 0 and line["complete"] is True
    for entry in registry.log_text().splitlines():
        if entry.startswith("{"):
            assert {"time", "level", "message"} <= json.loads(entry).keys()


def test_requests_are_limited_by_address_and_account(serve):
    registry = serve('[rate-limit]\nper-address = 12\nper-account = 3\nwindow = "2s"\n')

    def fresh():
        """In a new window, with room for the whole test."""
        answer = registry.nobody().get("/v2/")
        return answer if answer.headers["ratelimit-remaining"] == "11" else None

    answer = eventually(fresh)
    assert answer.headers["ratelimit-limit"] == "12" and int(answer.headers["ratelimit-reset"]) <= 2
    answers = [registry.wire().get("/v2/") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-limit"] == "3"
    refused = answers[3]
    assert refused.error()["code"] == "TOOMANYREQUESTS"
    assert 0 < int(refused.headers["retry-after"]) <= 2
    assert registry.wire("root").get("/v2/").status == 200  # another account
    rest = [registry.nobody().get("/v2/").status for _ in range(8)]
    assert rest[0] == 401 and rest[-1] == 429  # the address
    assert registry.nobody().get("/healthz").status == 200
    eventually(lambda: registry.wire().get("/v2/").status == 200)
