"""Every route below a repository × every kind of principal × visibility, against one table."""

import pytest

from lib.exchange import digest_of
from lib.openapi import Document
from lib.pages_api import Caller, segment
from lib.program import Estiba
from lib.registry import Registry
from lib.tars import make_tar, text_file
from lib.wire import Wire

PASSWORD = Registry.PASSWORD
BEFORE = make_tar([("what", text_file("was before"))])
LAYER = make_tar([("what", text_file("is private"))])


def token_of(caller, **members):
    reply = caller.post("/account/tokens", {"title": "walk", **members})
    assert reply.status == 201, reply.body
    return reply.json


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """A registry with a caller of every kind; what each may do is in MAY."""
    folder = tmp_path_factory.mktemp("walk")
    registry = Registry(Estiba(folder), folder / "registry")
    names = ("ana", "reader", "writer", "keeper", "member", "stranger")
    for name in names:
        registry.add_user(name)
    registry.estiba.ok("admin", "user", "add", "root", "--admin", "--password-stdin", "--data",
                       registry.data, stdin=PASSWORD + "\n")
    registry.start()
    port = registry.port
    ana = Caller.signed_in(port, "ana", PASSWORD)
    assert ana.post("/organisations", {"name": "acme"}).status == 201
    assert ana.post("/organisations/acme/teams", {"name": "crew", "role": "write"}).status == 201
    assert ana.put("/organisations/acme/teams/crew/members/member").status == 204
    assert ana.post("/namespaces/acme/robots", {"name": "ci"}).status == 201
    robot = ana.post("/namespaces/acme/robots/ci/tokens", {"title": "walk"}).json
    revoked = token_of(ana)
    callers = {
        "nobody": Caller(port),
        "stranger": Caller.basic(port, "stranger", PASSWORD),
        "reader": Caller.basic(port, "reader", PASSWORD),
        "writer": Caller.basic(port, "writer", PASSWORD),
        "keeper": Caller.basic(port, "keeper", PASSWORD),
        "member": Caller.basic(port, "member", PASSWORD),
        "robot": Caller.basic(port, "acme+ci", robot["secret"]),
        "owner": Caller.basic(port, "ana", PASSWORD),
        "read token": Caller.basic(port, "ana", token_of(ana, role="read")["secret"]),
        "token for another": Caller.basic(
            port, "ana", token_of(ana, repositories=["acme/other*"])["secret"]),
        "revoked token": Caller.basic(port, "ana", revoked["secret"]),
        "administrator": Caller.basic(port, "root", PASSWORD),
    }
    assert ana.delete(f"/account/tokens/{revoked['token']['id']}").status == 204
    for visibility in ("private", "public"):
        name = f"acme/{visibility}"
        assert ana.post("/repositories", {"name": name, "visibility": visibility}).status == 201
        for grantee, role in (("reader", "read"), ("writer", "write"), ("keeper", "admin"),
                              ("acme+ci", "write")):
            path = f"/repositories/{segment(name)}/permissions/{segment(grantee)}"
            assert ana.put(path, {"role": role}).status == 200
        wire = Wire(registry.address, "ana", PASSWORD)
        wire.push_image(name, "latest", layers=(LAYER,))
        wire.push_image(name, "moved", layers=(BEFORE,))
        wire.push_image(name, "moved", layers=(LAYER,))
    yield registry, callers
    assert registry.stop() == 0


ALL = {"pull", "push", "delete", "manage"}
MAY = {
    "nobody": set(), "stranger": set(), "reader": {"pull"}, "writer": {"pull", "push"},
    "keeper": ALL, "member": {"pull", "push"}, "robot": {"pull", "push"}, "owner": ALL,
    "read token": {"pull"}, "token for another": set(), "administrator": ALL,
}

# Right, operation, and what to send; what succeeds changes nothing that another row asks about.
API_ROWS = [
    ("pull", "getRepository", {}), ("manage", "changeRepository", {"body": {}}),
    ("manage", "listPermissions", {}),
    ("manage", "setPermission", {"grantee": "reader", "body": {"role": "read"}}),
    ("manage", "removePermission", {"grantee": "nobody-here"}),
    ("pull", "listRepositoryHistory", {}), ("pull", "listTags", {}),
    ("pull", "getTag", {}), ("push", "setTag", {"body": {"digest": "DIGEST"}}),
    ("delete", "deleteTag", {"tag": "none"}), ("pull", "listTagHistory", {}),
    ("push", "restoreTag", {"tag": "moved", "body": {}}),
    ("pull", "getImage", {}), ("pull", "listReferrers", {}), ("pull", "listFiles", {}),
    ("pull", "getFile", {"query": {"path": "/what"}}),
    ("pull", "compareImages", {"query": {"from": "latest", "to": "moved"}}),
    ("manage", "protectTag", {"tag": "moved"}), ("manage", "unprotectTag", {"tag": "moved"}),
    ("pull", "getImmutability", {}), ("manage", "setImmutability", {"body": {"patterns": []}}),
    ("manage", "listRetentionRules", {}),
    ("manage", "addRetentionRule", {"body": {"pattern": "none-*", "keep_last": 9}}),
    ("manage", "enableRetention", {"body": {"enabled": False}}),
    ("manage", "previewRetention", {}), ("manage", "applyRetention", {}),
    ("manage", "removeRetentionRule", {"rule": "999999"}),
    ("manage", "listWebhooks", {}),
    ("manage", "addWebhook", {"body": {"url": "https://hooks.example/", "events": ["pull"]}}),
    ("manage", "removeWebhook", {"id": "999999"}),
]
# Those whose success would take the repository itself away, and one of what was taken away.
APART = {"deleteRepository", "restoreRepository"}
# Permitted, but asking for what is not there.
EMPTY = {"removePermission", "deleteTag", "removeRetentionRule", "removeWebhook"}
# What success answers, where it is not 200.
DONE = {"addRetentionRule": 201, "addWebhook": 201, "enableRetention": 204}

