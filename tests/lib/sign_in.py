"""The way to a provider and back, as a browser takes it."""

from lib.configured import ConfiguredRegistry


def go_away(browser, provider, **query):
    """Where somebody is sent who wants to sign in there."""
    reply = browser.get(f"/session/external/{provider}", **query)
    assert reply.status == 302, reply.body
    return reply.header("Location")


def come_back(browser, location):
    return browser.send("GET", location, prefix="")


def sign_in_at(browser, at, name, **query):
    return come_back(browser, at.authorize(go_away(browser, name, **query)))


def turned_away(browser, reply, reason):
    """To the page that says why, and not signed in."""
    assert reply.status == 302
    assert reply.header("Location") == f"/sign-in?error={reason}"
    assert browser.account is None


def provider_at(url, name="inside", **more):
    lines = [f'{key} = "{value}"' for key, value in more.items()]
    return "\n".join(['[[sign-in]]', f'name = "{name}"', f'issuer = "{url}"', 'client-id = "estiba"',
                      'client-secret = "s3cret & more"', *lines, ""])


def registry_with(folder, estiba, text, networks=()):
    folder.mkdir(exist_ok=True)
    registry = ConfiguredRegistry(estiba, folder / "other")
    registry.config.write_text(
        registry.config.read_text() + f'public-url = "http://{registry.address}"\n'
        f"allowed-networks = {list(networks)}\n" + text)
    registry.add_user("ana")
    registry.start()
    return registry
