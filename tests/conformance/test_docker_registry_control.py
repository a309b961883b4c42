"""The same table against Debian's docker-registry 2.8: what it gets wrong is known, row by row.

A table that everybody passes would prove nothing; this one finds the differences between two real
servers, and a row that stops telling them apart is noticed here.
"""

from pathlib import Path

import pytest

import blob_rows
import discovery_rows
import manifest_rows

from lib.exchange import Server, run_sections
from lib.peers import DebianRegistry

FAILURES = Path(__file__).with_name("docker_registry_failures.txt")


@pytest.fixture
def theirs(tmp_path):
    with DebianRegistry(tmp_path / "docker-registry") as registry:
        yield registry


def test_it_fails_in_the_rows_that_are_listed_and_in_no_other(theirs):
    sections = [s for rows in (blob_rows, manifest_rows, discovery_rows) for s in rows.SECTIONS]
    checks = run_sections(Server(theirs.port), sections)
    failed = {name.rpartition(": ")[0] for name, found in checks.items() if found is not None}
    assert sorted(failed) == FAILURES.read_text().splitlines()
    assert len(failed) * 2 < len({name.rpartition(": ")[0] for name in checks})