V2_ROWS = [
    ("pull", "GET", "/manifests/latest"), ("pull", "HEAD", "/manifests/latest"),
    ("pull", "GET", "/blobs/BLOB"), ("pull", "HEAD", "/blobs/BLOB"), ("pull", "GET", "/tags/list"),
    ("pull", "GET", "/referrers/BLOB"), ("push", "POST", "/blobs/uploads/"),
    ("delete", "DELETE", "/manifests/none"),
]


def rights(who, visibility):
    return MAY[who] | ({"pull"} if visibility == "public" else set())


def expected_api(who, right, operation, visibility):
    if who == "revoked token":
        return 401
    may = rights(who, visibility)
    if "pull" not in may:
        return 404  # as if it did not exist
    if right in may:
        return 404 if operation in EMPTY else DONE.get(operation, 200)
    return 401 if who == "nobody" else 403


def unseen_first(who, document, operation):
    """An operation that is for accounts refuses nobody before it looks at the repository."""
    security = document.operations[operation][2]["security"]
    return who == "nobody" and {} not in security


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_the_api_does_for_each_what_the_table_says(walk, visibility):
    registry, callers = walk
    document = Document(Caller(registry.port).get("/openapi.json").json)
    name = f"acme/{visibility}"
    digest = callers["owner"].get(f"/repositories/{segment(name)}/tags/latest").json["digest"]
    wrong = []
    for who, caller in callers.items():
        for right, operation, more in API_ROWS:
            method, path, _ = document.operations[operation]
            parts = {"repository": name, "tag": "latest", "reference": "latest", **more}
            for part in ("repository", "tag", "grantee", "reference", "rule", "id"):
                path = path.replace("{" + part + "}", segment(parts.get(part, "")))
            body = more.get("body")
            if body and body.get("digest"):
                body = {"digest": digest}
            reply = caller.send(method, path, body, **more.get("query", {}))
            expected = expected_api(who, right, operation, visibility)
            if unseen_first(who, document, operation):
                expected = 401
            if reply.status != expected:
                wrong.append((who, operation, reply.status, expected))
            if reply.status < 300:
                wrong += document.check(operation, reply)
    assert not wrong


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_the_protocol_of_images_does_for_each_what_the_table_says(walk, visibility):
    _, callers = walk
    wrong = []
    for who, caller in callers.items():
        for right, method, path in V2_ROWS:
            path = f"/v2/acme/{visibility}{path.replace('BLOB', digest_of(LAYER))}"
            status = caller.send(method, path, prefix="").status
            if who == "revoked token":
                fits = status == 401
            elif right in rights(who, visibility):
                fits = status not in (401, 403)
            else:
                fits = status == (401 if who == "nobody" else 403)
            if not fits:
                wrong.append((who, method, path, status))
    assert not wrong


def test_the_walk_leaves_no_served_route_of_a_repository_out(walk):
    registry, callers = walk
    document = Document(Caller(registry.port).get("/openapi.json").json)
    walked = {operation for _, operation, _ in API_ROWS} | APART
    missing = []
    for operation, (method, path, _) in document.operations.items():
        if "{repository}" not in path or operation in walked:
            continue
        path = path.replace("{repository}", "acme%2Fpublic").replace("{", "").replace("}", "")
        if callers["owner"].send(method, path).code != "not-found":
            missing.append(operation)
    assert not missing


def test_lists_and_search_hold_what_each_may_pull(walk):
    _, callers = walk
    for who, caller in callers.items():
        reply = caller.get("/repositories", limit=100)
        if who == "revoked token":
            assert reply.status == 401
            continue
        seen = {one["name"] for one in reply.json["items"]}
        found = {one["name"] for one in caller.get("/search", q="acme").json["items"]}
        wanted = {f"acme/{visibility}" for visibility in ("private", "public")
                  if "pull" in rights(who, visibility)}
        assert (who, seen, found) == (who, wanted, wanted)
