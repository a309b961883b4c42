"""The path of somebody who publishes an image, through the API that the pages use."""

import pytest

from lib.openapi import Document
from lib.pages_api import Caller, segment


@pytest.fixture
def registry(fresh_registry):
    fresh_registry.start()
    yield fresh_registry
    fresh_registry.stop()


def setup_token(registry):
    return registry.setup_link().split("#")[1]


def set_up(registry, name="root", password="correct horse"):
    caller = Caller(registry.port)
    reply = caller.post("/setup", {"token": setup_token(registry), "username": name,
                                   "password": password})
    assert reply.status == 201, reply.body
    caller.take_session(reply)
    return caller


def test_the_first_start_prints_a_link_that_makes_the_first_administrator_once(registry):
    assert Caller(registry.port).get("/about").json["setup_required"] is True
    wrong = Caller(registry.port).post(
        "/setup", {"token": "guess", "username": "mallory", "password": "correct horse"})
    assert wrong.status == 403
    root = set_up(registry)
    assert root.get("/session").json["account"]["is_admin"] is True
    again = Caller(registry.port).post(
        "/setup", {"token": setup_token(registry), "username": "mallory",
                   "password": "correct horse"})
    assert again.status == 409
    assert Caller(registry.port).get("/about").json["setup_required"] is False


def test_an_image_is_published_and_its_tag_goes_from_digest_to_digest(registry, estiba, context):
    ana = set_up(registry, "ana")
    document = Document(Caller(registry.port).get("/openapi.json").json)

    def checked(operation, reply, status=200):
        assert reply.status == status, (operation, reply.status, reply.body)
        faults = document.check(operation, reply)
        assert not faults, faults
        return reply.json if reply.body else None

    made = checked("createRepository", ana.post("/repositories", {
        "name": "ana/demo", "visibility": "public", "description": "# Demo"}), 201)
    assert made["tags"] == 0 and made["role"] == "admin"
    stand_in = checked("createEncryptedPassword", ana.post("/account/encrypted-password", {
        "password": "correct horse"}), 201)
    assert stand_in["secret"] not in ("", "correct horse")
    assert registry.address in stand_in["commands"]["docker"]

    registry.login(estiba, "ana", stand_in["secret"])
    context.write("greeting", "hello")
    context.dockerfile("FROM scratch\nCOPY greeting /greeting\n")
    name = registry.repository("ana/demo")
    estiba.ok("build", "-t", name, context)
    estiba.ok("push", name)
    estiba.ok("tag", name, name + ":v1.0")
    estiba.ok("push", name + ":v1.0")

    demo = f"/repositories/{segment('ana/demo')}"
    tags = checked("listTags", ana.get(demo + "/tags"))["items"]
    assert [tag["name"] for tag in tags] == ["latest", "v1.0"]
    assert tags[0]["same_digest"] == ["v1.0"] and tags[0]["pushed_by"] == "ana"
    assert tags[0]["platforms"][0]["os"] == "linux" and tags[0]["size_bytes"] > 0
    first = tags[0]["digest"]
    token = checked("listTokens", ana.get("/account/tokens"))["items"][0]
    assert token["used_from"] == "127.0.0.1" and token["used_at"]

    context.write("greeting", "hello again")
    estiba.ok("build", "-t", name, context)
    estiba.ok("push", name)
    history = checked("listTagHistory", ana.get(demo + "/tags/latest/history"))["items"]
    assert [(row["digest"] == first, row["ended_at"] is None) for row in history] == [
        (False, True), (True, False)]
    moved = checked("setTag", ana.put(demo + "/tags/latest", {"digest": first}))
    assert moved["digest"] == first
    restored = checked("restoreTag", ana.post(demo + "/tags/latest/restore"))
    assert restored["digest"] == history[0]["digest"]
    once = checked("restoreTag", ana.post(demo + "/tags/latest/restore", {"digest": first}))
    assert once["digest"] == first
    assert ana.post(demo + "/tags/v1.0/restore", {"digest": history[0]["digest"]}).status == 404
    protected = checked("protectTag", ana.put(demo + "/tags/v1.0/protection"))
    assert protected["protected"]
    assert ana.delete(demo + "/tags/v1.0").status == 409

    stranger = Caller(registry.port)
    assert checked("getRepository", stranger.get(demo))["role"] is None
    checked("changeRepository", ana.patch(demo, {"visibility": "private"}))
    unseen = stranger.get(demo)
    missing = stranger.get("/repositories/ana%2Fnothing")
    assert unseen.status == missing.status == 404 and unseen.body == missing.body

    checked("deleteRepository", ana.delete(demo), 204)
    assert ana.get(demo).status == 404
    assert [one["name"] for one in checked(
        "listDeletedRepositories", ana.get("/deleted-repositories"))["items"]] == ["ana/demo"]
    checked("restoreRepository", ana.post(f"/deleted-repositories/{segment('ana/demo')}/restore"))
    pushes = checked("listRecentPushes", ana.get("/recent-pushes"))["items"]
    assert {push["repository"] for push in pushes} == {"ana/demo"}
    actions = [row["action"] for row in checked("listAudit", ana.get("/audit"))["items"]]
    assert {"setUp", "createRepository", "setTag", "deleteRepository"} <= set(actions)
