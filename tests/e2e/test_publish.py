"""login, push and pull against our own registry."""

import json
import re
import urllib.error
import urllib.request

import pytest

DIGEST = r"sha256:[0-9a-f]{64}"


@pytest.fixture
def demo(busybox, context, registry):
    """A small image, tagged for alice's repository, alice logged in."""
    context.write("app/main", "app")
    context.dockerfile("FROM busybox\nCOPY app /app\nCMD [\"cat\", \"/app/main\"]\n")
    busybox.build(context, tag=registry.repository())
    registry.login(busybox)
    return busybox


def digest_in(result):
    found = re.search(rf"digest: ({DIGEST}) size: \d+", result.text)
    assert found, result.text
    return found[1]


def test_login_says_so_and_remembers(busybox, registry):
    assert "Login Succeeded" in registry.login(busybox).out
    stored = json.loads((busybox.home / ".docker" / "config.json").read_text())
    assert registry.address in stored["auths"]


def test_a_wrong_password_is_refused_and_not_remembered(busybox, registry):
    result = busybox.fails(
        "login", "-u", "alice", "--password-stdin", registry.address, stdin="wrong\n"
    )
    assert registry.address in result.text
    config = busybox.home / ".docker" / "config.json"
    assert not config.exists() or registry.address not in config.read_text()


def test_logout_forgets(demo, registry):
    demo.ok("logout", registry.address)
    assert registry.address not in (demo.home / ".docker" / "config.json").read_text()
    demo.fails("push", registry.repository())


def test_a_push_speaks_as_docker_does(demo, registry):
    result = demo.ok("push", registry.repository())
    lines = result.text.splitlines()
    assert "Using default tag: latest" in lines
    assert f"The push refers to repository [{registry.repository()}]" in lines
    assert len(re.findall(r"^[0-9a-f]{12}: Pushed$", result.text, re.M)) == 2
    assert re.search(rf"^latest: digest: {DIGEST} size: \d+$", result.text, re.M)


def test_a_second_tag_sends_nothing_and_has_the_same_digest(demo, registry):
    first = demo.ok("push", registry.repository())
    demo.ok("tag", registry.repository(), registry.repository() + ":v1.0")
    second = demo.ok("push", registry.repository() + ":v1.0")
    assert len(re.findall(r"^[0-9a-f]{12}: Layer already exists$", second.text, re.M)) == 2
    assert "Pushed" not in second.text
    assert digest_in(first) == digest_in(second)


def test_all_tags_can_be_pushed_at_once(demo, registry):
    for tag in ("1", "2"):
        demo.ok("tag", registry.repository(), f"{registry.repository()}:{tag}")
    result = demo.ok("push", "-a", registry.repository())
    assert {line.split(":")[0] for line in result.text.splitlines() if ": digest: " in line} == {
        "1", "2", "latest",
    }


@pytest.mark.parametrize("by", ["tag", "digest"])
def test_what_was_pushed_can_be_pulled_and_run_elsewhere(demo, registry, by):
    digest = digest_in(demo.ok("push", registry.repository()))
    other = demo.sibling("other")
    registry.login(other)
    name = registry.repository() + ("" if by == "tag" else "@" + digest)
    result = other.ok("pull", name)
    assert f"Digest: {digest}" in result.text
    assert f"Status: Downloaded newer image for {name}" in result.text
    assert result.text.count("Pull complete") == 2
    assert other.image_id(name) == demo.image_id(registry.repository())
    assert other.run(name) == "app"
    other.check()


def test_a_second_pull_finds_the_image_up_to_date(demo, registry):
    demo.ok("push", registry.repository())
    other = demo.sibling("other")
    registry.login(other)
    other.ok("pull", registry.repository())
    result = other.ok("pull", registry.repository())
    assert "Status: Image is up to date for" in result.text


def test_a_moved_tag_is_pulled_anew(demo, context, registry):
    demo.ok("push", registry.repository())
    other = demo.sibling("other")
    registry.login(other)
    other.ok("pull", registry.repository())
    context.write("app/main", "newer")
    demo.build(context, tag=registry.repository())
    demo.ok("push", registry.repository())
    result = other.ok("pull", registry.repository())
    assert "Status: Downloaded newer image for" in result.text
    assert "Already exists" in result.text
    assert other.run(registry.repository()) == "newer"


def test_a_pulled_image_pushes_under_the_digest_it_had(demo, registry):
    digest = digest_in(demo.ok("push", registry.repository()))
    other = demo.sibling("other")
    registry.login(other)
    other.ok("pull", registry.repository())
    copy = registry.repository("alice/copy")
    other.ok("tag", registry.repository(), copy)
    assert digest_in(other.ok("push", copy)) == digest


def test_a_layer_of_another_repository_is_mounted_not_sent(demo, registry):
    demo.ok("push", registry.repository())
    copy = registry.repository("alice/copy")
    demo.ok("tag", registry.repository(), copy)
    result = demo.ok("push", copy)
    assert "Mounted from alice/demo" in result.text
    assert not re.search(r": Pushed$", result.text, re.M)


def test_a_build_can_stand_on_a_published_image(demo, context, registry):
    demo.ok("push", registry.repository())
    other = demo.sibling("other")
    registry.login(other)
    context.dockerfile(f"FROM {registry.repository()}\nRUN echo more > /more\n")
    other.build(context, tag="derived")
    assert other.run("derived", "cat", "/app/main", "/more") == "appmore\n"


def test_private_repositories_are_closed_to_strangers(demo, registry):
    demo.ok("push", registry.repository())
    stranger = demo.sibling("stranger")
    assert "Pull complete" not in stranger.fails("pull", registry.repository()).text
    registry.login(stranger, "bob", "bob's own password")
    stranger.fails("pull", registry.repository())
    assert stranger.image_ids() == set()


def test_public_repositories_are_open_to_anybody(demo, registry):
    registry.create_repository("alice/open", public=True)
    name = registry.repository("alice/open")
    demo.ok("tag", registry.repository(), name)
    demo.ok("push", name)
    stranger = demo.sibling("stranger")
    stranger.ok("pull", name)
    assert stranger.run(name) == "app"
    stranger.ok("tag", name, registry.repository("alice/open:mine"))
    stranger.fails("push", registry.repository("alice/open:mine"))
    registry.login(stranger, "bob", "bob's own password")
    stranger.fails("push", registry.repository("alice/open:mine"))


def test_an_account_cannot_write_into_the_name_of_another(demo, registry):
    name = registry.repository("bob/demo")
    demo.ok("tag", registry.repository(), name)
    demo.fails("push", name)


def test_what_was_pushed_survives_a_restart(demo, registry):
    digest = digest_in(demo.ok("push", registry.repository()))
    assert registry.stop() == 0
    registry.start()
    other = demo.sibling("other")
    registry.login(other)
    other.ok("pull", f"{registry.repository()}@{digest}")


def test_the_protocol_asks_for_a_token(registry):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{registry.address}/v2/")
    assert refused.value.code == 401
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer realm=")
    assert refused.value.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
