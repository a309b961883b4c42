"""What the administrators of a repository decide: immutable tags, retention, webhooks."""

import hashlib
import hmac

import pytest

from lib.configured import ConfiguredRegistry, eventually
from lib.pages_api import Caller, segment
from lib.program import Estiba
from lib.registry import Registry
from lib.webhook_receiver import Receiver
from lib.wire import Wire

PASSWORD = Registry.PASSWORD


def at(name, rest=""):
    return f"/repositories/{segment(name)}{rest}"


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """Its webhooks may reach 127.0.0.1, but no other address that is not public."""
    folder = tmp_path_factory.mktemp("settings")
    registry = ConfiguredRegistry(
        Estiba(folder), folder / "registry", 'allowed-networks = ["127.0.0.1"]\n')
    registry.add_user("ana")
    registry.start()
    yield registry
    assert registry.stop() == 0


@pytest.fixture(scope="module")
def ana(registry):
    return Caller.signed_in(registry.port, "ana", PASSWORD)


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


def push(registry, name, tag="latest", content=b"layer"):
    return Wire(registry.address, "ana", PASSWORD).push_image(name, tag, layers=(content,))


def test_tags_that_match_stay_where_they_point(registry, ana, checked):
    name = "ana/fixed"
    push(registry, name, "v1", b"one")
    before = ana.get(at(name, "/immutability"))
    assert checked("getImmutability", before) == {"patterns": []}
    changed = ana.put(at(name, "/immutability"), {"patterns": ["v*", "release"]})
    assert checked("setImmutability", changed) == {"patterns": ["v*", "release"]}
    assert ana.delete(at(name, "/tags/v1")).status == 409
    assert ana.get(at(name, "/tags/v1")).json["protected"] is True
    late = ana.put(at(name, "/immutability"), {"patterns": []},
                   headers={"If-Match": before.header("ETag")})
    assert (late.status, late.code) == (412, "precondition-failed")
    for patterns in (["a\nb"], [""], ["/"], ["x" * 200], ["v"] * 201):
        refused = ana.put(at(name, "/immutability"), {"patterns": patterns})
        assert (refused.status, refused.json["members"][0]["member"]) == (400, "patterns")
    assert ana.get(at(name, "/immutability")).json == {"patterns": ["v*", "release"]}


def test_rules_are_looked_at_before_they_end_tags(registry, ana, checked):
    name = "ana/nightly"
    for number in range(4):
        push(registry, name, f"night-{number}", b"%d" % number)
    push(registry, name, "kept")
    rules = at(name, "/retention")
    for body in ({"pattern": "night-*"}, {"pattern": "/", "keep_last": 1},
                 {"pattern": "*", "keep_last": 0}, {"pattern": "*", "keep_younger_seconds": -1},
                 {"pattern": "*", "keep_last": 1, "enabled": True}):
        assert ana.post(rules, body).status == 400
    assert ana.put(rules + "/enabled", {"enabled": True}).status == 404  # there is none
    rule = checked("addRetentionRule", ana.post(rules, {"pattern": "night-*", "keep_last": 2}), 201)
    assert rule["enabled"] is False and rule["keep_younger_seconds"] is None
    preview = checked("previewRetention", ana.get(rules + "/preview", limit=1))
    rest = checked("previewRetention", ana.get(rules + "/preview", cursor=preview["next"]))
    ending = [tag["name"] for tag in preview["items"] + rest["items"]]
    assert sorted(ending) == ["night-0", "night-1"] and rest["next"] is None
    assert len(ana.get(at(name, "/tags")).json["items"]) == 5
    checked("enableRetention", ana.put(rules + "/enabled", {"enabled": True}), 204)
    assert [one["enabled"] for one in checked("listRetentionRules", ana.get(rules))["items"]] == [True]
    assert checked("applyRetention", ana.post(rules + "/apply")) == {"ended": 2}
    names = [tag["name"] for tag in ana.get(at(name, "/tags")).json["items"]]
    assert names == ["kept", "night-2", "night-3"]
    checked("removeRetentionRule", ana.delete(f"{rules}/{rule['id']}"), 204)
    assert ana.delete(f"{rules}/{rule['id']}").status == 404
    assert ana.get(rules).json == {"items": [], "next": None}


def test_a_webhook_of_a_repository_is_told_of_it_alone(registry, ana, checked, receiver):
    name = "ana/told"
    hooks = at(name, "/webhooks")
    push(registry, name)
    made = checked("addWebhook", ana.post(hooks, {
        "url": receiver.url, "events": ["push", "delete"], "secret": "s3cret"}), 201)
    assert made["has_secret"] is True and made["events"] == ["push", "delete"]
    assert [one["id"] for one in checked("listWebhooks", ana.get(hooks))["items"]] == [made["id"]]
    assert b"s3cret" not in ana.get(hooks).body
    push(registry, "ana/quiet")
    digest = push(registry, name, "v1", b"more")
    assert ana.delete(at(name, "/tags/v1")).status == 204
    assert ana.delete(at(name)).status == 204  # also that it is gone is told
    eventually(lambda: len(receiver.requests) == 3)
    events = receiver.events()
    assert [(event["action"], event["target"]["repository"]) for event in events] == [
        ("push", name), ("delete", name), ("delete", name)]
    assert events[0]["target"]["digest"] == digest and events[0]["actor"]["name"] == "ana"
    for headers, body in receiver.requests:
        signature = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        assert headers["X-Estiba-Signature-256"] == signature


