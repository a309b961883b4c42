"""/api/v0: repositories, tags, retention and search as JSON."""

import json
import re
import sqlite3
from contextlib import closing
from urllib.parse import quote

import pytest

from lib.program import Estiba
from lib.registry import Registry
from lib.wire import Wire

API = "/api/v0/repositories"


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    registry = Registry(Estiba(folder), folder / "registry")
    for name in ("alice", "bob", "reader", "writer", "keeper"):
        registry.add_user(name)
    registry.start()
    yield registry
    assert registry.stop() == 0


def call(registry, method, path, body=None, user="alice", **headers):
    wire = Wire(registry.address, user, registry.PASSWORD) if user else Wire(registry.address)
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return wire(method, path, body, headers)


def push(registry, repository, tag="latest", content=b"layer"):
    return Wire(registry.address, "alice", registry.PASSWORD).push_image(
        repository, tag, layers=(content,))


def test_a_repository_is_made_described_published_and_deleted_with_a_way_back(registry):
    made = call(registry, "POST", API, {"name": "alice/made", "description": "# Tea\n"})
    assert (made.status, made.headers["location"]) == (201, f"{API}/alice/made")
    assert made.json()["visibility"] == "private"
    assert call(registry, "POST", API, {"name": "alice/made"}).status == 409
    assert call(registry, "GET", f"{API}/alice/made", user=None).status == 401
    changed = call(registry, "PATCH", f"{API}/alice/made",
                   {"visibility": "public", "description": "# Coffee\n"})
    assert changed.status == 200
    digest = push(registry, "alice/made")
    seen = call(registry, "GET", f"{API}/alice%2Fmade", user=None).json()
    assert (seen["description"], seen["owner"], seen["tags"]) == ("# Coffee\n", "alice", 1)
    assert seen["size_bytes"] > 0 and re.fullmatch(r"\d{4}-.*Z", seen["created_at"])

    assert call(registry, "DELETE", f"{API}/alice/made", user="bob").status == 403
    assert call(registry, "DELETE", f"{API}/alice/made").status == 204
    assert call(registry, "GET", f"{API}/alice/made").status == 404
    listed = [call(registry, "GET", f"{API}?deleted=true", user=user).json()["repositories"]
              for user in ("alice", "bob")]
    assert [[one["name"] for one in of_one] for of_one in listed] == [["alice/made"], []]
    assert call(registry, "POST", f"{API}/alice/made/-/restore", user="bob").status == 404
    assert call(registry, "POST", f"{API}/alice/made/-/restore").status == 200
    tag = call(registry, "GET", f"{API}/alice/made/-/tags/latest", user=None).json()
    assert (tag["digest"], tag["moved_by"], tag["immutable"]) == (digest, "alice", False)


def test_lists_come_in_pages_and_show_only_what_the_caller_may_see(registry):
    for number in range(5):
        assert call(registry, "POST", API, {
            "name": f"bob/page{number}", "visibility": "public" if number < 4 else "private",
        }, user="bob").status == 201

    def pages(user):
        names, path = [], f"{API}?owner=bob&n=2"
        while path:
            answer = call(registry, "GET", path, user=user)
            names.append([one["name"] for one in answer.json()["repositories"]])
            link = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("link", ""))
            path = link and link[1]
        return names

    assert pages("bob") == [["bob/page0", "bob/page1"], ["bob/page2", "bob/page3"], ["bob/page4"]]
    assert pages(None) == [["bob/page0", "bob/page1"], ["bob/page2", "bob/page3"]]
    for number in range(3):
        push(registry, "alice/paged", f"t{number}")
    first = call(registry, "GET", f"{API}/alice/paged/-/tags?n=2")
    assert [tag["name"] for tag in first.json()["tags"]] == ["t0", "t1"]
    second = call(registry, "GET", first.headers["link"].split(">")[0][1:])
    assert [tag["name"] for tag in second.json()["tags"]] == ["t2"] and "link" not in second.headers


