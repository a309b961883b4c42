"""What has gone wrong in other registries and their pages: each fails on the fault it names."""

import http.client
import json
import os
from pathlib import Path
from urllib.parse import urlencode

import pytest

from lib.exchange import digest_of
from lib.pages_api import Caller, segment
from lib.program import Estiba
from lib.registry import Registry
from lib.wire import Wire

PASSWORD = Registry.PASSWORD
SECRET_LAYER = b"a layer of somebody's own"


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacks")
    registry = Registry(Estiba(folder), folder / "registry")
    for name in ("ana", "bob", "mallory"):
        registry.add_user(name)
    registry.start()
    Wire(registry.address, "ana", PASSWORD).push_image("ana/own", layers=(SECRET_LAYER,))
    yield registry
    assert registry.stop() == 0


@pytest.fixture(scope="module")
def ana(registry):
    return Caller.signed_in(registry.port, "ana", PASSWORD)


def image_token(registry, name, password, scope):
    """What the token endpoint gives, as a caller that uses it."""
    reply = Caller.basic(registry.port, name, password).send(
        "GET", "/v2/token?" + urlencode({"scope": scope, "offline_token": "true"}), prefix="")
    assert reply.status == 200, reply.body
    return Caller(registry.port, "Bearer " + reply.json["token"]), reply.json


def v2(caller, method, path, body=None):
    return caller.send(method, "/v2/" + path, body, prefix="")


def test_a_known_digest_opens_nothing(registry):
    mallory = Caller.basic(registry.port, "mallory", PASSWORD)
    Wire(registry.address, "mallory", PASSWORD).push_image("mallory/own", layers=(b"x",))
    digest = digest_of(SECRET_LAYER)
    for method in ("GET", "HEAD"):
        assert v2(mallory, method, f"ana/own/blobs/{digest}").status == 403
        assert v2(mallory, method, f"mallory/own/blobs/{digest}").status == 404
        assert v2(Caller(registry.port), method, f"ana/own/blobs/{digest}").status == 401
    for source in ("&from=ana/own", ""):
        mount = v2(mallory, "POST", f"mallory/own/blobs/uploads/?mount={digest}{source}")
        assert mount.status == 202  # an upload like any other, not the blob
    assert v2(mallory, "GET", f"mallory/own/blobs/{digest}").status == 404


def test_an_upload_session_is_its_maker_s_alone(registry, ana):
    path = f"/repositories/{segment('ana/own')}/permissions/bob"
    assert ana.put(path, {"role": "write"}).status == 200
    place = v2(Caller.basic(registry.port, "ana", PASSWORD), "POST", "ana/own/blobs/uploads/")
    location = place.header("Location")
    bob = Caller.basic(registry.port, "bob", PASSWORD)
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        target = location + ("?digest=" + digest_of(b"") if method == "PUT" else "")
        assert bob.send(method, target, prefix="").status == 404
    assert ana.delete(path).status == 204


def test_a_token_s_scope_is_not_widened(registry, ana):
    Wire(registry.address, "ana", PASSWORD).push_image("ana/other", layers=(b"o",))
    made = ana.post("/account/tokens", {
        "title": "pulls one", "role": "read", "repositories": ["ana/own"]}).json
    secret = made["secret"]
    reader, answer = image_token(
        registry, "ana", secret, "repository:ana/own:pull,push,delete repository:ana/other:pull")
    assert v2(reader, "GET", "ana/own/manifests/latest").status == 200
    assert v2(reader, "POST", "ana/own/blobs/uploads/").status == 403
    assert v2(reader, "GET", "ana/other/manifests/latest").status == 403
    again = Caller(registry.port).send(
        "POST", "/v2/token", urlencode({
            "grant_type": "refresh_token", "refresh_token": answer["refresh_token"],
            "scope": "repository:ana/own:push"}).encode(), prefix="",
        headers={"Content-Type": "application/x-www-form-urlencoded"})
    wider = Caller(registry.port, "Bearer " + again.json["token"])
    assert v2(wider, "POST", "ana/own/blobs/uploads/").status == 403
    direct = Caller.basic(registry.port, "ana", secret)
    assert direct.get("/account").status == 403
    assert direct.patch(f"/repositories/{segment('ana/own')}", {"visibility": "public"}).status == 403
    assert direct.post("/account/tokens", {"title": "more"}).status == 401
    assert ana.delete(f"/account/tokens/{made['token']['id']}").status == 204


def test_a_token_for_images_does_not_open_the_account(registry):
    bearer, _ = image_token(registry, "ana", PASSWORD, "repository:ana/own:pull")
    assert bearer.get("/account").status == 401


