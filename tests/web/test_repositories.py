"""Repositories and tags through the API: made, listed, moved, deleted and brought back."""

import pytest

from lib.pages_api import Caller, segment
from lib.program import Estiba
from lib.registry import Registry
from lib.wire import Wire

PASSWORD = Registry.PASSWORD


def at(name, rest=""):
    return f"/repositories/{segment(name)}{rest}"


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repositories")
    registry = Registry(Estiba(folder), folder / "registry")
    for name in ("alice", "bob"):
        registry.add_user(name)
    registry.start()
    yield registry
    assert registry.stop() == 0


@pytest.fixture(scope="module")
def alice(registry):
    return Caller.basic(registry.port, "alice", PASSWORD)


@pytest.fixture(scope="module")
def bob(registry):
    return Caller.basic(registry.port, "bob", PASSWORD)


def push(registry, repository, tag="latest", content=b"layer"):
    return Wire(registry.address, "alice", PASSWORD).push_image(repository, tag, layers=(content,))


def test_a_repository_is_made_described_published_and_deleted_with_a_way_back(
        registry, alice, bob, checked):
    made = checked("createRepository", alice.post(
        "/repositories", {"name": "alice/made", "description": "# Tea\n"}), 201)
    assert made["visibility"] == "private"
    assert alice.post("/repositories", {"name": "alice/made"}).status == 409
    assert Caller(registry.port).get(at("alice/made")).status == 404
    checked("changeRepository", alice.patch(
        at("alice/made"), {"visibility": "public", "description": "# Coffee\n"}))
    digest = push(registry, "alice/made")
    seen = checked("getRepository", Caller(registry.port).get(at("alice/made")))
    assert (seen["description"], seen["owner"], seen["tags"]) == ("# Coffee\n", "alice", 1)
    assert bob.delete(at("alice/made")).status == 403
    checked("deleteRepository", alice.delete(at("alice/made")), 204)
    assert alice.get(at("alice/made")).status == 404
    listed = [checked("listDeletedRepositories", caller.get("/deleted-repositories"))["items"]
              for caller in (alice, bob)]
    assert [[one["name"] for one in of_one] for of_one in listed] == [["alice/made"], []]
    restore = f"/deleted-repositories/{segment('alice/made')}/restore"
    assert bob.post(restore).status == 404
    checked("restoreRepository", alice.post(restore))
    tag = checked("getTag", alice.get(at("alice/made", "/tags/latest")))
    assert (tag["digest"], tag["pushed_by"], tag["protected"]) == (digest, "alice", False)


def test_lists_come_in_pages_and_show_only_what_the_caller_may_see(registry, alice, bob):
    for number in range(5):
        assert bob.post("/repositories", {
            "name": f"bob/page{number}", "visibility": "public" if number < 4 else "private",
        }).status == 201

    def pages(caller):
        names, cursor = [], ""
        while cursor is not None:
            page = caller.get("/repositories", owner="bob", limit=2, cursor=cursor).json
            names.append([one["name"] for one in page["items"]])
            cursor = page["next"]
        return names

    assert pages(bob) == [["bob/page0", "bob/page1"], ["bob/page2", "bob/page3"], ["bob/page4"]]
    assert pages(Caller(registry.port)) == [["bob/page0", "bob/page1"], ["bob/page2", "bob/page3"]]
    for number in range(3):
        push(registry, "alice/paged", f"t{number}")
    first = alice.get(at("alice/paged", "/tags"), limit=2).json
    second = alice.get(at("alice/paged", "/tags"), limit=2, cursor=first["next"]).json
    assert [tag["name"] for tag in first["items"] + second["items"]] == ["t0", "t1", "t2"]


