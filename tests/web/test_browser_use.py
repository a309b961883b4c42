"""Pages without a mouse, and pages that follow what happens elsewhere."""

from lib.browser import Js
from lib.furnished import PASSWORD
from lib.pages_api import Caller, segment

# What the keyboard is at, as a screen reader would say it.
FOCUSED = Js("""() => {
  const at = document.activeElement;
  return (at.labels?.[0]?.textContent ?? at.ariaLabel ?? at.textContent).trim();
}""")
MOST_KEYS = 60


def tab_to(page, name):
    for _ in range(MOST_KEYS):
        if page.evaluate(FOCUSED).startswith(name):
            return
        page.keyboard().press("Tab")
    raise AssertionError(f"the keyboard does not reach {name!r}, but {page.evaluate(FOCUSED)!r}")


def sign_in_by_keyboard(page):
    page.goto("/sign-in")
    page.getByLabel("User name").waitFor()
    tab_to(page, "User name")
    page.keyboard().type("ana")
    tab_to(page, "Password")
    page.keyboard().type(PASSWORD)
    page.keyboard().press("Enter")
    page.getByRole("heading", name="My repositories").waitFor()


def test_the_way_to_a_repository_needs_no_mouse(browser, furnished):
    page = browser.visitor(furnished).newPage()
    sign_in_by_keyboard(page)
    tab_to(page, "Create repository")
    page.keyboard().press("Enter")
    page.getByLabel("Repository name").waitFor()
    tab_to(page, "Repository name")
    page.keyboard().type("by-keyboard")
    page.keyboard().press("Enter")
    page.getByRole("heading", name="Push your first image").waitFor()


def test_a_tag_that_is_set_elsewhere_appears_by_itself(browser, furnished):
    page = browser.visitor(furnished).newPage()
    sign_in_by_keyboard(page)
    page.goto("/r/ana/demo/-/tags")
    page.getByText("latest").first().waitFor()
    elsewhere = Caller.signed_in(furnished.port, "ana", PASSWORD)
    repository = segment("ana/demo")
    digest = elsewhere.get(f"/repositories/{repository}/tags/latest").json["digest"]
    reply = elsewhere.put(f"/repositories/{repository}/tags/from-elsewhere", {"digest": digest})
    assert reply.status in (200, 201), reply.body
    page.getByText("from-elsewhere").first().waitFor()
