"""Server-sent events: what happens is told as it happens, to those who may see it."""

import socket

import pytest

from lib.configured import eventually
from lib.event_stream import EventStream
from lib.openapi import Document
from lib.pages_api import Caller, segment
from lib.program import Estiba
from lib.registry import Registry
from lib.wire import Wire

PASSWORD = Registry.PASSWORD


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("events")
    registry = Registry(Estiba(folder), folder / "registry")
    for name in ("ana", "bob"):
        registry.add_user(name)
    registry.start()
    yield registry
    assert registry.stop() == 0


@pytest.fixture(scope="module")
def ana(registry):
    return Caller.signed_in(registry.port, "ana", PASSWORD)


@pytest.fixture
def watch():
    streams = []

    def start(*args, **options):
        streams.append(EventStream(*args, **options))
        return streams[-1]

    yield start
    for stream in streams:
        stream.close()


def push(registry, name, tag="latest", content=b"layer"):
    return Wire(registry.address, "ana", PASSWORD).push_image(name, tag, layers=(content,))


def test_a_push_is_watched_from_its_first_bytes_to_its_tag(registry, ana, watch):
    name = "ana/watched"
    old = push(registry, name)
    stream = watch(ana, name)
    push(registry, "ana/another")
    digest = push(registry, name, "v1", b"n" * 100_000)
    assert ana.put(f"/repositories/{segment(name)}/tags/v1", {"digest": old}).status == 200
    assert ana.delete(f"/repositories/{segment(name)}/tags/v1").status == 204
    eventually(lambda: stream.of("delete"))
    schema = {"$ref": "#/components/schemas/LiveEvent"}
    document = Document(Caller(registry.port).get("/openapi.json").json)
    for kind, data, seen in stream.events:
        assert not document.faults(data, schema) and data["type"] == kind
        assert data["repository"] == name and bool(seen) == (kind != "upload")
    assert max(data["bytes"] for data in stream.of("upload")) == 100_000
    assert [(data["tag"], data["digest"]) for data in stream.of("push")] == [("v1", digest)]
    assert [data["digest"] for data in stream.of("tag")] == [digest, old]
    assert [data["tag"] for data in stream.of("delete")] == ["v1"]


def test_each_is_told_what_they_may_see(registry, ana, watch):
    assert ana.post("/repositories", {"name": "ana/open", "visibility": "public"}).status == 201
    push(registry, "ana/hidden")
    everybody = [watch(caller) for caller in (
        Caller(registry.port), Caller.basic(registry.port, "bob", PASSWORD), ana)]
    assert watch(Caller(registry.port), "ana/hidden").status == 404
    push(registry, "ana/hidden", "v2", b"2")
    push(registry, "ana/open")
    for stream in everybody:
        eventually(lambda stream=stream: [
            data for data in stream.of("tag") if data["repository"] == "ana/open"])
    seen = [{data["repository"] for _, data, _ in stream.events} for stream in everybody]
    assert seen == [{"ana/open"}, {"ana/open"}, {"ana/open", "ana/hidden"}]


def test_who_may_see_it_no_more_hears_no_more(registry, ana, watch):
    name = "ana/shared"
    push(registry, name)
    path = f"/repositories/{segment(name)}/permissions/bob"
    assert ana.put(path, {"role": "read"}).status == 200
    bob = Caller.signed_in(registry.port, "bob", PASSWORD)
    token = bob.post("/account/tokens", {"title": "watcher"}).json
    by_token = watch(Caller.basic(registry.port, "bob", token["secret"]))
    by_session = watch(bob)
    by_password = watch(Caller.basic(registry.port, "bob", PASSWORD), name)
    push(registry, name, "v1", b"1")
    for stream in (by_token, by_session, by_password):
        eventually(lambda stream=stream: stream.of("tag"))

    assert bob.delete(f"/account/tokens/{token['token']['id']}").status == 204
    assert bob.delete("/session").status == 204
    assert ana.delete(path).status == 204
    push(registry, name, "v2", b"2")
    push(registry, "ana/open", "v3", b"3")  # public: heard by who is still connected as somebody
    assert by_token.ended.wait(60) and by_session.ended.wait(60)
    for stream in (by_token, by_session, by_password):
        assert "v2" not in [data["tag"] for _, data, _ in stream.events]


def test_a_deleted_repository_is_the_last_that_is_heard_of_it(registry, ana, watch):
    push(registry, "ana/short")
    stream = watch(ana, "ana/short")
    assert ana.delete("/repositories/ana%2Fshort").status == 204
    eventually(lambda: stream.of("delete"))
    assert (stream.of("delete")[0]["tag"], stream.of("delete")[0]["digest"]) == ("", "")


def test_who_comes_back_gets_what_was_missed_or_is_told_to_ask_anew(registry, ana, watch):
    name = "ana/resumed"
    push(registry, name)
    first = watch(ana, name)
    push(registry, name, "v1", b"1")
    eventually(lambda: first.of("tag"))
    first.close()
    push(registry, name, "v2", b"2")
    again = watch(ana, name, last_id=first.events[-1][2])
    eventually(lambda: again.of("tag"))
    assert [data["tag"] for data in again.of("tag")] == ["v2"] and not again.of("reset")
    lost = watch(ana, name, last_id="another-run-7")
    eventually(lambda: lost.events)
    assert lost.events[0][0] == "reset"


def test_many_watch_and_one_who_reads_nothing_delays_nobody(registry, ana, watch):
    name = "ana/popular"
    push(registry, name)
    registry.add_user("carol")
    carol = Caller.signed_in(registry.port, "carol", PASSWORD)
    path = f"/repositories/{segment(name)}/permissions/carol"
    assert ana.put(path, {"role": "read"}).status == 200
    sleeper = socket.create_connection(("127.0.0.1", registry.port))
    sleeper.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nCookie: "
                    + carol.cookie.encode() + b"\r\n\r\n")
    assert sleeper.recv(1)  # it watches, and reads no more
    streams = [watch(carol, name) for _ in range(63)]
    assert {stream.status for stream in streams} == {200}
    assert watch(carol, name).status == 503  # one account has only so many
    for number in range(3):
        push(registry, name, f"v{number}", b"%d" % number)
    for stream in streams:
        eventually(lambda stream=stream: len(stream.of("tag")) == 3, timeout_s=60)
    assert Caller(registry.port).get("/about").status == 200
    sleeper.close()


def test_watchers_end_when_the_server_does(estiba, tmp_path, watch):
    registry = Registry(estiba, tmp_path / "registry")
    registry.add_user("ana")
    registry.start()
    stream = watch(Caller.signed_in(registry.port, "ana", PASSWORD))
    assert stream.status == 200
    assert registry.stop() == 0
    assert stream.ended.wait(60)