def test_a_tag_has_a_history_and_goes_where_it_is_told(registry, alice, checked):
    one, two = (push(registry, "alice/tags", "latest", data) for data in (b"one", b"two"))
    path = at("alice/tags", "/tags/latest")
    history = checked("listTagHistory", alice.get(f"{path}/history"))["items"]
    assert [(h["digest"], h["ended_at"] is None) for h in history] == [(two, True), (one, False)]
    assert checked("setTag", alice.put(path, {"digest": one}))["digest"] == one
    assert alice.put(path, {"digest": "sha256:" + "0" * 64}).status == 400
    assert alice.put(at("alice/tags", "/tags/.x"), {"digest": one}).status == 400
    checked("deleteTag", alice.delete(path), 204)
    assert alice.get(path).status == 404
    assert checked("restoreTag", alice.post(f"{path}/restore"))["digest"] == one
    then = alice.get(f"{path}/history").json["items"][-1]["started_at"]
    past = checked("getTag", alice.get(path, at=then))
    assert past["digest"] in (one, two)  # several moves within one second
    assert alice.get(path, at="2001-01-01T00:00:00Z").status == 404
    assert alice.get(path, at="yesterday").status == 400
    assert len(alice.get(at("alice/tags", "/history")).json["items"]) == 4
    assert alice.put(at("alice/tags", "/immutability"), {"patterns": ["lat*"]}).status == 200
    for refused in (alice.put(path, {"digest": two}), alice.delete(path)):
        assert (refused.status, "immutable" in refused.json["detail"]) == (409, True)


def test_a_deleted_manifest_comes_back_from_the_trash(registry, alice, checked):
    digests = [push(registry, "alice/trash", "latest", content) for content in (b"1", b"2")]
    for digest in digests:
        assert alice.send("DELETE", f"/v2/alice/trash/manifests/{digest}", prefix="").status == 202
    first = checked("listTrash", alice.get(at("alice/trash", "/trash"), limit=1))
    rest = checked("listTrash", alice.get(at("alice/trash", "/trash"), cursor=first["next"]))
    trash = first["items"] + rest["items"]
    assert {(one["digest"], one["deleted_by"]) for one in trash} == {(d, "alice") for d in digests}
    restore = at("alice/trash", f"/trash/{segment(digests[0])}/restore")
    checked("restoreManifest", alice.post(restore), 204)
    assert alice.post(restore).status == 404
    assert alice.post(at("alice/trash", "/trash/latest/restore")).status == 404
    back = alice.send("GET", f"/v2/alice/trash/manifests/{digests[0]}", prefix="")
    assert back.status == 200


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), [
    ("GET", "/nothing", None, {}, 404),
    ("GET", "/repositories/alice%2Fnone", None, {}, 404),
    ("GET", "/repositories/..%2Fetc/tags", None, {}, 404),
    ("GET", "/repositories/alice%2Fnone/nothing", None, {}, 404),
    ("PATCH", "/repositories", {}, {}, 405),
    ("POST", "/repositories", b"{", {}, 400),
    ("POST", "/repositories", b"[" * 50_000, {}, 400),
    ("POST", "/repositories", [], {}, 400),
    ("POST", "/repositories", {}, {}, 400),
    ("POST", "/repositories", {"name": "Upper/Case"}, {}, 400),
    ("POST", "/repositories", {"name": "alice/x", "visibilty": "public"}, {}, 400),
    ("POST", "/repositories", {"name": "alice/x", "visibility": "secret"}, {}, 400),
    ("POST", "/repositories", {"name": "alice/x", "description": "x" * 70_000}, {}, 413),
    ("POST", "/repositories", b"x" * 300_000, {}, 413),
    ("POST", "/repositories", b"name=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ("POST", "/repositories", {"name": "bob/mine"}, {}, 403),
    ("GET", "/repositories?limit=many", None, {}, 400),
])
def test_a_refusal_is_a_problem_in_json(alice, method, path, body, headers, status):
    answer = alice.send(method, path, body, headers=headers)
    assert (answer.status, answer.header("Content-Type")) == (status, "application/problem+json")
    problem = answer.json
    assert problem["status"] == status and problem["title"] and problem["detail"] and problem["code"]
