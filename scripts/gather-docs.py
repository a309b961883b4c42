#!/usr/bin/env python3
"""Gathers what the site of the documentation is made of, for scripts/build-docs.sh.

Pages stand where their subject is: docs/, src/*/README.md, CONTRIBUTING.md. They are copied in the
same order of folders, with the files that they link to, so that their links hold. Links to folders
lead to the folder's page; to folders without one, to nothing: these become plain text.
"""

import os
import re
import shutil
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
LINK = re.compile(r"(?<!!)\[([^]]*)\]\(([^()\s:]+)\)")
PASSED_OVER = {"build", "node_modules"}


def pages():
    for folder, below, names in os.walk(TOP):
        below[:] = [name for name in below if name not in PASSED_OVER and not name.startswith(".")]
        yield from (Path(folder) / name for name in sorted(names) if name.endswith(".md"))


def mended(page, text, linked):
    """The page's text with links that a site can follow; `linked` grows by the files they name."""

    def mend(link):
        words, target = link.groups()
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if there.is_dir():
            if not (there / "README.md").exists():
                return words
            return f"[{words}]({path.rstrip('/')}/README.md{'#' + anchor if anchor else ''})"
        linked.add(there)
        return link[0]

    return LINK.sub(mend, text)


def main():
    to = TOP / sys.argv[1]
    linked = set()
    for page in pages():
        copy = to / page.relative_to(TOP)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = page.read_text()
        linked.update((page.parent / picture).resolve()
                      for picture in re.findall(r"!\[[^]]*\]\(([^()\s:]+)\)", text))
        copy.write_text(mended(page, text, linked))
    (to / "README.md").rename(to / "index.md")
    for copy in to.rglob("*.md"):  # what was README.md at the top is the site's first page
        depth = len(copy.relative_to(to).parts) - 1
        up = "../" * depth
        copy.write_text(re.sub(rf"\]\({re.escape(up)}README\.md(?=[#)])", f"]({up}index.md", copy.read_text()))
    for file in linked:
        if file.is_file() and file.suffix != ".md" and file.is_relative_to(TOP):
            copy = to / file.relative_to(TOP)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)


if __name__ == "__main__":
    main()
