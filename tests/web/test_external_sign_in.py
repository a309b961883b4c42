"""Signing in at a provider, against real ones on loopback that can be made to lie."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from lib.configured import ConfiguredRegistry
from lib.identity_provider import GitHub, Key, OpenId
from lib.openapi import Document
from lib.pages_api import Browser, Caller
from lib.program import Estiba
from lib.registry import Registry
from lib.sign_in import go_away, come_back, sign_in_at, turned_away

PASSWORD = Registry.PASSWORD

CONFIG = """
public-url = "http://127.0.0.1:{port}"
allowed-networks = ["127.0.0.1"]

[[sign-in]]
name = "corp"
title = "Example Corp"
issuer = "{corp}"
client-id = "estiba"
client-secret = "s3cret & more"
sign-up = "open"

[[sign-in]]
name = "curves"
issuer = "{curves}"
client-id = "estiba"
client-secret = "s3cret & more"
sign-up = "invitation"

[[sign-in]]
name = "github"
type = "github"
url = "{github}"
client-id = "estiba"
client-secret = "s3cret & more"
organisations = ["acme"]
sign-up = "open"

[[sign-in]]
name = "strict"
issuer = "{strict}"
client-id = "estiba"
client-secret = "s3cret & more"
email-domains = ["example.com"]

