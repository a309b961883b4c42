#!/usr/bin/python3
"""The first load of the pages by somebody who was never there: what comes over the wire, and when
Debian's Chromium shows something and has the page ready. Nobody stands beside it: these are bounds."""

import statistics

from common import Estiba, arguments, workplace

from lib.browser import Browser, Js
from lib.furnished import sign_up_first
from lib.registry import Registry

ADDRESSES = {"sign in": ("/sign-in", "User name"), "start": ("/", "Public repositories")}
# Bytes as they were sent, heads included; times from the beginning of the navigation.
FIGURES = Js("""() => {
  const [page] = performance.getEntriesByType("navigation");
  const parts = performance.getEntriesByType("resource");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return {
    requests: 1 + parts.length,
    bytes: parts.reduce((sum, part) => sum + part.transferSize, page.transferSize),
    shown_ms: paint.startTime,
    ready_ms: performance.now(),
  };
}""")
PAINTED = Js("() => performance.getEntriesByName('first-contentful-paint').length > 0")


def load(browser, registry, address, text):
    page = browser.visitor(registry).newPage()
    page.goto(address)
    page.getByText(text).first().waitFor()
    page.waitForFunction(PAINTED)
    figures = page.evaluate(FIGURES)
    browser.leave()
    return figures


def main():
    options = arguments(__doc__, runs=5)
    with workplace() as folder:
        registry = Registry(Estiba(folder / "estiba"), folder / "registry")
        registry.start()
        browser = Browser()
        try:
            sign_up_first(registry)
            print("| page | requests | KiB | shown after | ready after |\n|---|---|---|---|---|")
            for name, (address, text) in ADDRESSES.items():
                loads = [load(browser, registry, address, text) for _ in range(options.runs)]
                middle = {key: statistics.median(one[key] for one in loads) for key in loads[0]}
                print(f"| {name} | {middle['requests']:.0f} | {middle['bytes'] / 1024:.1f} "
                      f"| {middle['shown_ms']:.0f} ms | {middle['ready_ms']:.0f} ms |")
        finally:
            browser.close()
            registry.stop()


if __name__ == "__main__":
    main()
