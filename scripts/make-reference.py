#!/usr/bin/env python3
"""Writes docs/reference/commands.md from what the program's own --help says.

    scripts/make-reference.py build/release/estiba            writes it
    scripts/make-reference.py build/release/estiba --check    says whether it is up to date

One source for help, manual pages and reference: nobody copies an option by hand.
"""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "commands.md"
HEAD = """# Commands

Every command with its options, as `--help` prints them. This page is made by
`scripts/make-reference.py`.

"""


def help_of(program, words):
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    done = subprocess.run(
        [program, *words, "--help"], text=True, capture_output=True, check=True, env=environment
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def subcommands_of(text):
    _, _, section = text.partition("\nSubcommands:\n")
    return re.findall(r"^  (\S+)", section.split("\n\n")[0], re.M)


def commands(program, words=()):
    """(words, help) of the program and all its commands, a command before those below it."""
    text = help_of(program, words)
    yield words, text
    for name in subcommands_of(text):
        yield from commands(program, (*words, name))


def render(program):
    page = HEAD
    shown = {}  # help without the line that names the command, and the first command that had it
    for words, text in commands(program):
        name = " ".join(("estiba", *words))
        body = re.sub(r"^Usage: .*\n", "", text, flags=re.M)
        page += f"## {name}\n\n"
        if words and body in shown:
            page += f"The same as [{shown[body]}](#{shown[body].replace(' ', '-')}).\n\n"
            continue
        shown.setdefault(body, name)
        page += f"```text\n{text}\n```\n\n"
    return page.rstrip("\n") + "\n"


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    page = render(arguments[0])
    if "--check" not in sys.argv:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page)
    elif not PAGE.exists() or PAGE.read_text() != page:
        sys.exit(f"{PAGE} is out of date: run scripts/make-reference.py {arguments[0]}")


if __name__ == "__main__":
    main()