[[sign-in]]
name = "slow"
issuer = "{slow}"
client-id = "estiba"
client-secret = "s3cret & more"
sign-up = "open"
timeout = "3s"
"""


@pytest.fixture(scope="module")
def providers():
    made = {"corp": OpenId(), "curves": OpenId("ES256"), "github": GitHub(), "strict": OpenId(),
            "slow": OpenId()}
    yield made
    for provider in made.values():
        provider.close()


@pytest.fixture(scope="module")
def registry(tmp_path_factory, providers):
    folder = tmp_path_factory.mktemp("external")
    registry = ConfiguredRegistry(Estiba(folder), folder / "registry")
    text = CONFIG.format(port=registry.port,
                         **{name: provider.url for name, provider in providers.items()})
    registry.config.write_text(registry.config.read_text() + text)
    registry.estiba.ok("serve", "--config", registry.config, "--check-config")
    registry.add_user("ana")
    registry.estiba.ok("admin", "user", "add", "root", "--admin", "--password-stdin", "--data",
                       registry.data, stdin=PASSWORD + "\n")
    registry.start()
    yield registry
    assert registry.stop() == 0


@pytest.fixture
def corp(providers):
    yield providers["corp"]
    providers["corp"].behave()


@pytest.fixture
def browser(registry):
    return Browser(registry.port)


def test_somebody_signs_in_and_finds_their_account_again(registry, corp, browser):
    about = browser.get("/about").json
    assert {"name": "corp", "title": "Example Corp"} in about["providers"]
    away = go_away(browser, "corp", return_to="/repository/x?tab=tags")
    asked = parse_qs(urlsplit(away).query)
    assert asked["scope"] == ["openid profile email"] and asked["response_type"] == ["code"]
    back = come_back(browser, corp.authorize(away))
    assert (back.status, back.header("Location")) == (302, "/repository/x?tab=tags")
    first = browser.account
    assert (first["name"], first["display_name"]) == ("ana.maria", "Ana María")
    assert first["email"] == "ana@example.com" and not first["is_admin"]
    assert not first["has_password"]

    again = Browser(registry.port)
    corp.person = {**corp.person, "preferred_username": "somebody.else"}
    assert sign_in_at(again, corp, "corp").status == 302
    corp.person = {**corp.person, "preferred_username": "Ana.Maria"}
    assert again.account["name"] == "ana.maria"
    root = Caller.signed_in(registry.port, "root", PASSWORD)
    rows = root.get("/audit", action="finishExternalSignIn").json["items"]
    assert (rows[0]["actor"], rows[0]["target"], rows[0]["outcome"]) == (
        "ana.maria", "corp", "done")


def test_what_somebody_is_called_elsewhere_opens_no_account_of_that_name(corp, browser):
    corp.person = {**corp.person, "sub": "77", "preferred_username": "ana",
                   "email": "ana@other.example"}
    sign_in_at(browser, corp, "corp")
    assert browser.account["name"] == "ana-2"
    corp.person = {**corp.person, "sub": "1", "preferred_username": "Ana.Maria"}


def test_an_unverified_address_is_not_taken_over(registry, corp, browser):
    owner = Caller.signed_in(registry.port, "ana", PASSWORD)
    assert owner.patch("/account", {"email": "boss@example.com"}).status == 200
    before = corp.person
    for verified in (False, None, True):
        corp.person = {**before, "sub": f"boss {verified}", "preferred_username": "boss",
                       "email": "boss@example.com", "email_verified": verified}
        other = Browser(registry.port)
        sign_in_at(other, corp, "corp")
        assert other.account["name"] not in ("ana", None)
        assert other.account["email"] == ("boss@example.com" if verified else "")
    corp.person = before


@pytest.mark.parametrize("change", [
    {"nonce": "another"}, {"nonce": None}, {"iss": "https://evil.example"}, {"iss": None},
    {"aud": "another"}, {"aud": ["another"]}, {"aud": None}, {"aud": ["estiba", "another"]},
    {"azp": "another"}, {"exp": int(time.time()) - 3600}, {"exp": None}, {"exp": "never"},
    {"exp": 1e300}, {"iat": int(time.time()) + 3600}, {"nbf": int(time.time()) + 3600},
    {"sub": None}, {"sub": ""}, {"sub": "x" * 300}, {"sub": 7},
], ids=str)
def test_a_token_for_something_else_signs_nobody_in(corp, browser, change):
    corp.claims = change
    turned_away(browser, sign_in_at(browser, corp, "corp"), "refused")


@pytest.mark.parametrize("change", [
    {"aud": ["estiba"]}, {"aud": ["estiba", "more"], "azp": "estiba"},
    {"exp": int(time.time()) - 20}, {"iat": int(time.time()) + 20}, {"nbf": int(time.time())},
], ids=str)
def test_clocks_may_differ_a_little_and_audiences_be_several(corp, browser, change):
    corp.claims = change
    assert sign_in_at(browser, corp, "corp").header("Location") == "/"
    assert browser.account["name"] == "ana.maria"


@pytest.mark.parametrize("forgery", ["unsigned", "signed_with_the_public_key",
                                     "signed_by_a_stranger"])
def test_a_forged_token_signs_nobody_in(corp, browser, forgery):
    corp.forge = getattr(corp, forgery)
    turned_away(browser, sign_in_at(browser, corp, "corp"), "refused")


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"alg": "ES256"}, {"alg": "none"},
                                    {"alg": "RS512"}, {"kid": "unknown"}, {"alg": None}], ids=str)
def test_a_header_decides_nothing(corp, browser, header):
    corp.header = header
    turned_away(browser, sign_in_at(browser, corp, "corp"), "refused")


def test_keys_rotate_and_weak_ones_do_not_count(corp, browser, registry):
    old = corp.keys
    assert sign_in_at(browser, corp, "corp").header("Location") == "/"
    corp.keys = [Key("RS256")]
    rotated = Browser(registry.port)
    sign_in_at(rotated, corp, "corp")
    assert rotated.account["name"] == "ana.maria"
    corp.keys = [Key("RS256", 1024)]
    weak = Browser(registry.port)
    turned_away(weak, sign_in_at(weak, corp, "corp"), "refused")
    corp.keys = old


def test_an_invitation_to_a_verified_address_lets_its_owner_in(registry, providers, browser):
    curves = providers["curves"]
    curves.person = {"sub": "c1", "preferred_username": "Curvy", "email": "curvy@example.com",
                     "email_verified": True}
    turned_away(browser, sign_in_at(browser, curves, "curves"), "no-account")
    root = Caller.signed_in(registry.port, "root", PASSWORD)
    root.post("/admin/invitations", {"email": "Curvy@Example.com"})
    curves.person["email_verified"] = False
    turned_away(browser, sign_in_at(browser, curves, "curves"), "no-account")
    curves.person["email_verified"] = True
    assert sign_in_at(browser, curves, "curves").header("Location") == "/"
    assert browser.account["name"] == "curvy"
    assert root.get("/admin/invitations").json["items"] == []
    other = Browser(registry.port)
    curves.person = {**curves.person, "sub": "c2"}
    turned_away(other, sign_in_at(other, curves, "curves"), "no-account")


def test_what_the_token_lacks_is_asked_for(providers, registry, browser):
    curves = providers["curves"]
    Caller.signed_in(registry.port, "root", PASSWORD).post(
        "/admin/invitations", {"email": "told@example.com"})
    curves.person = {"sub": "c3"}
    curves.userinfo = {"sub": "another", "email": "told@example.com", "email_verified": True}
    turned_away(browser, sign_in_at(browser, curves, "curves"), "refused")
    curves.userinfo = {**curves.userinfo, "sub": "c3", "preferred_username": "told"}
    assert sign_in_at(browser, curves, "curves").header("Location") == "/"
    assert browser.account["name"] == "told"


def test_github_says_who_somebody_is_by_number(registry, providers, browser):
    github = providers["github"]
    assert sign_in_at(browser, github, "github").header("Location") == "/"
    assert (browser.account["name"], browser.account["email"]) == ("octo-cat", "cat@example.com")
    before, github.person = github.person, {**github.person, "login": "renamed"}
    again = Browser(registry.port)
    sign_in_at(again, github, "github")
    assert again.account["name"] == "octo-cat"
    github.person = {"login": "Octo-Cat"}
    turned_away(Browser(registry.port), sign_in_at(Browser(registry.port), github, "github"),
                "refused")
    github.person = before
    github.organisations = [{"login": "others"}]
    turned_away(Browser(registry.port), sign_in_at(Browser(registry.port), github, "github"),
                "not-allowed")
    github.organisations = [{"login": "Acme"}]
    codeless = Browser(registry.port)
    github.authorize(go_away(codeless, "github"))
    away = go_away(codeless, "github")
    state = parse_qs(urlsplit(away).query)["state"][0]
    turned_away(codeless, codeless.get("/session/external/github/callback", code="stolen",
                                       state=state), "refused")


def test_only_the_browser_that_went_away_comes_back(registry, corp, browser):
    """Login CSRF: the attacker's answer, brought by the victim's browser."""
    attacker = Browser(registry.port)
    answer = corp.authorize(go_away(attacker, "corp"))
    turned_away(browser, come_back(browser, answer), "expired")
    begun = Browser(registry.port)  # the victim has begun one, too
    go_away(begun, "corp")
    turned_away(begun, come_back(begun, answer), "expired")
    signed_in = Caller.signed_in(registry.port, "ana", PASSWORD)
    assert signed_in.send("GET", answer, prefix="").header("Location") == "/sign-in?error=expired"
    assert signed_in.get("/session").json["account"]["name"] == "ana"


def test_an_answer_is_good_once_and_for_what_was_asked(registry, corp, providers, browser):
    answer = corp.authorize(go_away(browser, "corp"))
    assert come_back(browser, answer).header("Location") == "/"
    assert come_back(browser, answer).header("Location") == "/sign-in?error=expired"
    mixed = Browser(registry.port)
    other = corp.authorize(go_away(mixed, "corp")).replace("/external/corp/", "/external/strict/")
    turned_away(mixed, come_back(mixed, other), "expired")
    mixed = Browser(registry.port)
    lied = corp.authorize(go_away(mixed, "corp"), iss="https://evil.example")
    turned_away(mixed, come_back(mixed, lied), "refused")
    mixed = Browser(registry.port)
    said = corp.authorize(go_away(mixed, "corp"), iss=corp.url)
    assert come_back(mixed, said).header("Location") == "/"
    swapped = Browser(registry.port)  # a code that was given for another's verifier
    first, second = (corp.authorize(go_away(swapped, "corp")) for _ in range(2))
    codes = [parse_qs(urlsplit(one).query)["code"][0] for one in (first, second)]
    turned_away(swapped, come_back(swapped, first.replace(codes[0], codes[1])), "refused")
    for query in ({}, {"state": "x"}, {"code": "x"}, {"state": "", "code": ""}):
        nobody = Browser(registry.port)
        turned_away(nobody, nobody.get("/session/external/corp/callback", **query), "expired")
    assert browser.get("/session/external/nobody").status == 404
    assert browser.get("/session/external/nobody/callback").status == 404


def test_two_windows_of_a_browser_sign_in_side_by_side(corp, browser):
    first, second = (corp.authorize(go_away(browser, "corp")) for _ in range(2))
    assert first != second
    assert come_back(browser, first).header("Location") == "/"


def test_the_session_is_a_new_one(registry, corp, browser):
    """Session fixation: what was in the browser before is worth nothing afterwards."""
    planted = Caller.signed_in(registry.port, "ana", PASSWORD)
    browser.jar["estiba_session"] = planted.cookie.split("=", 1)[1]
    back = sign_in_at(browser, corp, "corp")
    assert browser.jar["estiba_session"] != planted.cookie.split("=", 1)[1]
    assert planted.get("/account").status == 401
    assert browser.account["name"] == "ana.maria"
    cookies = [value for key, value in back.fields if key.lower() == "set-cookie"]
    assert all("HttpOnly" in one and "SameSite=Lax" in one for one in cookies)


@pytest.mark.parametrize("target", [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil",
    "/\t/evil.example", "/%0d%0aSet-Cookie: x=1".replace("%0d%0a", "\r\n"), "javascript:alert(1)",
    "/api/v1/session", "/" + "x" * 5000, "",
], ids=lambda target: repr(target)[:20])
def test_it_leads_nowhere_but_to_the_pages(corp, browser, target):
    assert sign_in_at(browser, corp, "corp", return_to=target).header("Location") == "/"


def test_saying_no_at_the_provider_is_an_answer(corp, browser):
    state = parse_qs(urlsplit(go_away(browser, "corp")).query)["state"][0]
    turned_away(browser, browser.get("/session/external/corp/callback", state=state,
                                     error="access_denied"), "denied")
    state = parse_qs(urlsplit(go_away(browser, "corp")).query)["state"][0]
    turned_away(browser, browser.get("/session/external/corp/callback", state=state,
                                     error="server_error\r\nforged log line"), "refused")


def test_who_the_provider_does_not_vouch_for_stays_outside(registry, providers, browser):
    strict = providers["strict"]
    turned_away(browser, sign_in_at(browser, strict, "strict"), "no-account")
    for email, verified in (("ana@evil.example", True), ("ana@example.com", False),
                            ("ana@example.com.evil.example", True), ("", True)):
        strict.person = {"sub": "s", "preferred_username": "s", "email": email,
                         "email_verified": verified}
        turned_away(browser, sign_in_at(browser, strict, "strict"), "not-allowed")
    strict.person = {"sub": "s", "preferred_username": "s", "email": "ana@Example.com",
                     "email_verified": True}


def test_an_identity_is_connected_by_who_is_signed_in_and_by_nobody_else(
        registry, providers, browser):
    document = Document(Caller(registry.port).get("/openapi.json").json)
    strict = providers["strict"]
    strict.person = {"sub": "linked", "preferred_username": "x", "email": "ana@example.com",
                     "email_verified": True}
    registry.add_user("lena")
    browser.sign_in("lena", PASSWORD)
    path = "/account/identities/strict"
    assert browser.post(path, {"password": "wrong"}).status == 403
    assert browser.post(path, {"password": PASSWORD}, headers={"X-CSRF-Token": None}).code == "csrf"
    begun = browser.post(path, {"password": PASSWORD, "return_to": "/account"})
    assert document.check("connectIdentity", begun) == []
    answer = strict.authorize(begun.json["url"])
    other = Browser(registry.port)
    other.sign_in("ana", PASSWORD)
    assert come_back(other, answer).header("Location") == "/sign-in?error=expired"
    assert come_back(browser, answer).header("Location") == "/account"
    listed = browser.get("/account/identities")
    assert document.check("listIdentities", listed) == []
    assert {one["provider"]: one["connected"] for one in listed.json["items"]}["strict"] is True

    elsewhere = Browser(registry.port)
    sign_in_at(elsewhere, strict, "strict")
    assert elsewhere.account["name"] == "lena"
    begun = other.post(path, {"password": PASSWORD})
    assert come_back(other, strict.authorize(begun.json["url"])).header("Location") == (
        "/sign-in?error=taken")
    registry.admin("user", "disable", "lena")
    turned_away(elsewhere, sign_in_at(elsewhere, strict, "strict"), "disabled")
    registry.admin("user", "enable", "lena")
    browser.sign_in("lena", PASSWORD)
    assert browser.delete(path).status == 204
    assert browser.delete(path).status == 404
    turned_away(elsewhere, sign_in_at(elsewhere, strict, "strict"), "no-account")


def test_who_has_no_password_keeps_a_way_in_and_can_make_what_docker_needs(
        registry, corp, browser):
    sign_in_at(browser, corp, "corp")
    browser.take_session(browser.get("/session"))
    assert browser.delete("/account/identities/corp").status == 409
    made = browser.post("/account/encrypted-password", {"password": ""})
    assert made.status == 201, made.body
    assert Caller.basic(registry.port, made.json["username"], made.json["secret"]).send(
        "GET", "/v2/", prefix="").status == 200
    for password in ("", "guess"):
        refused = Caller(registry.port).post(
            "/session", {"username": "ana.maria", "password": password})
        assert refused.status == 401


@pytest.mark.parametrize(("path", "fault"), [("/token", "stalled"), ("/keys", "trickling")])
def test_a_stalled_provider_is_waited_for_a_while(providers, browser, path, fault):
    slow = providers["slow"]
    away = go_away(browser, "slow")
    getattr(slow, fault).add(path)
    turned_away(browser, come_back(browser, slow.authorize(away)), "unavailable")
    slow.behave()


@pytest.mark.parametrize("path", ["/token", "/keys"])
@pytest.mark.parametrize("fault", ["short", "garbage", "huge", "redirect", "broken", "nested",
                                   "list"])
def test_a_broken_provider_is_not_believed(
        registry, corp, path, fault):
    if path == "/keys":
        corp.keys = [Key("RS256")]  # so that they are asked for
    browser = Browser(registry.port)
    away = go_away(browser, "corp")
    replaced = {"garbage": b"<html>", "huge": b'{"a":"' + b"x" * (4 << 20) + b'"}',
                "redirect": (302, {}, {"Location": corp.url + "/elsewhere"}),
                "broken": (500, {}, {}), "nested": b"[" * 100000, "list": b"[]"}
    if fault == "short":
        corp.short.add(path)
    else:
        corp.replaced[path] = replaced[fault]
    turned_away(browser, come_back(browser, corp.authorize(away)),
                "refused" if (path, fault) == ("/token", "redirect") else "unavailable")
    assert ("GET", "/elsewhere") not in corp.seen
    corp.behave()
    assert sign_in_at(browser, corp, "corp").header("Location") == "/"
