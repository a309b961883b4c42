""".dockerignore."""

import pytest

from lib.tars import saved

FILES = ["a.txt", "b.md", "dir/a.txt", "dir/deep/b.md", "dir/deep/keep.md", "node_modules/x/y"]


@pytest.mark.parametrize(
    "patterns, left",
    [
        ("*.txt", ["b.md", "dir/a.txt", "dir/deep/b.md", "dir/deep/keep.md", "node_modules/x/y"]),
        ("**/*.txt", ["b.md", "dir/deep/b.md", "dir/deep/keep.md", "node_modules/x/y"]),
        ("dir\nnode_modules", ["a.txt", "b.md"]),
        ("**/b.md\n/a.txt", ["dir/a.txt", "dir/deep/keep.md", "node_modules/x/y"]),
        ("*\n!a.txt", ["a.txt"]),
        ("dir/deep\n!dir/deep/keep.md", ["a.txt", "b.md", "dir/a.txt", "dir/deep/keep.md",
                                         "node_modules/x/y"]),
        ("# a comment\n\n  dir  \nnode_modules/", ["a.txt", "b.md"]),
        ("!a.txt\n*", []),
        ("**\n!dir/**", ["dir/a.txt", "dir/deep/b.md", "dir/deep/keep.md"]),
    ],
)
def test_patterns_leave_files_out(estiba, context, patterns, left):
    for name in FILES:
        context.write(name, name)
    context.write(".dockerignore", patterns + "\nDockerfile\n.dockerignore\n")
    context.dockerfile("FROM scratch\nLABEL a=1\nCOPY . /c/\n")
    estiba.build(context)
    tree = saved(estiba, "demo").root_file_system()
    files = {path[2:] for path, entry in tree.items() if entry.kind == "file"}
    assert files == set(left)


def test_a_left_out_source_is_missing(estiba, context):
    context.write("secret", "x")
    context.write(".dockerignore", "secret\n")
    context.dockerfile("FROM scratch\nCOPY secret /\n")
    result = estiba.fails("build", context)
    assert "secret" in result.text
    assert ".dockerignore" in result.text


def test_a_left_out_dockerfile_still_builds(estiba, context):
    context.write("file", "x")
    context.write(".dockerignore", "Dockerfile\n")
    context.dockerfile("FROM scratch\nCOPY . /\n")
    estiba.build(context)
    assert "Dockerfile" not in saved(estiba, "demo").root_file_system()


def test_an_ignore_file_of_the_dockerfile_itself_comes_first(estiba, context):
    context.write("a", "x")
    context.write("b", "x")
    context.write(".dockerignore", "a\n")
    context.write("Other.dockerignore", "b\n")
    context.write("Other", "FROM scratch\nCOPY a* b* /\n")
    estiba.build(context, "-f", context.path / "Other")
    tree = saved(estiba, "demo").root_file_system()
    assert "a" in tree
    assert "b" not in tree
