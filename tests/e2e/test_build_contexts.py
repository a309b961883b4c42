"""Where a build's files come from: tars, URLs, Git repositories, named contexts."""

import functools
import gzip
import http.server
import subprocess
import threading

import pytest

from lib.tars import Entry, make_tar, text_file


@pytest.fixture
def archive():
    return make_tar([
        ("Dockerfile", text_file("FROM busybox\nCOPY app /app\n")),
        ("app", text_file("content")),
        ("sub/Other", text_file("FROM busybox\nCOPY app /other\n")),
    ])


@pytest.fixture
def web(tmp_path):
    """A file server below tmp_path/web; its address."""
    folder = tmp_path / "web"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def built(estiba, path="/app"):
    return estiba.run("demo", "cat", path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_tar_on_standard_input(busybox, archive, pack):
    busybox.build("-", stdin=pack(archive))
    assert built(busybox) == "content"


def test_another_dockerfile_within_the_tar(busybox, archive):
    busybox.build("-", "-f", "sub/Other", stdin=archive)
    assert built(busybox, "/other") == "content"


def test_a_bare_dockerfile_on_standard_input(busybox):
    busybox.build("-", stdin="FROM busybox\nRUN echo alone > /app\n")
    assert built(busybox) == "alone\n"


def test_a_dockerfile_that_is_a_link_out_of_the_tar_is_not_read(busybox):
    evil = make_tar([("Dockerfile", Entry("symlink", 0o777, link="/etc/hostname"))])
    assert "Dockerfile" in busybox.fails("build", "-", stdin=evil).err


def test_standard_input_cannot_be_both(busybox):
    assert "both" in busybox.fails("build", "-f", "-", "-", stdin="FROM busybox\n").err


def test_a_dockerfile_by_url_is_explained(busybox, context):
    assert "not a URL" in busybox.fails("build", "-f", "http://x/Dockerfile", context).err


def test_a_tar_by_url(busybox, archive, web):
    folder, address = web
    (folder / "context.tar.gz").write_bytes(gzip.compress(archive))
    busybox.build(f"{address}/context.tar.gz")
    assert built(busybox) == "content"


def test_a_git_repository_with_reference_and_directory(busybox, tmp_path, web):
    folder, address = web
    work = tmp_path / "work"
    (work / "part").mkdir(parents=True)
    git = ["git", "-C", str(work), "-c", "user.name=n", "-c", "user.email=e@x"]
    subprocess.run(["git", "init", "-q", "-b", "main", str(work)], check=True)
    (work / "part" / "Dockerfile").write_text("FROM busybox\nCOPY app /app\n")
    (work / "part" / "app").write_text("from the tag")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    subprocess.run([*git, "tag", "v1"], check=True)
    (work / "part" / "app").write_text("later")
    subprocess.run([*git, "commit", "-qam", "two"], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(work), str(folder / "x.git")], check=True)
    subprocess.run(["git", "-C", str(folder / "x.git"), "update-server-info"], check=True)
    busybox.build(f"{address}/x.git#v1:part")
    assert built(busybox) == "from the tag"


def test_named_contexts(busybox, context, tmp_path):
    named = tmp_path / "named"
    named.mkdir()
    (named / "file").write_text("from the name")
    (named / "secret").write_text("x")
    (named / ".dockerignore").write_text("secret\n")
    context.dockerfile("FROM base\nCOPY --from=files . /files\n")
    busybox.build(
        context, "--build-context", "base=docker-image://busybox",
        "--build-context", f"files={named}",
    )
    assert busybox.run("demo", "ls", "/files") == "file\n"
    busybox.ok("build", "-o", f"type=oci,dest={tmp_path}/layout,tar=false", "-t", "q:1", context,
               "--build-context", "base=docker-image://busybox", "--build-context", f"files={named}")
    context.dockerfile("FROM laid\nRUN cat /files/file > /app\n")
    busybox.build(context, "--build-context", f"laid=oci-layout://{tmp_path}/layout")
    assert built(busybox) == "from the name"
    assert busybox("inspect", "q:1").code != 0
