#!/usr/bin/env python3
"""Keeps the rooms of src/ in order.

Fails, naming file and line, when
- an include points upward, sideways between rooms of one rank, or along a forbidden arrow;
- a library is included outside the room that hides it, or by a header that does not say in its
  opening comment that it is for ".cc files only", and so, through it, by any other header;
- a file or a function is longer than the style allows;
- a marker of unfinished work is left behind.

usage: check-layers.py [PROJECT_FOLDER]
"""

import re
import sys
from pathlib import Path

# Lowest first; rooms of one line don't know each other.
ROOMS = [
    ["base"],
    ["oci", "fs", "http", "sql"],
    ["archive"],
    ["store"],
    ["dockerfile", "client"],
    ["run"],
    ["build"],
    ["registry"],
    ["cli"],
]
RANK = {room: rank for rank, rooms in enumerate(ROOMS) for room in rooms}

# Arrows that the ranks would allow, with the reason why they are not wanted.
FORBIDDEN = {
    ("store", "http"): "the store does not know HTTP",
    ("archive", "http"): "archives come from streams, not from the network",
    ("archive", "sql"): "archives have no metadata of their own",
    ("dockerfile", "store"): "the language knows nothing of images at hand",
    ("registry", "build"): "the registry serves images, it does not make them",
    ("registry", "run"): "the registry serves images, it does not run them",
}

# Libraries: the rooms that may use them (None: any).
LIBRARIES = [
    (re.compile(r"curl/"), {"http"}),
    (re.compile(r"boost/"), {"http"}),
    (re.compile(r"sqlite3\.h$"), {"sql"}),
    (re.compile(r"archive(_entry)?\.h$"), {"archive"}),
    (re.compile(r"CLI/"), {"cli"}),
    (re.compile(r"argon2\.h$"), {"registry", "base"}),
    (re.compile(r"(isa-l|zlib|zstd|libdeflate)"), {"archive", "base"}),
    (re.compile(r"nlohmann/"), None),
    (re.compile(r"openssl/"), None),
    (re.compile(r"toml\+\+/|toml\.hpp$"), None),
]
BANNED_HEADERS = {
    "regex": "std::regex is slow and recurses on hostile input",
    "iostream": "fmt writes our output",
}

CC_ONLY = re.compile(r"^//.*\.cc files only", re.M)
OPENING_LINES = 5

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# In our formatting a function's body opens at the end of a line and closes with a "}" of its own,
# and what is not indented stands at namespace level.
FUNCTION_OPENS = re.compile(r"^(?!namespace|class|struct|enum|union|extern)\S.*\{$")
CONTINUED_FUNCTION_OPENS = re.compile(r"^ {4,}\S.*\) ?(const|noexcept|override| )*\{$")

CHECKED_FOLDERS = ["src", "tests", "scripts", "bench", "fuzz"]
CHECKED_SUFFIXES = {".cc", ".h", ".py", ".sh", ".sql", ".txt"}


class Report:
    def __init__(self, top):
        self.top = top
        self.findings = []

    def add(self, path, line, text):
        self.findings.append(f"{path.relative_to(self.top)}:{line}: {text}")


def for_cc_files_only(path):
    """Whether a header exposes a library to what includes it, and says so."""
    if path.suffix != ".h" or not path.is_file():
        return False
    opening = path.read_text(encoding="utf-8").splitlines()[:OPENING_LINES]
    return CC_ONLY.search("\n".join(opening)) is not None


def check_include(report, path, line, room, quote, header):
    light_header = path.suffix == ".h" and not for_cc_files_only(path)
    if header in BANNED_HEADERS:
        report.add(path, line, f"<{header}> is not used here: {BANNED_HEADERS[header]}")
    for pattern, rooms in LIBRARIES:
        if not pattern.match(header):
            continue
        if light_header:
            report.add(path, line, f"<{header}> belongs in a .cc file: headers hide their library")
        if rooms is not None and room not in rooms:
            report.add(path, line, f"<{header}> is hidden by {', '.join(sorted(rooms))}/")
    if quote != '"':
        return
    if light_header and for_cc_files_only(report.top / "src" / header):
        report.add(path, line, f'"{header}" is for .cc files only')
    target = header.split("/", 1)[0]
    if "/" not in header or target not in RANK:
        report.add(path, line, f'"{header}" is not of the form "room/file.h"')
    elif target == room:
        return
    elif RANK[target] == RANK[room]:
        report.add(path, line, f"{room}/ and {target}/ are neighbours and don't know each other")
    elif RANK[target] > RANK[room]:
        report.add(path, line, f"{room}/ lies below {target}/: includes point only downward")
    elif (room, target) in FORBIDDEN:
        report.add(path, line, f"{room}/ does not include {target}/: {FORBIDDEN[room, target]}")


def check_functions(report, path, lines):
    opened = None
    for number, text in enumerate(lines, start=1):
        if text == "}" and opened is not None:
            length = number - opened + 1
            if length > MAX_FUNCTION_LINES:
                report.add(path, opened, f"function of {length} lines (at most {MAX_FUNCTION_LINES})")
            opened = None
        elif opened is None and (
            FUNCTION_OPENS.match(text) or CONTINUED_FUNCTION_OPENS.match(text)
        ):
            opened = number
        elif text.startswith("}"):
            opened = None


def check_file(report, path, room):
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > MAX_FILE_LINES:
        report.add(path, len(lines), f"{len(lines)} lines (at most {MAX_FILE_LINES})")
    for number, text in enumerate(lines, start=1):
        if UNFINISHED.search(text):
            report.add(path, number, "unfinished work is left behind")
        found = INCLUDE.match(text)
        if found and room is not None:
            check_include(report, path, number, room, *found.groups())
    if path.suffix == ".cc" and not path.name.endswith("_test.cc"):
        check_functions(report, path, lines)


def room_of(top, path, report):
    """The room a source file lies in; main.cc wires all of them and has none."""
    parts = path.relative_to(top).parts
    if parts[0] != "src" or len(parts) < 3:
        return None
    if parts[1] not in RANK:
        report.add(path, 1, f"src/{parts[1]}/ is no room of this house")
        return None
    return parts[1]


def main():
    top = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    report = Report(top)
    count = 0
    for folder in CHECKED_FOLDERS:
        for path in sorted((top / folder).rglob("*")):
            # What npm installs for tests is not ours.
            if "node_modules" in path.parts:
                continue
            if path.suffix in CHECKED_SUFFIXES and path.is_file():
                check_file(report, path, room_of(top, path, report))
                count += 1
    for finding in report.findings:
        print(finding)
    print(f"{count} files, {len(report.findings)} findings")
    return 1 if report.findings or not count else 0


if __name__ == "__main__":
    sys.exit(main())