def test_pulls_are_told_to_who_asked_and_a_removed_webhook_hears_nothing(
        registry, ana, checked, receiver):
    name = "ana/pulled"
    hooks = at(name, "/webhooks")
    push(registry, name)
    pulls = ana.post(hooks, {"url": receiver.url, "events": ["pull"]}).json
    wire = Wire(registry.address, "ana", PASSWORD)
    assert wire.get(f"/v2/{name}/manifests/latest").status == 200
    eventually(lambda: len(receiver.requests) == 1)
    assert receiver.events()[0]["action"] == "pull"
    all_of_it = ana.post(hooks, {"url": receiver.url + "/all"}).json
    assert all_of_it["events"] == ["push", "pull", "delete", "tag"]
    assert ana.delete(at("ana/quiet", f"/webhooks/{pulls['id']}")).status == 404  # another's
    for hook in (pulls, all_of_it):
        checked("removeWebhook", ana.delete(f"{hooks}/{hook['id']}"), 204)
    assert wire.get(f"/v2/{name}/manifests/latest").status == 200
    push(registry, name, "v2")
    last = ana.post(hooks, {"url": receiver.url, "events": ["delete"]}).json
    assert ana.delete(at(name, "/tags/v2")).status == 204
    eventually(lambda: len(receiver.requests) == 2)
    assert receiver.events()[1]["action"] == "delete" and last["has_secret"] is False


def test_what_a_receiver_did_not_take_comes_again_in_order(registry, ana, receiver):
    name = "ana/retried"
    push(registry, name)
    receiver.statuses = [500]
    assert ana.post(at(name, "/webhooks"), {"url": receiver.url, "events": ["push"]}).status == 201
    digests = [push(registry, name, "latest", content) for content in (b"1", b"2")]
    eventually(lambda: len(receiver.requests) == 3, timeout_s=30)
    seen = [event["target"]["digest"] for event in receiver.events()]
    assert seen == [digests[0], *digests]


@pytest.mark.parametrize("url", [
    "http://127.0.0.2/", "http://[::1]:80/", "http://10.1.2.3/", "https://192.168.0.1/x",
    "http://169.254.169.254/latest/meta-data", "http://0x7f000002/", "http://2130706434/",
    "http://127.2/", "http://[::ffff:127.0.0.2]/", "http://[fd00::1]/", "file:///etc/passwd",
    "gopher://1.1.1.1/", "ftp://1.1.1.1/", "/relative", "http://", "http://ana:secret@1.1.1.1/",
    "http://1.1.1.1/" + "x" * 3000,
])
def test_a_webhook_leads_to_no_address_that_is_not_public(ana, url):
    ana.post("/repositories", {"name": "ana/refused"})
    refused = ana.post(at("ana/refused", "/webhooks"), {"url": url})
    assert (refused.status, refused.json["members"][0]["member"]) == (400, "url")
    assert ana.get(at("ana/refused", "/webhooks")).json["items"] == []


def test_what_a_name_means_is_judged_when_it_is_connected_to(estiba, tmp_path, receiver):
    """As it must be against a name that means something public first, and then something else."""
    registry = Registry(estiba, tmp_path / "registry")
    registry.add_user("ana")
    registry.start()
    try:
        ana = Caller.signed_in(registry.port, "ana", PASSWORD)
        push(registry, "ana/demo")
        made = ana.post(at("ana/demo", "/webhooks"), {"url": f"http://localhost:{receiver.port}/"})
        assert made.status == 201  # a name, of which nobody knows yet what it will mean
        push(registry, "ana/demo", "v2")
        eventually(lambda: "localhost is not public" in registry.log_text())
        assert receiver.requests == []
    finally:
        registry.stop()


def test_a_redirect_leads_nowhere(registry, ana, receiver):
    elsewhere = Receiver()
    try:
        name = "ana/redirected"
        push(registry, name)
        receiver.location = elsewhere.url
        receiver.statuses = [302, 307, 308]
        hook = ana.post(at(name, "/webhooks"), {"url": receiver.url, "events": ["push"]}).json
        push(registry, name, "v2")
        eventually(lambda: len(receiver.requests) == 2, timeout_s=20)
        assert elsewhere.requests == []
        assert ana.delete(at(name, f"/webhooks/{hook['id']}")).status == 204
    finally:
        elsewhere.stop()


def test_a_repository_has_only_so_many_webhooks(ana):
    assert ana.post("/repositories", {"name": "ana/many"}).status == 201
    hooks = at("ana/many", "/webhooks")
    statuses = [ana.post(hooks, {"url": f"https://hooks.example/{number}"}).status
                for number in range(21)]
    assert statuses == [201] * 20 + [409]
    page = ana.get(hooks, limit=15).json
    rest = ana.get(hooks, limit=15, cursor=page["next"]).json
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (15, 5, None)
