"""Every page, over what a registry holds after a while: it works, everybody can use it, nothing that
others wrote acts on it, and it fits a phone."""

import pytest

from lib.browser import FOLDER, Js
from lib.furnished import PASSWORD

HOSTILE_FILE = "%3Cimg%20src%3Dx%20onerror%3Dalert(5)%3E"
# By name: address, what has to be seen, and who looks (nobody, or ana).
PAGES = {
    "home-of-a-stranger": ("/", "ana/demo", None),
    "sign-in": ("/sign-in", "User name", None),
    "sign-up": ("/sign-up", "E-mail", None),
    "not-found": ("/r/ana/nothing", "Not found", None),
    "home": ("/", "Recent pushes", "ana"),
    "search": ("/search?q=demo", "ana/demo", "ana"),
    "create-repository": ("/new", "Empty repository", "ana"),
    "repository": ("/r/ana/demo", "A small server of greetings", "ana"),
    "empty-repository": ("/r/acme/tools-for-the-continuous-integration", "Push your first", "ana"),
    "tags": ("/r/ana/demo/-/tags", "same image: 2 tags", "ana"),
    "history": ("/r/ana/demo/-/history/latest", "How latest moved", "ana"),
    "image": ("/r/ana/demo/-/image/v1.1", "COPY greeting", "ana"),
    "files": ("/r/ana/demo/-/files/v1.1?path=%2Fetc", "greeter.conf", "ana"),
    "file": ("/r/ana/demo/-/files/v1.1?path=%2Fsrv%2Fgreeting&view=true", "for the 2. time", "ana"),
    "compare": ("/r/ana/demo/-/compare?from=v1.0&to=v1.1", "greeter.conf", "ana"),
    "repository-settings": ("/r/ana/demo/-/settings", "Danger zone", "ana"),
    "hostile-repository": ("/r/ana/hostile", "Overview", "ana"),
    "hostile-image": ("/r/ana/hostile/-/image/latest", "ATTACK", "ana"),
    "hostile-files": ("/r/ana/hostile/-/files/latest", "onerror=alert(5)", "ana"),
    "hostile-file": (f"/r/ana/hostile/-/files/latest?path=%2F{HOSTILE_FILE}&view=true",
                     "window.pwned=1;alert(1)", "ana"),
    "account-profile": ("/account/profile", "Name to show", "ana"),
    "account-password": ("/account/password", "New password", "ana"),
    "account-second-factor": ("/account/second-factor", "Switch on", "ana"),
    "account-encrypted-password": ("/account/encrypted-password", "stands in", "ana"),
    "account-tokens": ("/account/tokens", "laptop", "ana"),
    "account-sessions": ("/account/sessions", "this one", "ana"),
    "organisations": ("/organisations", "acme", "ana"),
    "organisation": ("/organisations/acme", "tools-for-the-continuous", "ana"),
    "organisation-members": ("/organisations/acme/members", "ben", "ana"),
    "organisation-teams": ("/organisations/acme/teams", "builders", "ana"),
    "organisation-robots": ("/organisations/acme/robots", "pipeline", "ana"),
    "organisation-permissions": ("/organisations/acme/permissions", "Give permission", "ana"),
    "audit": ("/audit", "createRepository", "ana"),
    "administration-users": ("/administration/users", "ben", "ana"),
    "administration-storage": ("/administration/storage", "Waiting for collection", "ana"),
    "administration-invitations": ("/administration/invitations", "Invite somebody", "ana"),
    "administration-health": ("/administration/health", "Running uploads", "ana"),
    "administration-messages": ("/administration/messages", "Publish", "ana"),
}
# What makes the page scroll sideways; what scrolls within a box of its own does not.
TOO_WIDE = Js("""() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width)
    .map((element) => `${element.tagName}.${element.className}: ${element.textContent}`.slice(0, 60));
}""")
# What would act if nothing but the policy forbade it.
ACTING = Js("""() => 'pwned' in window || document.querySelector(
    "[onerror], [onload], [onclick], iframe, script:not([src]), [href^='javascript:']") !== null""")
AXE = Js("""async () => (await axe.run(document)).violations.flatMap(
    (rule) => rule.nodes.map((node) => `${rule.id}: ${node.target}: ${node.failureSummary}`))""")
UNFINISHED = Js("() => document.querySelector('[aria-busy=true]') === null"
                " && document.querySelector('h1') !== null")


def sign_in(browser, registry):
    """The cookies of ana, who has signed in on the page."""
    page = browser.visitor(registry).newPage()
    page.goto("/sign-in")
    page.getByLabel("User name").fill("ana")
    page.getByLabel("Password").fill(PASSWORD)
    page.getByRole("button", name="Sign in").click()
    page.getByRole("heading", name="My repositories").waitFor()
    state = page.context().storageState()
    browser.leave()
    return state


@pytest.fixture(scope="module")
def states(chromium, furnished):
    """Who looks at the pages, by their cookies."""
    return {"ana": sign_in(chromium, furnished), None: {"cookies": [], "origins": []}}


def open_page(browser, registry, states, name, **options):
    address, text, who = PAGES[name]
    options.setdefault("reducedMotion", "reduce")
    page = browser.visitor(registry, storageState=states[who], **options).newPage()
    page.goto(address)
    page.getByText(text).first().waitFor()
    page.waitForFunction(UNFINISHED)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_a_page(browser, furnished, states, name):
    page = open_page(browser, furnished, states, name, colorScheme="light",
                     viewport={"width": 360, "height": 740})
    assert page.evaluate(TOO_WIDE) == []
    assert not page.evaluate(ACTING)
    page.evaluate((FOLDER / "node_modules" / "axe-core" / "axe.min.js").read_text())
    assert page.evaluate(AXE) == []
    page.setViewportSize({"width": 1280, "height": 800})
    page.emulateMedia(colorScheme="dark")
    assert page.evaluate(AXE) == []