def test_what_is_revoked_is_revoked_at_once(registry, ana):
    path = f"/repositories/{segment('ana/own')}/permissions/bob"
    assert ana.put(path, {"role": "read"}).status == 200
    reader, _ = image_token(registry, "bob", PASSWORD, "repository:ana/own:pull")
    assert v2(reader, "GET", "ana/own/manifests/latest").status == 200
    assert ana.delete(path).status == 204
    assert v2(reader, "GET", "ana/own/manifests/latest").status == 403

    made = ana.post("/account/tokens", {"title": "short-lived"}).json
    bearer, answer = image_token(registry, "ana", made["secret"], "repository:ana/own:pull")
    assert v2(bearer, "GET", "ana/own/manifests/latest").status == 200
    assert ana.delete(f"/account/tokens/{made['token']['id']}").status == 204
    assert v2(bearer, "GET", "ana/own/manifests/latest").status == 401
    assert v2(Caller.basic(registry.port, "ana", made["secret"]), "GET", "").status == 401


def test_a_new_password_ends_what_the_old_one_began(registry):
    registry.add_user("eve")
    here, there = (Caller.signed_in(registry.port, "eve", PASSWORD) for _ in range(2))
    stand_in = here.post("/account/encrypted-password", {"password": PASSWORD}).json["secret"]
    kept = here.post("/account/tokens", {"title": "kept"}).json["secret"]
    _, answer = image_token(registry, "eve", PASSWORD, "repository:eve/x:pull")
    wrong = here.put("/account/password", {"current_password": "guess", "new_password": "b" * 12})
    assert wrong.status == 403
    changed = here.put(
        "/account/password", {"current_password": PASSWORD, "new_password": "another horse"})
    assert changed.status == 204
    assert there.get("/account").status == 401
    here.take_session(changed)
    assert here.get("/account").status == 200
    assert Caller.basic(registry.port, "eve", stand_in).get("/account").status == 401
    assert Caller.basic(registry.port, "eve", kept).get("/account").status == 200
    refreshed = Caller(registry.port).send(
        "POST", "/v2/token", urlencode({
            "grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}).encode(),
        prefix="", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert refreshed.status == 401


@pytest.mark.parametrize(("method", "path", "body", "member"), [
    ("PATCH", "/account", {"language": "es", "is_admin": True}, "is_admin"),
    ("POST", "/repositories", {"name": "mallory/x", "owner": "ana"}, "owner"),
    ("PATCH", "/repositories/mallory%2Fmine", {"role": "admin", "id": 1}, "role"),
    ("POST", "/account/tokens", {"title": "x", "account_id": 1}, "account_id"),
])
def test_members_that_nobody_asked_for_are_refused_and_change_nothing(
        registry, method, path, body, member):
    mallory = Caller.signed_in(registry.port, "mallory", PASSWORD)
    mallory.post("/repositories", {"name": "mallory/mine"})
    reply = mallory.send(method, path, body)
    assert (reply.status, reply.code) == (400, "unknown-member")
    assert member in [wrong["member"] for wrong in reply.json["members"]]
    account = mallory.get("/account").json
    assert account["is_admin"] is False and account["language"] == ""


def test_a_session_alone_changes_nothing(registry, ana):
    body = {"name": "ana/forged"}
    for headers in ({"X-CSRF-Token": None}, {"X-CSRF-Token": "0" * 64},
                    {"X-CSRF-Token": Caller.signed_in(registry.port, "bob", PASSWORD).csrf}):
        assert ana.post("/repositories", body, headers=headers).code == "csrf"
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
        assert ana.post("/repositories", body, headers=headers).code == "csrf"
    form = ana.post("/repositories", body, headers={"Content-Type": "text/plain"})
    assert form.status == 415
    assert ana.get("/repositories/ana%2Fforged").status == 404
    own = ana.post("/repositories", {"name": "ana/own"},
                   headers={"Origin": f"http://{registry.address}", "Sec-Fetch-Site": "same-origin"})
    assert own.status == 409


def test_nobody_is_signed_in_from_another_site_or_into_a_planted_session(registry):
    body = {"username": "mallory", "password": PASSWORD}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Content-Type": "application/x-www-form-urlencoded"}):
        reply = Caller(registry.port).post("/session", body, headers=headers)
        assert reply.status in (403, 415) and reply.header("Set-Cookie") is None
    victim = Caller(registry.port)
    planted = Caller.signed_in(registry.port, "mallory", PASSWORD)
    victim.cookie = planted.cookie
    victim.sign_in("bob", PASSWORD)
    assert victim.cookie != planted.cookie
    assert planted.get("/account").status == 401
    fields = Caller(registry.port).post("/session", body).header("Set-Cookie")
    assert "HttpOnly" in fields and "SameSite=Lax" in fields


def test_a_session_ends_where_it_is_told(registry):
    first, second = (Caller.signed_in(registry.port, "bob", PASSWORD) for _ in range(2))
    other = [one["id"] for one in first.get("/account/sessions").json["items"]
             if not one["current"]][-1]
    assert first.delete(f"/account/sessions/{other}").status == 204
    assert second.get("/account").status == 401
    assert first.delete("/session").status == 204
    assert first.get("/account").status == 401


def from_address(registry, source, name, password):
    connection = http.client.HTTPConnection(
        "127.0.0.1", registry.port, timeout=60, source_address=(source, 0))
    try:
        connection.request("POST", "/api/v1/session",
                           json.dumps({"username": name, "password": password}),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def test_guessing_is_slowed_down_and_locks_nobody_else_out(registry):
    statuses = [from_address(registry, "127.0.0.2", "bob", f"guess {n}") for n in range(12)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert from_address(registry, "127.0.0.2", "bob", PASSWORD) == 429
    assert from_address(registry, "127.0.0.3", "bob", PASSWORD) == 200


def cpu_ticks(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_an_unknown_name_costs_the_work_of_a_known_one(registry):
    def work(name, source):
        before = cpu_ticks(registry.process)
        assert {from_address(registry, source, name, f"wrong {n}") for n in range(9)} == {401}
        return cpu_ticks(registry.process) - before

    known, unknown = work("bob", "127.0.0.4"), work("nobody-has-this", "127.0.0.5")
    assert known >= 0.1 * os.sysconf("SC_CLK_TCK")  # nine passwords were hashed
    assert unknown > known / 2


@pytest.mark.parametrize("path", [
    "/repositories/..%2F..%2Fetc%2Fpasswd", "/repositories/%2Fetc", "/repositories/ana%2Fown%2F..",
    "/repositories/ana%2Fown/tags/..%2F..%2Fx", "/repositories/ana%2Fown/tags/%2e%2e",
    "/namespaces/..%2Fana/robots", "/organisations/..", "/account/tokens/..",
])
def test_paths_lead_nowhere_else(ana, path):
    assert ana.get(path).status in (400, 404, 405)


def test_strangers_learn_nothing_from_refusals(registry):
    mallory = Caller.signed_in(registry.port, "mallory", PASSWORD)
    for method, rest, body in (("GET", "", None), ("PATCH", "", {}), ("DELETE", "", None),
                               ("GET", "/tags", None), ("PUT", "/tags/x", {"digest": "sha256:0"}),
                               ("GET", "/permissions", None)):
        there = mallory.send(method, "/repositories/ana%2Fown" + rest, body)
        missing = mallory.send(method, "/repositories/ana%2Fmissing" + rest, body)
        assert (there.status, there.body) == (missing.status, missing.body) == (404, missing.body)
    taken, free = (mallory.post("/repositories", {"name": name})
                   for name in ("ana/own", "ana/missing"))
    assert (taken.status, taken.body) == (free.status, free.body) == (403, free.body)


def test_what_was_refused_is_in_the_audit(registry):
    registry.estiba.ok("admin", "user", "add", "auditor", "--admin", "--password-stdin", "--data",
                       registry.data, stdin=PASSWORD + "\n")
    auditor = Caller.signed_in(registry.port, "auditor", PASSWORD)
    mallory = Caller.signed_in(registry.port, "mallory", PASSWORD)
    assert mallory.delete("/repositories/ana%2Fown").status == 404
    assert Caller(registry.port).post(
        "/session", {"username": "ana", "password": "wrong"}).status == 401
    refused = auditor.get("/audit", outcome="refused", limit=1000).json["items"]
    assert ("deleteRepository", "mallory", "ana/own", 404) in [
        (row["action"], row["actor"], row["target"], row["status"]) for row in refused]
    assert ("signIn", "ana", 401) in [
        (row["action"], row["target"], row["status"]) for row in refused]
    assert {row["actor"] for row in mallory.get("/audit", limit=1000).json["items"]} == {"mallory"}
    assert mallory.get("/audit", actor="ana").status == 404
    lines = auditor.get("/audit/export", outcome="refused").body.splitlines()
    assert len(lines) >= len(refused) and all(json.loads(line)["id"] for line in lines)
    table = auditor.get("/audit/export", format="csv").body.decode().splitlines()
    assert table[0].startswith("id,at,actor,")
    assert all(PASSWORD not in line and "wrong" not in line for line in table)
