"""What administrators of the registry see and change, and nobody else."""

import pytest

from lib.configured import ConfiguredRegistry
from lib.pages_api import Caller
from lib.program import Estiba
from lib.registry import Registry
from lib.wire import Wire

PASSWORD = Registry.PASSWORD


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("administration")
    registry = ConfiguredRegistry(
        Estiba(folder), folder / "registry",
        '[quota]\nowner = "5GB"\n[quota.owners.ana]\nsize = "1MB"\n')
    for name in ("ana", "bob"):
        registry.add_user(name)
    registry.admin("user", "set", "ana", "--admin", "no")
    registry.estiba.ok("admin", "user", "add", "root", "--admin", "--password-stdin", "--data",
                       registry.data, stdin=PASSWORD + "\n")
    registry.start()
    yield registry
    assert registry.stop() == 0


@pytest.fixture(scope="module")
def root(registry):
    return Caller.signed_in(registry.port, "root", PASSWORD)


def audit(root, action):
    return [(row["actor"], row["target"], row["detail"], row["outcome"])
            for row in root.get("/audit", action=action).json["items"]]


def test_users_are_made_found_changed_and_deleted(registry, root, checked):
    made = checked("createUser", root.post("/admin/users", {
        "username": "carl", "password": "a long one", "email": "carl@example.com"}), 201)
    assert (made["is_admin"], made["disabled"], made["used_at"]) == (False, False, None)
    assert root.post("/admin/users", {"username": "carl", "password": "a long one"}).status == 409
    for body, member in (({"username": "Carl!", "password": "a long one"}, "username"),
                         ({"username": "dora", "password": "short"}, "password"),
                         ({"username": "dora", "password": "a long one", "email": "x"}, "email")):
        refused = root.post("/admin/users", body)
        assert (refused.status, refused.json["members"][0]["member"]) == (400, member)
    carl = Caller.signed_in(registry.port, "carl", "a long one")
    Wire(registry.address, "carl", "a long one").push_image("carl/demo", layers=(b"x" * 1000,))
    found = checked("listUsers", root.get("/admin/users", q="carl@ex"))["items"]
    assert [(one["name"], one["repositories"]) for one in found] == [("carl", 1)]
    assert found[0]["size_bytes"] > 1000 and found[0]["used_at"]

    disabled = checked("changeUser", root.patch("/admin/users/carl", {"disabled": True}))
    assert disabled["disabled"] is True
    assert carl.get("/account").status == 401
    assert Caller.basic(registry.port, "carl", "a long one").get("/account").status == 401
    again = root.patch("/admin/users/carl", {"disabled": False, "password": "another one"})
    checked("changeUser", again)
    assert carl.get("/account").status == 401  # the old session is over
    Caller.signed_in(registry.port, "carl", "another one")
    late = root.patch("/admin/users/carl", {"email": ""},
                      headers={"If-Match": '"0123456789abcdef0123456789abcdef"'})
    assert late.status == 412
    for change, status in (({"name": "x"}, 400), ({"password": "short"}, 400),
                           ({"email": "nowhere"}, 400), ({"is_admin": "yes"}, 400)):
        assert root.patch("/admin/users/carl", change).status == status

    checked("deleteUser", root.delete("/admin/users/carl"), 204)
    assert root.delete("/admin/users/carl").status == 404
    left = root.get("/repositories/carl%2Fdemo").json
    assert left["owner"] is None and left["tags"] == 1
    assert ("root", "carl", "disabled", "done") in audit(root, "changeUser")
    assert ("root", "carl", "", "done") in audit(root, "deleteUser")
    assert all("another one" not in row[2] for row in audit(root, "changeUser"))


def test_what_was_given_to_a_disabled_user_is_worth_nothing_at_once(registry, root):
    assert root.post("/admin/users", {"username": "dora", "password": PASSWORD}).status == 201
    Wire(registry.address, "dora", PASSWORD).push_image("dora/own")
    by_password = Caller.basic(registry.port, "dora", PASSWORD)
    session = Caller.signed_in(registry.port, "dora", PASSWORD)
    token = session.post("/account/tokens", {"title": "kept"}).json["secret"]
    scope = "/v2/token?scope=repository:dora/own:pull"
    for_images = Caller(registry.port, "Bearer " + by_password.send(
        "GET", scope, prefix="").json["token"])
    by_token = Caller.basic(registry.port, "dora", token)
    manifest = "/v2/dora/own/manifests/latest"
    callers = (by_password, by_token, for_images)
    assert {caller.send("GET", manifest, prefix="").status for caller in callers} == {200}
    assert root.patch("/admin/users/dora", {"disabled": True}).status == 200
    assert {caller.send("GET", manifest, prefix="").status for caller in callers} == {401}
    assert session.get("/account").status == 401
    assert root.delete("/admin/users/dora").status == 204
    assert {caller.send("GET", manifest, prefix="").status for caller in callers} == {401}


