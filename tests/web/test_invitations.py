"""Who may make an account: by invitation, for themselves, or nobody; and what the operator does."""

import datetime
import time

import pytest

from lib.configured import ConfiguredRegistry
from lib.openapi import Document
from lib.pages_api import Caller
from lib.program import Estiba
from lib.registry import Registry

PASSWORD = Registry.PASSWORD


def start(folder, rule):
    folder.mkdir(exist_ok=True)
    registry = ConfiguredRegistry(Estiba(folder), folder / "registry", f'sign-up = "{rule}"\n')
    registry.estiba.ok("admin", "user", "add", "root", "--admin", "--password-stdin", "--data",
                       registry.data, stdin=PASSWORD + "\n")
    registry.add_user("ana")
    registry.start()
    return registry


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    registry = start(tmp_path_factory.mktemp("invitations"), "invitation")
    yield registry
    assert registry.stop() == 0


@pytest.fixture(scope="module")
def root(registry):
    return Caller.signed_in(registry.port, "root", PASSWORD)


def invite(root, **members):
    reply = root.post("/admin/invitations", members)
    assert reply.status == 201, reply.body
    return reply.json


def sign_up(registry, name, **members):
    return Caller(registry.port).post(
        "/sign-up", {"username": name, "password": PASSWORD, **members})


def later(**delta):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_invitation_makes_one_account(registry, root):
    document = Document(Caller(registry.port).get("/openapi.json").json)
    made = root.post("/admin/invitations", {"email": "bob@example.com"})
    assert made.status == 201 and document.check("createInvitation", made) == []
    listed = root.get("/admin/invitations")
    assert document.check("listInvitations", listed) == []
    assert made.json["invitation"] in listed.json["items"]
    secret = made.json["secret"]
    assert made.json["url"] == f"http://{registry.address}/sign-up#{secret}"
    assert secret not in listed.body.decode()

    bob = Caller(registry.port)
    bob.take_session(sign_up(registry, "bob", invitation=secret))
    account = bob.get("/account").json
    assert (account["is_admin"], account["email"]) == (False, "bob@example.com")
    assert sign_up(registry, "bob2", invitation=secret).status == 403
    assert made.json["invitation"] not in root.get("/admin/invitations").json["items"]
    audit = root.get("/audit", action="createInvitation").json["items"][0]
    assert (audit["actor"], audit["detail"]) == ("root", "bob@example.com")


def test_what_goes_wrong_leaves_the_invitation_and_no_account(registry, root):
    secret = invite(root)["secret"]
    assert sign_up(registry, "ana", invitation=secret).status == 409
    assert sign_up(registry, "Not A Name", invitation=secret).status == 409
    assert sign_up(registry, "eve", invitation=secret, email="no address").status == 400
    assert sign_up(registry, "eve", invitation=secret, password="short").status == 400
    assert sign_up(registry, "eve", invitation=secret, is_admin=True).code == "unknown-member"
    assert sign_up(registry, "eve", invitation=secret).status == 201


def test_without_an_invitation_nobody_learns_which_names_exist(registry):
    answers = [sign_up(registry, name, **members) for name in ("ana", "nobody-yet")
               for members in ({}, {"invitation": "guess"})]
    assert {(reply.status, reply.body) for reply in answers} == {(403, answers[0].body)}


def test_invitations_end(registry, root):
    taken_back = invite(root)
    assert root.delete(f"/admin/invitations/{taken_back['invitation']['id']}").status == 204
    assert root.delete(f"/admin/invitations/{taken_back['invitation']['id']}").status == 404
    assert sign_up(registry, "late", invitation=taken_back["secret"]).status == 403
    short = invite(root, expires_at=later(seconds=2))
    reply = None
    for attempt in range(9):  # fewer than what makes one wait
        ids = [one["id"] for one in root.get("/admin/invitations").json["items"]]
        if short["invitation"]["id"] not in ids:
            reply = sign_up(registry, "late", invitation=short["secret"])
            break
        time.sleep(0.5)
    assert reply is not None and reply.status == 403
    for expires_at in (later(seconds=-1), later(days=500)):
        assert root.post("/admin/invitations", {"expires_at": expires_at}).status == 400


def test_only_administrators_invite(registry):
    ana = Caller.signed_in(registry.port, "ana", PASSWORD)
    for caller in (ana, Caller(registry.port)):
        assert caller.post("/admin/invitations", {}).status in (401, 404)
        assert caller.get("/admin/invitations").status in (401, 404)


@pytest.mark.parametrize(("rule", "status"), [("open", 201), ("closed", 403)])
def test_an_operator_chooses_who_signs_up(tmp_path, rule, status):
    registry = start(tmp_path / rule, rule)
    try:
        assert Caller(registry.port).get("/about").json["sign_up"] == rule
        assert sign_up(registry, "bob").status == status
        if rule == "open":  # names can be tried, but not many
            statuses = [sign_up(registry, "ana").status for _ in range(12)]
            assert statuses[0] == 409 and statuses[-1] == 429
    finally:
        assert registry.stop() == 0


def test_nobody_signs_up_unless_the_operator_says_so(fresh_registry):
    fresh_registry.start()
    try:
        assert Caller(fresh_registry.port).get("/about").json["sign_up"] == "closed"
    finally:
        assert fresh_registry.stop() == 0


def test_the_operator_disables_and_promotes_accounts_while_it_serves(registry, root):
    registry.add_user("carl")
    carl = Caller.signed_in(registry.port, "carl", PASSWORD)
    token = carl.post("/account/tokens", {"title": "ci"}).json["secret"]
    by_token = Caller.basic(registry.port, "carl", token)
    assert by_token.get("/account").status == 200
    registry.admin("user", "disable", "carl")
    assert "carl (disabled)" in registry.admin("user", "ls")
    assert carl.get("/account").status == 401
    assert by_token.get("/account").status == 401
    refused = Caller(registry.port).post("/session", {"username": "carl", "password": PASSWORD})
    assert refused.status == 401
    registry.admin("user", "enable", "carl")
    assert by_token.get("/account").status == 200
    assert carl.get("/account").status == 401
    registry.admin("user", "set", "carl", "--admin", "yes")
    carl.sign_in("carl", PASSWORD)
    assert carl.get("/admin/invitations").status == 200
    registry.admin("user", "set", "carl", "--admin", "no")
    assert carl.get("/admin/invitations").status == 404
    for wrong in (("set", "carl"), ("set", "carl", "--admin", "perhaps"), ("disable", "nobody-x"),
                  ("reset-second-factor", "nobody-x")):
        registry.estiba.fails("admin", "user", *wrong, "--data", registry.data)
