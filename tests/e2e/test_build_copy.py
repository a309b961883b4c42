"""COPY: which files arrive where, with which owner and mode."""

import os

import pytest

from lib.tars import saved


def files_of(estiba, name="demo"):
    tree = saved(estiba, name).root_file_system()
    return {path: e.content.decode() for path, e in tree.items() if e.kind == "file"}


@pytest.fixture
def sources(context):
    context.write("a.txt", "a")
    context.write("b.txt", "b")
    context.write("c.md", "c")
    context.write("dir/one", "1")
    context.write("dir/sub/two", "2")
    return context


@pytest.mark.parametrize(
    "line, expected",
    [
        ("COPY a.txt /", {"a.txt": "a"}),
        ("COPY a.txt /renamed", {"renamed": "a"}),
        ("COPY a.txt /new/folders/", {"new/folders/a.txt": "a"}),
        ("COPY a.txt b.txt /d/", {"d/a.txt": "a", "d/b.txt": "b"}),
        ("COPY *.txt /d/", {"d/a.txt": "a", "d/b.txt": "b"}),
        ("COPY ?.[lmn]d /d/", {"d/c.md": "c"}),
        ("COPY dir /d", {"d/one": "1", "d/sub/two": "2"}),
        ("COPY dir/ /d/", {"d/one": "1", "d/sub/two": "2"}),
        ("COPY ./dir/sub /d/", {"d/two": "2"}),
        ('COPY ["a.txt", "/with space"]', {"with space": "a"}),
        ("WORKDIR /w\nCOPY a.txt rel/", {"w/rel/a.txt": "a"}),
        ("COPY dir/o* dir/sub/two /d/", {"d/one": "1", "d/two": "2"}),
        ("COPY a.txt /d\nCOPY b.txt /d", {"d": "b"}),
    ],
)
def test_sources_arrive_at_their_destination(estiba, sources, line, expected):
    sources.dockerfile(f"FROM scratch\n{line}\n")
    estiba.build(sources)
    assert files_of(estiba) == expected


def test_the_whole_context_may_be_copied(estiba, sources):
    sources.dockerfile("FROM scratch\nCOPY . /all\n")
    estiba.build(sources)
    assert set(files_of(estiba)) == {
        "all/Dockerfile", "all/a.txt", "all/b.txt", "all/c.md", "all/dir/one", "all/dir/sub/two",
    }


def test_files_belong_to_root_and_keep_their_mode_and_time(estiba, context):
    context.write("tool", "x", mode=0o751)
    os.utime(context.path / "tool", (1_600_000_000, 1_600_000_000))
    os.chown(context.path / "tool", 1234, 1234)
    context.dockerfile("FROM scratch\nCOPY tool /tool\n")
    estiba.build(context)
    entry = saved(estiba, "demo").root_file_system()["tool"]
    assert (entry.uid, entry.gid, entry.mode & 0o7777) == (0, 0, 0o751)
    assert entry.mtime == 1_600_000_000


@pytest.mark.parametrize(
    "flag, owner",
    [
        ("--chown=12:34", (12, 34)),
        ("--chown=12", (12, 12)),
        ("--chown=app", (1000, 1000)),
        ("--chown=app:extra", (1000, 1001)),
    ],
)
def test_chown_takes_numbers_and_names_of_the_image(busybox, context, flag, owner):
    context.write("dir/file", "x")
    context.dockerfile(f"FROM busybox\nCOPY {flag} dir /d\n")
    busybox.build(context)
    tree = saved(busybox, "demo").root_file_system()
    assert (tree["d/file"].uid, tree["d/file"].gid) == owner
    assert (tree["d"].uid, tree["d"].gid) == owner


def test_chmod_sets_the_mode(estiba, context):
    context.write("file", "x", mode=0o644)
    context.dockerfile("FROM scratch\nCOPY --chmod=700 file /file\n")
    estiba.build(context)
    assert saved(estiba, "demo").root_file_system()["file"].mode & 0o7777 == 0o700


def test_links_inside_a_folder_stay_links(estiba, context):
    context.write("dir/target", "x")
    os.symlink("target", context.path / "dir" / "link")
    os.symlink("/nowhere", context.path / "dir" / "dangling")
    context.dockerfile("FROM scratch\nCOPY dir /d\n")
    estiba.build(context)
    tree = saved(estiba, "demo").root_file_system()
    assert (tree["d/link"].kind, tree["d/link"].link) == ("symlink", "target")
    assert (tree["d/dangling"].kind, tree["d/dangling"].link) == ("symlink", "/nowhere")


def test_a_destination_behind_a_link_of_the_image_lands_in_the_image(busybox, context):
    context.write("file", "x")
    context.dockerfile("FROM busybox\nRUN mkdir /real && ln -s /real /alias\nCOPY file /alias/\n")
    busybox.build(context)
    assert busybox.run("demo", "cat", "/real/file") == "x"


def test_copied_folders_join_those_of_the_image(busybox, context):
    context.write("etc/extra", "x")
    context.dockerfile("FROM busybox\nCOPY etc /etc\n")
    busybox.build(context)
    assert busybox.run("demo", "sh", "-c", "cat /etc/extra; grep -c root /etc/passwd") == "x1\n"


def test_unusual_names_survive(estiba, context):
    names = ["ñandú", "a b", "quote'd", 'double"d', "x" * 255, "-dash", "back\\slash", "new\nline"]
    for name in names:
        context.write(f"dir/{name}", name)
    context.dockerfile("FROM scratch\nCOPY dir /d\n")
    estiba.build(context)
    assert files_of(estiba) == {f"d/{name}": name for name in names}


def test_xattrs_come_along(estiba, context):
    file = context.write("dir/file", "x")
    os.setxattr(file, "user.note", b"hello")
    context.dockerfile("FROM scratch\nCOPY dir /d\n")
    estiba.build(context)
    assert saved(estiba, "demo").root_file_system()["d/file"].xattrs.get("user.note") == b"hello"


def test_copy_from_another_image(busybox, context):
    context.dockerfile("FROM scratch\nCOPY --from=busybox /etc/passwd /p\n")
    busybox.build(context)
    assert files_of(busybox)["p"].startswith("root:")


def test_a_copy_is_one_layer_that_holds_only_what_it_brought(busybox, context):
    context.write("new", "x")
    context.dockerfile("FROM busybox\nCOPY new /var/new\n")
    busybox.build(context)
    image = saved(busybox, "demo")
    assert len(image.layers) == 2
    assert [path for path, entry in image.layer(1) if entry.kind == "file"] == ["var/new"]
