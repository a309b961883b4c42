"""The table of RUN, its mounts and what stands around it (tests/lib/run_cases.py)."""

import pytest

from lib.copy_cases import FAILS
from lib.flattened import lines_of, write_files
from lib.program import Estiba
from lib.run_cases import CASES
from lib.tars import read_tar, saved


@pytest.fixture(scope="module")
def base(tmp_path_factory, busybox_bytes):
    """A store with the base, and the lines of the base."""
    estiba = Estiba(tmp_path_factory.mktemp("table"))
    estiba.ok("import", "-", "busybox", stdin=busybox_bytes)
    yield estiba, set(lines_of(dict(read_tar(busybox_bytes))).splitlines())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_image_holds_what_the_table_says(base, tmp_path, case):
    estiba, known = base
    write_files(tmp_path / "context", {**case.files, "Dockerfile": case.dockerfile})
    result = estiba("build", "-q", "-t", "demo", tmp_path / "context")
    if case.expected == FAILS:
        assert result.code == 1, str(result)
        return
    assert result.code == 0, str(result)
    lines = lines_of(saved(estiba, "demo").root_file_system()).splitlines()
    assert "\n".join(line for line in lines if line not in known) == case.expected