def test_a_tag_has_a_history_and_goes_where_it_is_told(registry):
    one, two = (push(registry, "alice/tags", "latest", data) for data in (b"one", b"two"))
    path = f"{API}/alice/tags/-/tags/latest"
    history = call(registry, "GET", f"{path}/history").json()["history"]
    assert [(h["digest"], h["until"] is None) for h in history] == [(two, True), (one, False)]
    moved = call(registry, "PUT", path, {"digest": one})
    assert (moved.status, moved.json()["digest"]) == (200, one)
    assert call(registry, "PUT", path, {"digest": "sha256:" + "0" * 64}).status == 404
    assert call(registry, "PUT", f"{API}/alice/tags/-/tags/.x", {"digest": one}).status == 400
    assert call(registry, "DELETE", path).status == 204
    assert call(registry, "GET", path).status == 404
    assert call(registry, "POST", f"{path}/restore").json()["digest"] == one
    at = call(registry, "GET", f"{path}/history").json()["history"][-1]["from"]
    then = call(registry, "GET", f"{path}?at={quote(at)}").json()
    assert then["digest"] in (one, two) and then["at"] == at  # several moves within one second
    assert call(registry, "GET", f"{path}?at=2001-01-01T00:00:00Z").status == 404
    assert len(call(registry, "GET", f"{API}/alice/tags/-/history").json()["history"]) == 4

    assert call(registry, "PATCH", f"{API}/alice/tags", {"immutable_tags": ["lat*"]}).status == 200
    for method, body in (("PUT", {"digest": two}), ("DELETE", None)):
        refused = call(registry, method, path, body)
        assert (refused.status, "immutable" in refused.json()["detail"]) == (409, True)
    assert call(registry, "GET", path).json()["immutable"] is True


def test_a_deleted_manifest_comes_back_from_the_trash(registry):
    digest = push(registry, "alice/trash")
    assert call(registry, "DELETE", f"/v2/alice/trash/manifests/{digest}").status == 202
    trash = call(registry, "GET", f"{API}/alice/trash/-/trash").json()["manifests"]
    assert [(one["digest"], one["deleted_by"]) for one in trash] == [(digest, "alice")]
    restore = f"{API}/alice/trash/-/trash/{digest}/restore"
    assert [call(registry, "POST", restore).status for _ in range(2)] == [200, 404]
    assert call(registry, "GET", f"/v2/alice/trash/manifests/{digest}").status == 200


def test_retention_rules_are_tried_before_they_are_enabled(registry):
    for number in range(4):
        push(registry, "alice/kept", f"nightly-{number}", b"%d" % number)
    push(registry, "alice/kept", "release")
    path = f"{API}/alice/kept/-/retention"
    assert call(registry, "POST", path, {"pattern": "nightly-*"}).status == 400
    made = call(registry, "POST", path, {"pattern": "nightly-*", "keep_last": 2})
    assert made.status == 201 and made.json()["rules"][0]["enabled"] is False
    names = [tag["name"] for tag in call(registry, "GET", f"{path}/preview").json()["tags"]]
    assert sorted(names) == ["nightly-0", "nightly-1"]
    assert call(registry, "GET", f"{API}/alice/kept").json()["tags"] == 5
    assert call(registry, "PATCH", path, {"enabled": True}).json()["rules"][0]["enabled"] is True
    assert len(call(registry, "POST", f"{path}/apply").json()["tags"]) == 2
    assert call(registry, "GET", f"{API}/alice/kept").json()["tags"] == 3
    rule = made.json()["rules"][0]["id"]
    assert [call(registry, "DELETE", f"{path}/{rule}").status for _ in range(2)] == [204, 404]
    assert call(registry, "GET", path).json() == {"rules": []}


