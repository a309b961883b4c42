"""What an operator may say of a provider, and where a provider may not lead."""

import pytest

from lib.configured import ConfiguredRegistry
from lib.identity_provider import OpenId
from lib.pages_api import Browser
from lib.registry import Registry
from lib.sign_in import go_away, provider_at, registry_with, sign_in_at, turned_away

PASSWORD = Registry.PASSWORD


def test_a_provider_leads_into_no_network_that_the_operator_has_not_allowed(tmp_path, estiba):
    """SSRF: by the configured issuer, and by what its document names."""
    inside, liar = OpenId(), OpenId()
    elsewhere = inside.url.replace("127.0.0.1", "127.0.0.2")
    liar.replaced["/.well-known/openid-configuration"] = {
        **liar.document(), "jwks_uri": elsewhere + "/keys", "token_endpoint": elsewhere + "/token"}
    registry = registry_with(tmp_path, estiba, provider_at(inside.url))
    try:
        browser = Browser(registry.port)
        assert go_away(browser, "inside") == "/sign-in?error=unavailable"
        assert inside.seen == []
        assert "is not public, and not allowed" in registry.log_text()
    finally:
        assert registry.stop() == 0
    registry = registry_with(tmp_path / "second", estiba, provider_at(liar.url, "liar"),
                             ["127.0.0.1"])
    try:
        browser = Browser(registry.port)
        turned_away(browser, sign_in_at(browser, liar, "liar"), "unavailable")
        assert inside.seen == []
    finally:
        assert registry.stop() == 0
        inside.close()
        liar.close()


@pytest.mark.parametrize("document", [
    {"issuer": "https://evil.example"}, {"issuer": None}, {"token_endpoint": None},
    {"authorization_endpoint": "javascript:alert(1)"}, {"jwks_uri": "file:///etc/passwd"},
], ids=str)
def test_a_document_that_makes_no_sense_is_not_followed(tmp_path, estiba, document):
    fresh = OpenId()
    with_faults = {name: value for name, value in {**fresh.document(), **document}.items() if value}
    fresh.replaced["/.well-known/openid-configuration"] = with_faults
    other = registry_with(tmp_path, estiba, provider_at(fresh.url), ["127.0.0.1"])
    try:
        assert go_away(Browser(other.port), "inside") == "/sign-in?error=unavailable"
    finally:
        assert other.stop() == 0
        fresh.close()


def test_the_first_account_of_a_registry_is_not_made_at_a_provider(tmp_path, estiba):
    provider = OpenId()
    registry = ConfiguredRegistry(estiba, tmp_path / "new")
    registry.config.write_text(
        f'sign-up = "open"\npublic-url = "http://{registry.address}"\n'
        'allowed-networks = ["127.0.0.1"]\n' + registry.config.read_text() +
        provider_at(provider.url, **{"sign-up": "open"}))
    registry.start()
    try:
        browser = Browser(registry.port)
        turned_away(browser, sign_in_at(browser, provider, "inside"), "no-account")
        reply = browser.post("/sign-up", {"username": "early", "password": PASSWORD})
        assert reply.status == 409
        assert browser.get("/about").json["setup_required"] is True
    finally:
        assert registry.stop() == 0
        provider.close()


@pytest.mark.parametrize(("text", "complaint"), [
    (provider_at("http://id.example.com"), "must begin with https://"),
    (provider_at("https://id.example.com", "Bad Name"), "a name of its own"),
    (provider_at("https://id.example.com") * 2, "a name of its own"),
    (provider_at("https://id.example.com", scopes="email"), "openid"),
    (provider_at("https://id.example.com", type="saml"), "openid"),
    (provider_at("https://id.example.com", typo="x"), "unknown key"),
    ('[[sign-in]]\nname = "x"\nclient-id = "y"\n', "issuer is missing"),
    ('[[sign-in]]\nname = "x"\ntype = "github"\nclient-id = "y"\n', "client-secret is missing"),
])
def test_what_cannot_work_is_told_before_it_is_tried(tmp_path, estiba, text, complaint):
    file = tmp_path / "registry.toml"
    file.write_text('public-url = "https://registry.example.com"\n' + text)
    assert complaint in estiba.fails("serve", "--config", file, "--check-config").err
    file.write_text(provider_at("https://id.example.com"))
    assert "public-url" in estiba.fails("serve", "--config", file, "--check-config").err
