"""scripts/check-layers.py finds what it promises to find."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check-layers.py"


def check(top, files):
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run([sys.executable, SCRIPT, top], capture_output=True, text=True)
    return done.returncode, done.stdout


def test_includes_that_point_downward_pass(tmp_path):
    code, out = check(
        tmp_path,
        {
            "src/store/a.cc": '#include "store/a.h"\n#include "oci/digest.h"\n#include <vector>\n',
            "src/main.cc": '#include "cli/cli.h"\n',
        },
    )
    assert code == 0, out


def test_an_upward_include_fails_with_file_and_line(tmp_path):
    code, out = check(tmp_path, {"src/base/a.cc": '\n#include "store/a.h"\n'})
    assert code == 1
    assert "src/base/a.cc:2: base/ lies below store/" in out


def test_neighbours_do_not_include_each_other(tmp_path):
    code, out = check(tmp_path, {"src/fs/a.cc": '#include "oci/digest.h"\n'})
    assert code == 1
    assert "src/fs/a.cc:1: fs/ and oci/ are neighbours" in out


def test_forbidden_arrows_fail_although_they_point_downward(tmp_path):
    code, out = check(
        tmp_path,
        {
            "src/store/a.cc": '#include "http/client.h"\n',
            "src/build/a.cc": '#include "registry/a.h"\n',
        },
    )
    assert code == 1
    assert "src/store/a.cc:1:" in out
    assert "src/build/a.cc:1:" in out


def test_libraries_stay_in_their_room_and_out_of_headers(tmp_path):
    code, out = check(
        tmp_path,
        {
            "src/oci/a.h": "#include <nlohmann/json.hpp>\n",
            "src/oci/a.cc": "#include <nlohmann/json.hpp>\n#include <sqlite3.h>\n",
            "src/sql/a.cc": "#include <sqlite3.h>\n",
        },
    )
    assert code == 1
    assert "src/oci/a.h:1:" in out
    assert "src/oci/a.cc:2: <sqlite3.h> is hidden by sql/" in out
    assert "src/oci/a.cc:1:" not in out
    assert "src/sql/a.cc" not in out


def test_a_header_for_cc_files_only_may_show_its_library_to_them_alone(tmp_path):
    code, out = check(
        tmp_path,
        {
            "src/oci/json.h": "// For .cc files only.\n#include <nlohmann/json.hpp>\n",
            "src/oci/a.cc": '#include "oci/json.h"\n',
            "src/oci/a.h": '\n#include "oci/json.h"\n',
        },
    )
    assert code == 1
    assert out.startswith('src/oci/a.h:2: "oci/json.h" is for .cc files only\n3 files')


def test_long_files_and_functions_fail(tmp_path):
    long_function = "void f() {\n" + "  g();\n" * 69 + "}\n"
    code, out = check(
        tmp_path,
        {"src/base/long.cc": "\n" * 501, "src/base/function.cc": long_function},
    )
    assert code == 1
    assert "src/base/long.cc:501: 501 lines" in out
    assert "src/base/function.cc:1: function of 71 lines" in out


def test_unfinished_work_fails(tmp_path):
    marker = "TO" + "DO"
    code, out = check(tmp_path, {"src/base/a.cc": f"// {marker}: later\n"})
    assert code == 1
    assert "src/base/a.cc:1: unfinished work" in out
