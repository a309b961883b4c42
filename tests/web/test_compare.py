"""Two images beside each other, made by our own build and pushed by our own push."""

import pytest

from lib.program import Estiba
from lib.registry import Registry
from lib.shelf import CONFIG, Shelf, packed
from lib.tars import Entry, make_tar, text_file

TREE = [("d", Entry("dir", 0o755)), ("d/x", text_file("xx")), ("d/y", text_file("yyy")),
        ("s", Entry("symlink", link="d/x")), ("t", text_file("time", mtime=1))]


def changed(entry, **members):
    return Entry(**{**entry.__dict__, **members})


CASES = {
    "nothing": (TREE, []),
    "an added file": (TREE + [("z", text_file("1234"))], [("/z", "added", None, 4)]),
    "a removed file": (TREE[:1] + TREE[2:], [("/d/x", "removed", 2, None)]),
    "content": ([*TREE[:1], ("d/x", text_file("zz")), *TREE[2:]], [("/d/x", "changed", 2, 2)]),
    "permissions": ([*TREE[:1], ("d/x", text_file("xx", mode=0o755)), *TREE[2:]],
                    [("/d/x", "changed", 2, 2)]),
    "an owner": ([*TREE[:1], ("d/x", text_file("xx", uid=5)), *TREE[2:]],
                 [("/d/x", "changed", 2, 2)]),
    "a directory's permissions": ([("d", Entry("dir", 0o700)), *TREE[1:]],
                                  [("/d/", "changed", 0, 0)]),
    "a link": ([*TREE[:3], ("s", Entry("symlink", link="d/y")), TREE[4]],
               [("/s", "changed", 0, 0)]),
    "a time alone": ([*TREE[:4], ("t", text_file("time", mtime=2))], []),
    "a directory": (TREE + [("e/f/g", text_file(""))],
                    [("/e/", "added", None, 0), ("/e/f/", "added", None, 0),
                     ("/e/f/g", "added", None, 0)]),
    "a file for a directory": ([("d", text_file("no")), *TREE[3:]],
                               [("/d", "changed", 0, 2), ("/d/x", "removed", 2, None),
                                ("/d/y", "removed", 3, None)]),
    "the same by a hard link": ([*TREE[:2], TREE[2], ("t2", Entry("hardlink", link="t")),
                                 *TREE[3:]], [("/t2", "added", None, 4)]),
}


@pytest.mark.parametrize("tree, wanted", CASES.values(), ids=CASES)
@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_files_are_compared_by_what_they_are(shelf, tree, wanted, how):
    shelf.push("ana/cases", "before", layers=(make_tar(TREE),))
    shelf.push("ana/cases", "after", layers=(packed(make_tar(tree), how),))
    found = shelf.compare("ana/cases", "before", "after")
    assert [(one["path"], one["change"], one["from_bytes"], one["to_bytes"])
            for one in found["files"]] == wanted
    assert found["files_truncated"] is False
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    back = shelf.compare("ana/cases", "after", "before")["files"]
    assert {(one["path"].rstrip("/"), one["change"]) for one in back} == {
        (path.rstrip("/"), opposite[change]) for path, change, _, _ in wanted}


def test_a_comparison_is_bounded(shelf):
    shelf.push("ana/bound", "none", layers=(make_tar([]),))
    names = [(f"f{number:05}", text_file("")) for number in range(6000)]
    shelf.push("ana/bound", "many", layers=(make_tar(names),))
    found = shelf.compare("ana/bound", "none", "many")
    assert (len(found["files"]), found["files_truncated"]) == (5000, True)


def test_config_and_instructions_are_compared(shelf):
    other = {**CONFIG, "config": {**CONFIG["config"], "Cmd": ["other"], "Env": ["PATH=/bin"]},
             "history": [CONFIG["history"][0], CONFIG["history"][2],
                         {"created_by": "RUN more", "empty_layer": True}]}
    layer = make_tar(TREE)
    shelf.push("ana/config", "before", layers=(layer,))
    shelf.push("ana/config", "after", config=other, layers=(layer,))
    found = shelf.compare("ana/config", "before", "after")
    assert found["common_layers"] == 1
    assert [(one["name"], one["change"], one["from"], one["to"]) for one in found["config"]] == [
        ("CMD", "changed", '["serve"]', '["other"]'), ("ENV MODE", "removed", "a=b", None)]
    assert [(one["name"], one["change"], one["from"], one["to"])
            for one in found["instructions"]] == [
        ("2", "removed", "ENV MODE=a=b", None), ("3", "changed", 'CMD ["serve"]', "RUN more")]


