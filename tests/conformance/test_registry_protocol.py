"""The table of requests and expected answers, against our server."""

import access_rows
import blob_rows
import discovery_rows
import manifest_rows

from lib.exchange import Table, run_sections
from lib.registry_api import api

LEAST_CHECKS = 300
ROWS = [blob_rows, manifest_rows, discovery_rows]


def assert_none_failed(checks):
    failed = [f"{name}: found {found}" for name, found in checks.items() if found is not None]
    assert not failed, f"{len(failed)} of {len(checks)} checks failed:\n" + "\n".join(failed)


def test_every_answer_is_as_the_table_says(registry):
    checks = run_sections(api(registry), [s for rows in ROWS for s in rows.SECTIONS])
    assert_none_failed(checks)
    assert len(checks) >= LEAST_CHECKS


def test_only_those_who_may_do_so(registry):
    registry.create_repository("alice/open", public=True)
    server = api(registry)
    table = Table(server, "preparation")
    table.add_blob(access_rows.OPEN, repository="alice/open")
    table.close()
    checks = run_sections(server, access_rows.SECTIONS)
    assert_none_failed(checks)
    assert len(checks) >= 100
