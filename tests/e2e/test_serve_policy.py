"""Webhooks and quotas."""

import hashlib
import hmac
import json
import sqlite3
from contextlib import closing

import pytest

from lib.configured import configured_registries, eventually
from lib.webhook_receiver import Receiver


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def serve(estiba, tmp_path):
    with configured_registries(estiba, tmp_path) as start:
        yield start


def webhook(receiver, more="", allowed='allowed-networks = ["127.0.0.1"]'):
    return f'{allowed}\n[[webhook]]\nname = "ci"\nurl = "{receiver.url}"\nsecret = "s3cret"\n{more}\n'


def test_a_push_and_a_tags_move_are_told_and_signed(serve, receiver):
    registry = serve(webhook(receiver, 'events = ["push", "tag", "delete"]'))
    first = registry.wire().push_image("alice/demo", layers=(b"one",))
    second = registry.wire().push_image("alice/demo", layers=(b"two",))
    registry.wire()("DELETE", "/v2/alice/demo/manifests/latest")
    eventually(lambda: len(receiver.requests) == 5)
    events = receiver.events()
    assert [event["action"] for event in events] == ["push", "tag", "push", "tag", "delete"]
    moved = events[3]["target"]
    assert (moved["digest"], moved["previousDigest"], moved["tag"]) == (second, first, "latest")
    assert "previousDigest" not in events[1]["target"]
    assert events[0]["actor"]["name"] == "alice" and events[0]["target"]["repository"] == "alice/demo"
    for headers, body in receiver.requests:
        signature = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        assert headers["X-Estiba-Signature-256"] == signature
    assert len({event["id"] for event in events}) == 5


def test_what_was_not_taken_comes_again_also_after_a_restart(serve, receiver):
    registry = serve(webhook(receiver, 'events = ["push"]'))
    receiver.statuses = [500, 503]
    registry.wire().push_image("alice/demo")
    eventually(lambda: len(receiver.requests) == 1)
    registry.kill()
    registry.start()
    eventually(lambda: len(receiver.requests) == 3, timeout_s=20)
    assert len({body for _, body in receiver.requests}) == 1


def test_an_event_is_queued_with_its_change_or_neither_is_made(serve, receiver):
    registry = serve(webhook(receiver))
    first = registry.wire().push_image("alice/demo", layers=(b"one",))
    eventually(lambda: len(receiver.requests) == 2)
    rename = "ALTER TABLE {} RENAME TO {}"
    with closing(sqlite3.connect(registry.data / "registry.db", timeout=30)) as database:
        with database:
            database.execute(rename.format("webhook_deliveries", "elsewhere"))
        manifest = registry.wire().get("/v2/alice/demo/manifests/latest")
        other = manifest.body.replace(b'"schemaVersion": 2', b'"schemaVersion":2')
        headers = {"Content-Type": manifest.headers["content-type"]}
        put = registry.wire()("PUT", "/v2/alice/demo/manifests/latest", other, headers)
        assert put.status == 500
        assert registry.wire()("DELETE", "/v2/alice/demo/manifests/latest").status == 500
        with database:
            database.execute(rename.format("elsewhere", "webhook_deliveries"))
    now = registry.wire().get("/v2/alice/demo/manifests/latest")
    assert now.headers["docker-content-digest"] == first


def test_private_addresses_are_refused_unless_allowed(serve, receiver):
    registry = serve(webhook(receiver, allowed=""))
    registry.wire().push_image("alice/demo")
    eventually(lambda: "is not public" in registry.log_text())
    assert receiver.requests == []


def test_only_the_events_of_the_named_repositories_are_told(serve, receiver):
    registry = serve(webhook(receiver, 'events = ["pull"]\nrepositories = ["alice/de*"]'))
    for name in ("alice/demo", "alice/other"):
        registry.wire().push_image(name)
        registry.wire().get(f"/v2/{name}/manifests/latest")
    eventually(lambda: receiver.requests)
    assert [(event["action"], event["target"]["repository"]) for event in receiver.events()] == [
        ("pull", "alice/demo")]


def test_a_quota_is_checked_before_the_bytes_come(serve):
    registry = serve('[quota]\nrepository = 100000\nowner = 150000\n'
                     '[quota.repositories."alice/huge"]\nsize = 140000\n')
    wire = registry.wire()
    wire.push_image("alice/demo", layers=(b"x" * 60000,))
    refused = wire("POST", f"/v2/alice/demo/blobs/uploads/?digest=sha256:{'0' * 64}", b"y" * 60000)
    assert refused.status == 403 and refused.error()["code"] == "DENIED"
    assert "quota exceeded" in refused.error()["message"]
    # Without a length: where the quota ends.
    session = wire("POST", "/v2/alice/demo/blobs/uploads/").headers["location"]
    chunked = wire("PATCH", session, iter([b"z" * 30000] * 3))
    assert chunked.status == 403
    # The owner's own limit, over all repositories; what they share counts once.
    wire.push_image("alice/second", layers=(b"x" * 60000, b"v" * 30000))
    over = wire("POST", f"/v2/alice/huge/blobs/uploads/?digest=sha256:{'0' * 64}", b"w" * 90000)
    assert over.status == 403 and "the owner alice" in over.error()["message"]