def test_who_may_not_pull_may_not_compare(shelf):
    shelf.push("ana/private", "v1", layers=(make_tar(TREE),))
    for query in ({"from": "v1", "to": "v1"}, {"from": "v1", "to": "none"}):
        assert shelf.bob.get("/repositories/ana%2Fprivate/compare", **query).status == 404
    assert shelf.ana.get("/repositories/ana%2Fprivate/compare", **{"from": "v1"}).status == 400


@pytest.fixture(scope="module")
def built(tmp_path_factory, debian_tar):
    """Debian with something done to it, twice, as `estiba build` makes it."""
    folder = tmp_path_factory.mktemp("built")
    estiba = Estiba(folder)
    registry = Registry(estiba, folder / "registry")
    shelf = Shelf(registry)
    estiba.ok("import", debian_tar, "debian")
    registry.login(estiba, "ana")
    context = folder / "context"
    context.mkdir()
    (context / "app.conf").write_text("one\n")
    steps = {
        "v1": ["COPY app.conf /etc/app.conf", "RUN mkdir /opt/app && echo 1 > /opt/app/version",
               "RUN ln /etc/app.conf /etc/twin.conf"],
        "v2": ["COPY app.conf /etc/app.conf", "RUN mkdir /opt/app && echo 20 > /opt/app/version",
               "RUN dpkg --purge --force-all hostname && rm -rf /usr/share/base-files",
               "ENV MODE=new"],
    }
    for tag, lines in steps.items():
        (context / "Dockerfile").write_text("\n".join(["FROM debian", *lines]) + "\n")
        name = f"{registry.address}/ana/app:{tag}"
        estiba.build(context, tag=name)
        estiba.ok("push", name)
    yield shelf
    assert registry.stop() == 0


def test_builds_of_debian_are_compared_to_the_package(built):
    found = built.compare("ana/app", "v1", "v2")
    assert found["common_layers"] == 2
    assert [(one["name"], one["kind"], one["change"], one["to"]) for one in found["packages"]] == [
        ("hostname", "dpkg", "removed", None)]
    files = {one["path"]: one for one in found["files"]}
    assert (files["/opt/app/version"]["from_bytes"], files["/opt/app/version"]["to_bytes"]) == (2, 3)
    assert files["/etc/twin.conf"]["change"] == "removed"
    assert files["/var/lib/dpkg/status"]["change"] == "changed"
    assert any(path.endswith("bin/hostname") and one["change"] == "removed"
               for path, one in files.items())
    assert any(path.startswith("/usr/share/base-files/") for path in files)
    assert [(one["name"], one["to"]) for one in found["config"]] == [("ENV MODE", "new")]
    assert len(found["instructions"]) >= 3
    same = built.compare("ana/app", "v1", "v1")
    assert (same["files"], same["config"], same["instructions"], same["packages"]) == (
        [], [], [], [])


def test_what_was_built_can_be_browsed(built):
    image = built.image("ana/app", "v2")
    assert [layer["instruction"] for layer in image["layers"]][1].startswith("COPY app.conf")
    assert built.file("ana/app", "v2", "/etc/app.conf")["text"] == "one\n"
    # A link that leads to /usr/lib.
    assert "Debian" in built.file("ana/app", "v2", "/etc/os-release")["text"]
    share = {item["name"]: item for item in built.files(
        "ana/app", "v2", "/usr/share", limit=1000)["items"]}
    assert (share["base-files"]["change"], share["base-files"]["layer"]) == ("deleted", 3)
    assert built.file("ana/app", "v2", "/opt/app/version", layer=2)["text"] == "20\n"
