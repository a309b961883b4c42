"""The table of COPY, ADD and their neighbours (tests/lib/copy_cases.py)."""

import pytest

from lib.copy_cases import CASES, FAILS
from lib.flattened import lines_of, write_files
from lib.tars import saved


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_image_holds_what_the_table_says(estiba, tmp_path, case):
    folder = tmp_path / "table"
    write_files(folder, {**case.files, "Dockerfile": case.dockerfile})
    flags = [f"--build-arg={name}={value}" for name, value in case.arguments.items()]
    result = estiba("build", "-q", "-t", "demo", *flags, folder)
    if case.expected == FAILS:
        assert result.code == 1, str(result)
        assert estiba.ok("images", "-q").out == ""
        return
    assert result.code == 0, str(result)
    assert lines_of(saved(estiba, "demo").root_file_system()) == case.expected
