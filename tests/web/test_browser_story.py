"""The document's path in a browser: from an account to an image, its tags and their history."""

import shlex
import subprocess

import pytest

from lib.browser import Js
from lib.configured import ConfiguredRegistry
from lib.pages_api import Caller

PASSWORD = "correct horse"


@pytest.fixture
def registry(busybox, tmp_path):
    registry = ConfiguredRegistry(busybox, tmp_path / "registry", 'sign-up = "open"\n')
    registry.start()
    yield registry
    registry.stop()


def set_up_by_the_printed_link(browser, registry):
    page = browser.visitor(registry).newPage()
    page.goto(registry.setup_link())
    page.getByLabel("User name").fill("root")
    page.getByLabel("Password").fill(PASSWORD)
    page.getByRole("button", name="Create administrator").click()
    page.getByRole("link", name="Administration").waitFor()


def sign_up(browser, registry):
    page = browser.visitor(registry).newPage()
    page.goto("/")
    page.getByRole("link", name="Sign up").click()
    page.getByLabel("User name").fill("ana")
    page.getByLabel("E-mail").fill("ana@example.com")
    page.getByLabel("Password").fill(PASSWORD)
    page.getByRole("button", name="Sign up").click()
    page.getByRole("heading", name="My repositories").waitFor()
    return page


def create_repository(page, name):
    page.getByRole("link", name="Create repository").first().click()
    page.getByLabel("Repository name").fill("Demo")
    page.getByText("Capital letters are not allowed in a name").waitFor()
    page.getByLabel("Repository name").fill(name)
    page.getByLabel("Description").fill("A *small* demonstration.")
    page.getByRole("radio", name="Public").check()
    assert page.getByRole("radio", name="Empty repository").isChecked()
    page.getByRole("button", name="Create repository").click()
    page.getByRole("heading", name="Push your first image").waitFor()


def generate_encrypted_password(page):
    """The secret, and the commands that the page offers with it, by their labels."""
    page.getByRole("link", name="ana", exact=True).click()
    page.getByRole("link", name="Encrypted password").click()
    page.getByLabel("Current password").fill(PASSWORD)
    page.getByRole("button", name="Generate encrypted password").click()
    page.getByText("Copy it now").waitFor()
    return {label: page.getByLabel(label, exact=True).textContent()
            for label in ("Secret", "docker login", "podman login", "estiba login")}


def log_in_with(command, estiba, tmp_path):
    """Carries out a command as the page wrote it, with the program that it names."""
    program, *arguments = shlex.split(command)
    if program == "estiba":
        return estiba.ok(*arguments).out
    # Each a home of its own: podman would find docker's login.
    home = {"HOME": str(tmp_path / program), "PATH": "/usr/sbin:/usr/bin:/bin",
            "REGISTRY_AUTH_FILE": str(tmp_path / f"{program}-auth.json")}
    insecure = ["--tls-verify=false"] if program == "podman" else []
    done = subprocess.run([program, *arguments, *insecure], env=home, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    assert done.returncode == 0, done.stdout
    return done.stdout


def row_of(page, tag):
    return page.getByRole("row").filter(
        has=page.getByRole("rowheader").filter(has=page.getByRole("link", name=tag, exact=True)))


def shown_digest(page, tag):
    return page.getByRole("row").filter(has=page.getByRole("link", name=tag, exact=True)).locator(
        "[title^='sha256:']").first().getAttribute("title")


def test_from_an_account_to_a_private_image(browser, registry, busybox, context, tmp_path):
    estiba = busybox
    set_up_by_the_printed_link(browser, registry)
    page = sign_up(browser, registry)
    create_repository(page, "demo")
    secret = generate_encrypted_password(page)
    assert secret["Secret"] != PASSWORD
    for client in ("docker login", "podman login", "estiba login"):
        assert "Login Succeeded" in log_in_with(secret[client], estiba, tmp_path), client

    # Build and push while the page of the repository is open: it tells on its own.
    name = registry.repository("ana/demo")
    page.goto("/r/ana/demo/-/tags")
    page.getByRole("heading", name="Push your first image").waitFor()
    context.write("greeting", "hello\n")
    context.dockerfile("FROM busybox\nCOPY greeting /greeting\nCMD [\"cat\", \"/greeting\"]\n")
    estiba.ok("build", "-t", name, context)
    pushed = estiba.ok("push", name).out
    page.reload()
    first = "sha256:" + pushed.rsplit("digest: sha256:", 1)[1].split()[0]
    row_of(page, "latest").waitFor()
    assert shown_digest(page, "latest") == first
    row = row_of(page, "latest").textContent()
    assert "MB" in row or "kB" in row
    assert "linux/amd64" in row and "ana" in row

    # A second tag of the same image stands with the first, under one digest.
    estiba.ok("tag", name, name + ":v1.0")
    assert first in estiba.ok("push", name + ":v1.0").out
    page.reload()
    row_of(page, "v1.0").waitFor()
    page.getByText("same image: 2 tags").waitFor()
    assert page.getByRole("rowgroup").filter(has=row_of(page, "v1.0")).filter(
        has=row_of(page, "latest")).count() == 1

    # The image's page: layers with their instructions, and how to pull it.
    page.getByRole("link", name="v1.0", exact=True).click()
    page.getByText("COPY greeting /greeting").first().waitFor()
    page.getByText(f"{name}@{first}").first().waitFor()

    # latest moves on by a push, back by hand, and forth again by its history.
    context.write("greeting", "hello again\n")
    estiba.ok("build", "-t", name, context)
    second = "sha256:" + estiba.ok("push", name).out.rsplit("digest: sha256:", 1)[1].split()[0]
    assert second != first
    page.getByRole("link", name="Tags").click()
    page.locator(f"[title='{second}']").first().waitFor()
    row_of(page, "latest").getByRole("button", name="Move").click()
    dialog = page.getByRole("dialog")
    dialog.getByLabel("Digest").fill(first)
    dialog.getByRole("button", name="Move tag").click()
    page.getByText("same image: 2 tags").waitFor()
    row_of(page, "latest").getByRole("link", name="History").click()
    page.getByRole("heading", name="How latest moved").waitFor()
    digests = page.locator("ol.timeline li [title^='sha256:']")
    digests.nth(2).waitFor()
    shown = [digests.nth(index).getAttribute("title") for index in range(digests.count())]
    assert shown == [first, second, first]
    page.getByRole("listitem").filter(has=page.locator(f"[title='{second}']")).getByRole(
        "button", name="Restore").click()
    page.waitForFunction(Js("(wanted) => document.querySelector('ol.timeline li.current "
                            "[title^=\"sha256:\"]')?.title === wanted"), second)
    page.getByRole("link", name="Tags").click()
    page.locator(f"[title='{second}']").first().waitFor()
    assert shown_digest(page, "latest") == second

    # Public: a stranger sees it. Private: it does not exist.
    stranger = browser.visitor(registry).newPage()
    stranger.goto("/r/ana/demo")
    stranger.getByText("demonstration").waitFor()
    page.getByRole("link", name="Settings").click()
    page.getByRole("radio", name="Private").check()
    page.getByRole("button", name="Save").first().click()
    page.getByText("Saved").waitFor()
    stranger.reload()
    stranger.getByRole("heading", name="Not found").waitFor()
    stranger.goto("/r/ana/never-was")
    stranger.getByRole("heading", name="Not found").waitFor()
    assert Caller(registry.port).get("/repositories/ana%2Fdemo").status == 404
