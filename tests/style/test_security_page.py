"""docs/security.md promises a test for each class of published faults: the tests are there."""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| [^|]+ \| [^|]+ \| (?P<tests>[^|]+) \|$", re.MULTILINE)


def test_every_row_names_a_test_that_exists():
    tests = "\n".join(path.read_text() for path in (TOP / "tests").rglob("test_*.py"))
    named = 0
    for row in ROW.finditer((TOP / "docs/security.md").read_text()):
        if row["tests"].strip() in ("test", "---", "the same"):
            continue
        names = [name for name in re.findall(r"`([a-z0-9_]+)`", row["tests"])]
        assert names, row.group()
        for name in names:
            assert re.search(rf"^def test_{name}", tests, re.MULTILINE), name
            named += 1
    assert named > 20
