"""Debian's Chromium, driven by Playwright: its objects and methods, under their own names.

    page.getByRole("button", name="Sign in").click()

Named arguments are the options that Playwright takes last. Whatever waits gives up after WAIT_MS.
"""

import base64
import fcntl
import json
import os
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "web" / "browser"
WAIT_MS = int(os.environ.get("ESTIBA_BROWSER_WAIT_MS", 60_000))
# Containers have no user namespaces to spare and a small /dev/shm. Names of other machines lead
# nowhere, so that no test speaks to one.
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
# Refusals are answers (404, 401, ...); anything else on the console of a page is a fault.
NOTED = {
    "weberror": "(fault) => notes.push(String(fault.error()))",
    "dialog": "(dialog) => { notes.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); }",
    "console": "(message) => message.type() === 'error'"
               # The sanitiser reads markup in a document without scripts, under the page's policy.
               " && !/inline event handler.*\\/assets\\/markdown-/.test("
               "message.text() + message.location().url)"
               " && !/status of 4\\d\\d/.test(message.text())"
               " && notes.push(`${message.text()} at ${message.location().url}`)",
}


class BrowserError(AssertionError):
    pass


def install_packages():
    """What package-lock.json names, unless it is there; test files run side by side."""
    with open(FOLDER / ".install.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = FOLDER / "node_modules" / ".package-lock.json"
        wanted = FOLDER / "package-lock.json"
        if note.exists() and note.stat().st_mtime >= wanted.stat().st_mtime:
            return
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline",
             "--loglevel=error"], cwd=FOLDER, check=True, timeout=300)
        os.utime(note)


class Js(str):
    """The text of a JavaScript function, handed over as one."""


class Remote:
    """An object of Playwright."""

    def __init__(self, bridge, number):
        self._bridge = bridge
        self._number = number

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*arguments, **options):
            return self._bridge.call(self._number, name, arguments, options)

        return call

    def __del__(self):
        self._bridge.forgotten.append(self._number)


class Bridge:
    """The process that Playwright runs in."""

    def __init__(self):
        install_packages()
        self.forgotten = []
        self.process = subprocess.Popen(
            ["node", "bridge.mjs"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def call(self, number, name, arguments, options):
        rest = [self._given(argument) for argument in arguments]
        if options:
            rest.append({key: self._given(value) for key, value in options.items()})
        forget, self.forgotten = self.forgotten, []
        request = {"on": number, "method": name, "arguments": rest, "forget": forget}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise BrowserError("the browser's process has ended")
        return self._taken(json.loads(line), name)

    def _given(self, argument):
        if isinstance(argument, Remote):
            return {"$": argument._number}
        if isinstance(argument, Js):
            return {"js": str(argument)}
        return os.fspath(argument) if isinstance(argument, os.PathLike) else argument

    def _taken(self, answer, name):
        if "error" in answer:
            raise BrowserError(f"{name}: {answer['error']}")
        if "$" in answer:
            return Remote(self, answer["$"])
        if "base64" in answer:
            return base64.b64decode(answer["base64"])
        if "list" in answer:
            return [self._taken(one, name) for one in answer["list"]]
        return answer["value"]


class Browser:
    """Chromium; each visitor has cookies and storage of his own."""

    def __init__(self):
        self.bridge = Bridge()
        self.notes = Remote(self.bridge, 1)
        self.visitors = []
        self.chromium = Remote(self.bridge, 0).launch(
            executablePath="/usr/bin/chromium", args=CHROMIUM_FLAGS, timeout=WAIT_MS)

    def close(self):
        try:
            self.chromium.close()
        finally:
            self.bridge.close()

    def visitor(self, registry, **options):
        """Somebody with a browser of his own, who says what went wrong in it in faults()."""
        options.setdefault("locale", "en-US")
        context = self.chromium.newContext(baseURL=f"http://{registry.address}", **options)
        context.setDefaultTimeout(WAIT_MS)
        for event, noted in NOTED.items():
            context.on(event, Js(noted))
        self.visitors.append(context)
        return context

    def leave(self, pictures=None):
        """Ends all visits; before, with `pictures`, what they see is put there for a person."""
        for number, context in enumerate(self.visitors):
            for page in context.pages() if pictures else []:
                page.screenshot(path=f"{pictures}-{number}.png", fullPage=True)
            context.close()
        self.visitors = []

    def faults(self):
        """What scripts and the policy complained of since the last call, in all browsers."""
        return self.notes.splice(0)