def test_the_search_answers_what_may_be_seen(registry):
    for name, visibility in (("quince", "private"), ("quince-jam", "public")):
        call(registry, "POST", API, {"name": f"alice/{name}", "visibility": visibility})
    def found(user):
        answer = call(registry, "GET", "/api/v0/search?q=quince", user=user).json()
        return answer["total"], [hit["name"] for hit in answer["results"]]

    assert found("alice") == (2, ["alice/quince", "alice/quince-jam"])
    assert found("bob") == found(None) == (1, ["alice/quince-jam"])


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), [
    ("GET", "/api/v0/nothing", None, {}, 404),
    ("GET", f"{API}/alice/none", None, {}, 404),
    ("GET", f"{API}/../etc/-/tags", None, {}, 400),
    ("GET", f"{API}/alice/none/-/nothing", None, {}, 404),
    ("PATCH", API, {}, {}, 405),
    ("POST", API, b"{", {}, 400),
    ("POST", API, b"[" * 50_000, {}, 400),
    ("POST", API, [], {}, 400),
    ("POST", API, {}, {}, 400),
    ("POST", API, {"name": "Upper/Case"}, {}, 400),
    ("POST", API, {"name": "alice/x", "visibilty": "public"}, {}, 400),
    ("POST", API, {"name": "alice/x", "visibility": "secret"}, {}, 400),
    ("POST", API, {"name": "alice/x", "description": "x" * 70_000}, {}, 400),
    ("POST", API, b"x" * 300_000, {}, 413),
    ("POST", API, b"name=alice/x", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ("POST", API, {"name": "bob/mine"}, {}, 403),
    ("GET", f"{API}?n=many", None, {}, 400),
])
def test_a_refusal_is_a_problem_in_json(registry, method, path, body, headers, status):
    answer = call(registry, method, path, body, **headers)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["status"] == status and problem["title"] and problem["detail"] and problem["code"]


# What each needs; those that succeed change nothing that another one asks about.
ROUTES = [
    ("pull", "GET", "", None), ("pull", "GET", "/-/tags", None), ("pull", "GET", "/-/history", None),
    ("pull", "GET", "/-/tags/latest", None), ("pull", "GET", "/-/tags/latest/history", None),
    ("push", "PUT", "/-/tags/latest", {"digest": None}),
    ("delete", "PATCH", "", {}), ("delete", "GET", "/-/trash", None),
    ("delete", "GET", "/-/retention", None), ("delete", "GET", "/-/retention/preview", None),
    ("delete", "POST", "/-/retention/apply", None), ("delete", "POST", "/-/tags/second/restore", None),
]
MAY = {"alice": {"pull", "push", "delete"}, "keeper": {"pull", "push", "delete"},
       "writer": {"pull", "push"}, "reader": {"pull"}, "bob": set(), None: set()}


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_every_route_asks_who_may(registry, visibility):
    repository = f"alice/{visibility}"
    digest = push(registry, repository)
    push(registry, repository, "second")
    push(registry, repository, "second", b"another")
    assert call(registry, "PATCH", f"{API}/{repository}", {"visibility": visibility}).status == 200
    with closing(sqlite3.connect(registry.data / "registry.db", timeout=30)) as database, database:
        for name, role in (("reader", "read"), ("writer", "write"), ("keeper", "admin")):
            database.execute(
                "INSERT INTO permissions SELECT r.id, a.id, ? FROM repositories r, accounts a "
                "WHERE r.name = ? AND a.name = ?", (role, repository, name))
    wrong = []
    for user, rights in MAY.items():
        allowed = rights | ({"pull"} if visibility == "public" else set())
        for action, method, path, body in ROUTES:
            body = {"digest": digest} if body and "digest" in body else body
            status = call(registry, method, f"{API}/{repository}{path}", body, user=user).status
            expected = 200 if action in allowed else 403 if user else 401
            if status != expected:
                wrong.append((user, method, path, status, expected))
    assert not wrong
