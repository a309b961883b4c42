"""Every route below a repository × every kind of principal × visibility, against one table."""

import pytest

from lib.event_stream import EventStream
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
        "administrator's read token": Caller.basic(port, "root", token_of(
            Caller.signed_in(port, "root", PASSWORD), role="read")["secret"]),
        "keeper's session": Caller.signed_in(port, "keeper", PASSWORD),
        "bearer of the owner's token": Caller(port, "Bearer " + token_of(ana)["secret"]),
        "writer's encrypted password": Caller.basic(port, "writer", Caller.signed_in(
            port, "writer", PASSWORD).post(
                "/account/encrypted-password", {"password": PASSWORD}).json["secret"]),
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
    "administrator's read token": {"pull"}, "keeper's session": ALL,
    "bearer of the owner's token": ALL, "writer's encrypted password": {"pull", "push"},
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
    ("delete", "listTrash", {}),
    ("delete", "restoreManifest", {"digest": "sha256:" + "0" * 64}),
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
EMPTY = {"removePermission", "deleteTag", "removeRetentionRule", "removeWebhook",
         "restoreManifest"}
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
            for part in ("repository", "tag", "grantee", "reference", "rule", "id", "digest"):
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
        if caller.cookie:
            continue  # of the pages alone, as the next test says
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


def test_a_session_is_of_the_pages_alone(walk):
    _, callers = walk
    for _, method, path in V2_ROWS:
        path = f"/v2/acme/private{path.replace('BLOB', digest_of(LAYER))}"
        assert callers["keeper's session"].send(method, path, prefix="").status == 401


PARTS = {"repository": "acme/private", "namespace": "acme", "organisation": "acme", "team": "crew",
         "account": "nobody-here", "grantee": "nobody-here", "robot": "none", "tag": "latest",
         "username": "nobody-here", "reference": "latest", "digest": "sha256:" + "0" * 64}


def filled(path):
    for part in path.split("{")[1:]:
        name = part.split("}")[0]
        path = path.replace("{" + name + "}", segment(PARTS.get(name, "999999")))
    return path


def described(walk):
    registry, _ = walk
    return Document(Caller(registry.port).get("/openapi.json").json)


def sample(document, schema):
    schema = document.resolve(schema)
    if "anyOf" in schema:
        return sample(document, schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: sample(document, member) for name, member in schema["properties"].items()}
    if kind == "string":
        return "2090-01-01T00:00:00Z" if schema.get("format") == "date-time" else "x"
    return {"integer": 1, "boolean": True, "array": []}[kind]


# Of the operations below an organisation or namespace, those for all of its members.
SEEN_BY_MEMBERS = {"getOrganisation", "listMembers", "listTeams", "listTeamMembers"}
MANAGES = {"owner", "administrator", "bearer of the owner's token"}


def test_a_namespace_is_seen_by_its_members_and_changed_by_who_manages_it(walk):
    _, callers = walk
    document = described(walk)
    wrong, asked = [], set()
    for operation, (method, path, details) in document.operations.items():
        if "{organisation}" not in path and "{namespace}" not in path:
            continue
        asked.add(operation)
        valid = None
        if "requestBody" in details:
            valid = sample(document, details["requestBody"]["content"]["application/json"]["schema"])
        for who, caller in callers.items():
            if who in MANAGES and operation in ("deleteOrganisation", "deleteTeam"):
                continue  # it would succeed
            body = {"no-such-member": 1} if valid is not None and who in MANAGES else valid
            status = caller.send(method, filled(path), body).status
            if who in ("nobody", "revoked token"):
                fits = status == 401
            elif who in MANAGES:
                fits = status in (200, 204, 400, 404) and (
                    status != 404 or "nobody-here" in filled(path) or "none" in filled(path)
                    or "999999" in filled(path))
            elif who == "member":
                fits = status == (200 if operation in SEEN_BY_MEMBERS else 403)
            else:
                fits = status == 404
            if not fits:
                wrong.append((who, operation, status))
    assert not wrong
    assert SEEN_BY_MEMBERS < asked


def test_the_administration_is_for_administrators_alone(walk):
    _, callers = walk
    document = described(walk)
    wrong, asked = [], 0
    for operation, (method, path, details) in document.operations.items():
        if not path.startswith("/admin/"):
            continue
        asked += 1
        body = {"no-such-member": 1} if "requestBody" in details else None
        for who, caller in callers.items():
            reply = caller.send(method, filled(path), body)
            if who in ("nobody", "revoked token"):
                fits = reply.status == 401
            elif who == "administrator":
                fits = reply.status == 200 or (method != "GET" and reply.status in (400, 404))
            else:
                fits = reply.status == 404
            if not fits:
                wrong.append((who, operation, reply.status))
    assert not wrong and asked >= 13


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_events_are_watched_by_who_may_pull(walk, visibility):
    _, callers = walk
    for who, caller in callers.items():
        stream = EventStream(caller, f"acme/{visibility}")
        stream.close()
        expected = 401 if who == "revoked token" else 200 if "pull" in rights(who, visibility) else 404
        assert (who, stream.status) == (who, expected)


# Those by which one becomes somebody: they read no session.
ENTRIES = {"setUp", "signIn", "signUp"}


def test_nothing_is_changed_in_the_name_of_another_site(walk):
    """A cookie comes along whoever sends the request; the token that a page sends does not."""
    registry, callers = walk
    keeper = callers["keeper's session"]
    wrong, asked = [], 0
    for operation, (method, path, _) in described(walk).operations.items():
        if method == "GET":
            continue
        asked += 1
        attempts = [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
        if operation not in ENTRIES:
            attempts += [{"X-CSRF-Token": None}, {"X-CSRF-Token": "0" * 64}]
        for headers in attempts:
            reply = keeper.send(method, filled(path), {}, headers=headers)
            if (reply.status, reply.code) != (403, "csrf"):
                wrong.append((operation, headers, reply.status))
    assert not wrong and asked > 50
    assert keeper.get("/account").status == 200


def test_no_operation_takes_a_member_that_it_does_not_know(walk):
    registry, _ = walk
    document = described(walk)
    root = Caller.signed_in(registry.port, "root", PASSWORD)
    wrong, asked = [], 0
    for operation, (method, path, details) in document.operations.items():
        if "requestBody" not in details:
            continue
        asked += 1
        schema = details["requestBody"]["content"]["application/json"]["schema"]
        body = {**sample(document, schema), "is_superuser": True}
        path = filled(path).replace("nobody-here", "stranger")
        reply = root.send(method, path, body)
        if (reply.status, reply.code) != (400, "unknown-member"):
            wrong.append((operation, reply.status, reply.body))
    assert not wrong and asked > 25


def test_the_walk_leaves_no_operation_out(walk):
    """Each is of one of the kinds that are walked, or one of a person's own affairs."""
    own = {"about", "session", "account", "accounts", "search", "audit", "events"}
    lists = {"listRepositories", "createRepository", "listRecentPushes", "listDeletedRepositories",
             "listOrganisations", "createOrganisation"}
    walked = {operation for _, operation, _ in API_ROWS} | APART | lists
    for operation, (_, path, details) in described(walk).operations.items():
        if "{repository}" in path:
            continue  # another test looks for these
        assert (operation in walked or path.startswith("/admin/") or "{organisation}" in path
                or "{namespace}" in path or own & set(details["tags"])), operation
