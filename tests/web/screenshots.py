#!/usr/bin/python3
"""Photographs of the pages, for people to judge and for docs/images/.

    ESTIBA_BIN=build/release/estiba tests/web/screenshots.py FOLDER [PAGE...]

Each page in English and Spanish, light and dark, on a desk and on a phone: PAGE-en-light-desk.png.
"""

import itertools
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from lib import bases
from lib.browser import Browser
from lib.configured import ConfiguredRegistry
from lib.containers import remove_all
from lib.furnished import furnish
from lib.program import Estiba
from test_browser_pages import PAGES, UNFINISHED, sign_in

LOCALES = {"en": "en-US", "es": "es-ES"}
SCREENS = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 360, "height": 740}}


def photograph(browser, registry, state, folder, names):
    for language, theme, screen in itertools.product(LOCALES, ("light", "dark"), SCREENS):
        visitor = browser.visitor(
            registry, locale=LOCALES[language], colorScheme=theme, viewport=SCREENS[screen],
            reducedMotion="reduce", storageState=state)
        page = visitor.newPage()
        for name in names:
            page.goto(PAGES[name][0])
            page.waitForFunction(UNFINISHED)
            page.screenshot(path=f"{folder}/{name}-{language}-{theme}-{screen}.png")
        browser.leave()


def main():
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    names = sys.argv[2:] or [name for name, (_, _, who) in PAGES.items() if who]
    with tempfile.TemporaryDirectory(prefix="estiba-pages.", dir="/var/tmp") as folder:
        estiba = Estiba(Path(folder))
        estiba.ok("import", "-", "busybox", stdin=bases.busybox_tar())
        registry = ConfiguredRegistry(estiba, Path(folder) / "registry", 'sign-up = "open"\n')
        registry.start()
        browser = Browser()
        try:
            furnish(registry, estiba, Path(folder))
            # Not the language that the browser of the sign-in has kept.
            state = {**sign_in(browser, registry), "origins": []}
            photograph(browser, registry, state, target, names)
        finally:
            browser.close()
            registry.stop()
            remove_all(estiba)


if __name__ == "__main__":
    main()
