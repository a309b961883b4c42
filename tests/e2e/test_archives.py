"""Images in files: save, load, import."""

import bz2
import gzip
import io
import json
import lzma
import subprocess
import tarfile

import pytest

from lib.tars import Entry, SavedImage, escaped_files, make_tar, saved, text_file

TREE = [
    ("bin", Entry("dir", 0o755)),
    ("bin/tool", text_file("tool", mode=0o4755, uid=1, gid=2, mtime=1_000_000_000)),
    ("bin/again", Entry("hardlink", link="bin/tool")),
    ("bin/link", Entry("symlink", 0o777, link="tool")),
    ("pipe", Entry("fifo", 0o600)),
    ("x" * 90 + "/" + "y" * 120, text_file("long name")),
]


@pytest.fixture
def imported(estiba):
    estiba.ok("import", "-", "demo", stdin=make_tar(TREE))
    return estiba


def zstd(data):
    return subprocess.run(["zstd", "-q"], input=data, stdout=subprocess.PIPE, check=True).stdout


@pytest.mark.parametrize(
    "compress", [bytes, gzip.compress, bz2.compress, lzma.compress, zstd],
    ids=["plain", "gzip", "bzip2", "xz", "zstd"],
)
def test_import_takes_a_tar_in_any_compression(estiba, compress):
    result = estiba.ok("import", "-", "demo", stdin=compress(make_tar(TREE)))
    assert result.out.strip() == estiba.image_id("demo")
    tree = saved(estiba, "demo").root_file_system()
    tool = tree["bin/tool"]
    assert (tool.mode & 0o7777, tool.uid, tool.gid, tool.mtime) == (0o4755, 1, 2, 1_000_000_000)
    assert tree["bin/again"].kind == "hardlink"
    assert tree["bin/link"].link == "tool"
    assert tree["pipe"].kind == "fifo"
    assert tree["x" * 90 + "/" + "y" * 120].content == b"long name"


def test_import_from_a_file_with_changes(estiba, tmp_path):
    (tmp_path / "tree.tar").write_bytes(make_tar(TREE))
    estiba.ok(
        "import", "--change", 'CMD ["tool"]', "-c", "ENV A=1", "-c", "EXPOSE 80", "-m", "by hand",
        tmp_path / "tree.tar", "demo:1",
    )
    config = estiba.inspect("demo:1")["Config"]
    assert config["Cmd"] == ["tool"]
    assert "A=1" in config["Env"]
    assert config["ExposedPorts"] == {"80/tcp": {}}


def test_a_saved_image_loads_into_another_store(imported, tmp_path):
    imported.ok("tag", "demo", "demo:1.0")
    imported.ok("save", "-o", tmp_path / "demo.tar", "demo:latest", "demo:1.0")
    other = imported.sibling("other")
    out = other.ok("load", "-i", tmp_path / "demo.tar").out
    assert "Loaded image: demo:latest" in out
    assert "Loaded image: demo:1.0" in out
    assert other.image_id("demo") == imported.image_id("demo")
    assert saved(other, "demo").layers == saved(imported, "demo").layers
    other.check()


def test_save_and_load_work_as_a_pipe(imported):
    archive = subprocess.run(
        imported.command("save", "demo"), env=imported.env, stdout=subprocess.PIPE, check=True
    ).stdout
    other = imported.sibling("other")
    other.ok("load", stdin=gzip.compress(archive))
    assert other.image_id("demo") == imported.image_id("demo")


def test_the_archive_has_the_form_that_docker_writes(imported, tmp_path):
    imported.ok("save", "-o", tmp_path / "demo.tar", "demo")
    image = SavedImage(tmp_path / "demo.tar")
    assert image.tags == ["demo:latest"]
    assert image.id == imported.image_id("demo")
    assert image.config["rootfs"]["diff_ids"] == imported.inspect("demo")["RootFS"]["Layers"]


def test_an_oci_archive_loads_too(imported, tmp_path):
    path = tmp_path / "oci.tar"
    imported.ok("save", "--format", "oci", "-o", path, "demo")
    with tarfile.open(path) as archive:
        names = archive.getnames()
        index = json.load(archive.extractfile("index.json"))
    assert "oci-layout" in names
    assert index["manifests"][0]["digest"].startswith("sha256:")
    other = imported.sibling("other")
    other.ok("load", "-i", path)
    assert imported.image_id("demo") in other.image_ids()


def test_images_that_share_layers_save_them_once(busybox, context, tmp_path):
    context.dockerfile("FROM busybox\nLABEL a=1\n")
    busybox.build(context)
    busybox.ok("save", "-o", tmp_path / "one.tar", "busybox")
    busybox.ok("save", "-o", tmp_path / "two.tar", "busybox", "demo")
    one, two = ((tmp_path / name).stat().st_size for name in ("one.tar", "two.tar"))
    assert two < one * 1.2


def damaged(data, kind):
    if kind == "cut short":
        return data[: len(data) // 2]
    if kind == "not a tar":
        return b"nothing of the kind" * 1000
    source = tarfile.open(fileobj=io.BytesIO(data))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as target:
        for info in source:
            content = source.extractfile(info).read() if info.isreg() else b""
            if kind == "another layer" and len(content) > 5000:
                content = content.replace(b"tool", b"fool")
            if kind == "no manifest" and info.name in ("manifest.json", "index.json"):
                continue
            info.size = len(content)
            target.addfile(info, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["cut short", "not a tar", "another layer", "no manifest", "empty"])
def test_a_damaged_archive_leaves_nothing_behind(imported, tmp_path, kind):
    imported.ok("save", "-o", tmp_path / "demo.tar", "demo")
    whole = (tmp_path / "demo.tar").read_bytes()
    other = imported.sibling("other")
    other.fails("load", stdin=b"" if kind == "empty" else damaged(whole, kind))
    assert other.image_ids() == set()
    other.check()


@pytest.mark.parametrize(
    "entries",
    [
        [("../escaped", text_file("x"))],
        [("/absolute", text_file("x"))],
        [("a/../../escaped", text_file("x"))],
        [("link", Entry("symlink", link="/etc")), ("link/escaped", text_file("x"))],
    ],
)
def test_a_root_file_system_with_tricks_stays_inside(estiba, entries):
    result = estiba("import", "-", "demo", stdin=make_tar(entries))
    assert result.code >= 0
    if result.code == 0:
        tree = saved(estiba, "demo").root_file_system()
        assert not any(path.startswith(("..", "/")) or "/../" in path for path in tree)
    assert not escaped_files(estiba)
    estiba.check()


def test_a_damaged_tar_is_not_imported(estiba):
    estiba.fails("import", "-", "demo", stdin=gzip.compress(make_tar(TREE))[:-200])
    estiba.fails("import", "-", "demo", stdin=b"garbage" * 100)
    estiba.fails("import", "/no/such/file.tar", "demo")
    assert estiba.image_ids() == set()


def test_a_saved_archive_is_not_left_half_written(imported, tmp_path):
    imported.fails("save", "-o", tmp_path / "no" / "such" / "folder.tar", "demo")
    imported.fails("save", "-o", tmp_path / "out.tar", "demo", "nosuch")
    assert not (tmp_path / "out.tar").exists()