def test_the_list_of_users_has_pages(root, checked):
    names, cursor = [], None
    while True:
        page = checked("listUsers", root.get("/admin/users", limit=2, cursor=cursor or ""))
        names += [one["name"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert names == sorted(names) and {"ana", "bob", "root"} <= set(names)


def test_the_last_administrator_stays(registry, root):
    for change in ({"is_admin": False}, {"disabled": True}):
        refused = root.patch("/admin/users/root", change)
        assert (refused.status, refused.code) == (409, "conflict")
    assert root.delete("/admin/users/root").status == 409
    assert registry.estiba("admin", "user", "set", "root", "--admin", "no", "--data",
                           registry.data).code == 1
    assert root.get("/account").json["is_admin"] is True
    assert root.patch("/admin/users/bob", {"is_admin": True}).status == 200
    bob = Caller.signed_in(registry.port, "bob", PASSWORD)
    assert bob.patch("/admin/users/root", {"is_admin": False}).status == 200
    assert root.get("/admin/users").status == 404  # at once
    assert bob.patch("/admin/users/root", {"is_admin": True}).status == 200
    assert root.patch("/admin/users/bob", {"is_admin": False}).status == 200


def test_organisations_and_robots_are_no_users(registry, root):
    assert root.post("/organisations", {"name": "acme"}).status == 201
    assert root.post("/namespaces/acme/robots", {"name": "ci"}).status == 201
    for name in ("acme", "acme%2Bci", "nobody-here"):
        assert root.patch(f"/admin/users/{name}", {"disabled": True}).status == 404
        assert root.delete(f"/admin/users/{name}").status == 404
    assert root.get("/organisations/acme").status == 200


def test_storage_quota_and_health_are_told(registry, root, checked):
    before = checked("getStorage", root.get("/admin/storage"))
    wire = Wire(registry.address, "bob", PASSWORD)
    digest = wire.push_image("bob/seen", layers=(b"y" * 5000,))
    after = checked("getStorage", root.get("/admin/storage"))
    assert after["size_bytes"] >= before["size_bytes"] + 5000
    assert after["repositories"] == before["repositories"] + 1 and after["free_bytes"] > 0
    assert wire("DELETE", f"/v2/bob/seen/manifests/{digest}").status == 202
    assert checked("getStorage", root.get("/admin/storage"))["deleted_manifests"] == 1
    quota = checked("getQuota", root.get("/admin/quota"))
    assert quota["owner_bytes"] == 5 << 30 and list(quota["owners"]) == ["ana"]
    health = checked("getHealth", root.get("/admin/health"))
    assert health["ready"] is True and health["requests_running"] >= 1
    assert health["database"] == "sqlite" and health["schema_version"] > 8


def test_what_is_arriving_is_listed(registry, root, checked):
    wire = Wire(registry.address, "bob", PASSWORD)
    places = [wire("POST", "/v2/bob/arriving/blobs/uploads/").headers["location"] for _ in range(3)]
    assert wire("PATCH", places[0], b"z" * 777).status == 202
    first = checked("listUploads", root.get("/admin/uploads", limit=2))
    rest = checked("listUploads", root.get("/admin/uploads", limit=2, cursor=first["next"]))
    uploads = {one["id"]: one for one in first["items"] + rest["items"]}
    assert rest["next"] is None and set(uploads) == {place.split("/")[-1] for place in places}
    assert {(one["repository"], one["account"]) for one in uploads.values()} == {
        ("bob/arriving", "bob")}
    assert sorted(one["bytes"] for one in uploads.values()) == [0, 0, 777]
    for place in places:
        assert wire("DELETE", place).status == 204
    assert root.get("/admin/uploads").json["items"] == []


def test_messages_are_shown_to_everybody_until_they_are_taken_away(registry, root, checked):
    text = "<script>alert(1)</script> down at noon"
    made = checked("createMessage", root.post("/admin/messages", {
        "text": text, "severity": "warning"}), 201)
    shown = Caller(registry.port).get("/about").json["messages"]
    assert [(one["text"], one["severity"]) for one in shown] == [(text, "warning")]
    for body in ({"text": ""}, {"text": "x" * 3000}, {"text": "x", "severity": "fatal"}, {}):
        assert root.post("/admin/messages", body).status == 400
    checked("deleteMessage", root.delete(f"/admin/messages/{made['id']}"), 204)
    assert root.delete(f"/admin/messages/{made['id']}").status == 404
    assert Caller(registry.port).get("/about").json["messages"] == []
    statuses = [root.post("/admin/messages", {"text": f"notice {n}"}).status for n in range(21)]
    assert statuses == [201] * 20 + [409]
    for one in Caller(registry.port).get("/about").json["messages"]:
        assert root.delete(f"/admin/messages/{one['id']}").status == 204
