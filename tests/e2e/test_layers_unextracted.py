"""Layers are mounted from their tar through an index; nothing is extracted.

Both forms of a layer, the index and the extracted tree, show the same files in every respect.
"""

import ast
import subprocess

import pytest

from lib import trees

COUNT = 20_000


def files_in(folder):
    out = subprocess.run(["find", folder, "-type", "f"], capture_output=True, check=True).stdout
    return out.count(b"\n")


@pytest.fixture
def many_files(context):
    (context.path / "tree").mkdir()
    trees.make_many_files(context.path / "tree", COUNT, 40_000_000)
    context.dockerfile("FROM busybox\nCOPY tree /tree\n")
    return context


def test_a_copy_and_a_pull_of_many_files_create_none_of_them(busybox, registry, many_files):
    assert "index" in busybox.ok("info").text
    before = files_in(busybox.root)
    name = registry.repository()
    busybox.build(many_files, tag=name)
    assert busybox.run(name, "sh", "-c", "find /tree -type f | wc -l") == f"{COUNT}\n"
    assert files_in(busybox.root) < before + 30

    registry.login(busybox)
    busybox.ok("push", name)
    other = busybox.sibling("other")
    registry.login(other)
    other.ok("pull", name)
    assert other.run(name, "sh", "-c", "find /tree -type f | wc -l") == f"{COUNT}\n"
    assert files_in(other.root) < 60
    other.check()


@pytest.fixture
def varied(estiba, tmp_path, busybox_bytes):
    """An image with one of each kind of thing below /tree, able to run the host's python3."""
    stage = tmp_path / "stage"
    stage.mkdir()
    subprocess.run(["tar", "-x", "-C", stage], input=busybox_bytes, check=True)
    (stage / "usr").mkdir()
    for name in ("lib", "lib64"):
        (stage / name).symlink_to(f"usr/{name}")
    trees.make_varied_tree(stage / "tree")
    packed = tmp_path / "varied.tar"
    subprocess.run(
        ["tar", "--create", "--format=pax", "--xattrs", "--file", packed, "--directory", stage, "."],
        check=True,
    )
    estiba.ok("import", packed, "varied")
    return estiba


def seen_in_a_container(estiba, image, form):
    out = estiba.ok(
        "run", "--rm", "-v", "/usr:/usr:ro", "-v", f"{trees.__file__}:/trees.py:ro", image,
        "/usr/bin/python3", "/trees.py", "/tree",
        env={"ESTIBA_LAYER_FORM": form},
    ).out
    return ast.literal_eval(out)


@pytest.mark.parametrize("form", ["index", "tree"])
def test_a_container_sees_the_files_exactly_as_they_were_packed(varied, tmp_path, form):
    assert seen_in_a_container(varied, "varied", form) == trees.describe_tree(tmp_path / "stage/tree")


CHANGES = """FROM varied
RUN rm /tree/small && echo new > /tree/size511 && chmod 600 /tree/size512
RUN rm -r /tree/many && mkdir /tree/many && echo only > /tree/many/only
RUN mv /tree/size4097 /tree/moved && ln /tree/moved /tree/linked && ln -sf /etc /tree/deep/link
RUN chown -R 7:8 /tree/deep && touch -d @1000000000 /tree/empty && rm "/tree/empty folder" -r
"""


def test_both_forms_agree_on_what_steps_removed_and_changed(varied, context):
    context.dockerfile(CHANGES)
    varied.build(context)
    index = seen_in_a_container(varied, "demo", "index")
    tree = seen_in_a_container(varied, "demo", "tree")
    assert index == tree
    files, links = index
    assert b"small" not in files
    assert [path for path in sorted(files) if path.startswith(b"many")] == [b"many", b"many/only"]
    assert [b"linked", b"moved"] in links


@pytest.mark.parametrize("form", ["index", "tree"])
def test_a_build_gives_the_same_layers_in_either_form(varied, context, form):
    context.write("file", "x")
    context.dockerfile("FROM varied\nCOPY file /tree/deep/file\nCOPY file /new/folder/\n")
    epoch = {"SOURCE_DATE_EPOCH": "1700000000"}  # the folders that COPY makes are as old as the build
    varied.build(context, env={**epoch, "ESTIBA_LAYER_FORM": form})
    other = "tree" if form == "index" else "index"
    layers = varied.inspect("demo")["RootFS"]["Layers"]
    varied.build(context, "--no-cache", env={**epoch, "ESTIBA_LAYER_FORM": other})
    assert varied.inspect("demo")["RootFS"]["Layers"] == layers


def test_an_extracted_tree_passes_the_check_and_is_pruned(varied):
    varied.ok("run", "--rm", "varied", "true", env={"ESTIBA_LAYER_FORM": "tree"})
    varied.check()
    varied.ok("rmi", "varied")
    varied.ok("system", "prune", "-f")
    assert files_in(varied.root) < 20


@pytest.mark.parametrize("name", ["empty-layer.index", "empty-layer.tar"])
@pytest.mark.parametrize("damage", [b"", b"\0" * 4096, None])
def test_what_is_kept_to_try_mounts_with_may_be_damaged(busybox, name, damage):
    form = ("info", "--format", "{{.LayerForm}}")
    before = busybox.ok(*form).out
    kept = busybox.root / "tmp" / name
    if not kept.exists():
        assert before == "tree\n"
    elif damage is None:
        kept.unlink()
    else:
        kept.write_bytes(damage)
    assert busybox.ok(*form).out == before
