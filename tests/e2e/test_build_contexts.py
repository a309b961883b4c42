"""Where a build's files come from: tars, URLs, Git repositories, named contexts."""

import functools
import gzip
import http.server
import json
import os
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


@pytest.fixture
def repository(tmp_path, web):
    """Serves folders as Git repositories; a function from a name and files to an address."""
    folder, address = web

    def publish(name, files, tag=None):
        work = tmp_path / f"work-{name}"
        git = ["git", "-C", str(work), "-c", "user.name=n", "-c", "user.email=e@x"]
        if not work.exists():
            subprocess.run(["git", "init", "-q", "-b", "main", str(work)], check=True)
        for file, text in files.items():
            (work / file).parent.mkdir(exist_ok=True)
            (work / file).write_text(text)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", "a change"], check=True)
        if tag:
            subprocess.run([*git, "tag", tag], check=True)
        bare = folder / f"{name}.git"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
        subprocess.run([*git, "push", "-q", "--all", str(bare)], check=True)
        subprocess.run([*git, "push", "-q", "--tags", str(bare)], check=True)
        subprocess.run(["git", "-C", str(bare), "update-server-info"], check=True)
        return f"{address}/{name}.git"

    return publish


def test_a_git_repository_with_reference_and_directory(busybox, repository):
    source = repository("x", {"part/Dockerfile": "FROM busybox\nCOPY app /app\n",
                              "part/app": "from the tag"}, tag="v1")
    repository("x", {"part/app": "later"})
    for address in (f"{source}#v1:part", f"{source}?ref=v1&subdir=part",
                    f"{source}?tag=v1&subdir=part"):
        busybox.build(address)
        assert built(busybox) == "from the tag", address
    busybox.build(f"{source}?branch=main&subdir=part")
    assert built(busybox) == "later"
    assert "did you mean" in busybox.fails("build", f"{source}?reff=v1").err


def test_a_repository_that_did_not_move_is_not_fetched_again(busybox, context, repository, web):
    source = repository("x", {"part/file": "one", "top": "t"}, tag="v1")
    context.dockerfile(f"FROM busybox\nADD {source}?branch=main&subdir=part /a/\n"
                       f"ADD {source}?tag=v1&keep-git-dir=1 /b/\n")
    busybox.build(context)
    objects = web[0] / "x.git" / "objects"
    objects.rename(objects.with_name("away"))
    assert busybox.build(context).text.count("Using cache") == 2
    objects.with_name("away").rename(objects)
    repository("x", {"part/file": "two"})
    assert busybox.build(context).text.count("Using cache") == 0
    assert busybox.run("demo", "cat", "/a/file", "/b/top") == "twot"
    assert "HEAD" in busybox.run("demo", "ls", "/b/.git")


IGNORING = {"Dockerfile": "FROM busybox\nCOPY . /c\n", "Dockerfile.dockerignore": "secret\n",
            ".dockerignore": "shown\n", "secret": "s", "shown": "s"}


def test_an_ignore_file_beside_the_dockerfile_counts_in_what_is_fetched(busybox, web, repository):
    folder, address = web
    tar = make_tar([(name, text_file(text)) for name, text in IGNORING.items()])
    (folder / "context.tar").write_bytes(tar)
    for source, stdin in [("-", tar), (f"{address}/context.tar", None),
                          (repository("ignoring", IGNORING), None)]:
        busybox.build(source, stdin=stdin)
        assert "secret" not in busybox.run("demo", "ls", "/c"), source
        assert "shown" in busybox.run("demo", "ls", "/c"), source


def test_a_lock_file_counts_in_what_is_fetched(busybox, repository):
    nowhere = "sha256:" + "0" * 64
    source = repository("locked", {"Dockerfile": "FROM 127.0.0.1:1/base\n",
                                   "Dockerfile.lock": f"127.0.0.1:1/base:latest {nowhere}\n"})
    assert "digest: Pulling from base" in busybox.fails("build", source).out


def test_a_link_out_of_what_is_fetched_is_no_ignore_file(busybox):
    tar = make_tar([("Dockerfile", text_file("FROM busybox\nCOPY app /app\n")),
                    ("app", text_file("content")),
                    ("Dockerfile.dockerignore", Entry("symlink", 0o777, link="/etc/hostname"))])
    busybox.build("-", stdin=tar)
    assert built(busybox) == "content"


def test_a_named_context_stands_for_a_stage(busybox, context, tmp_path):
    (tmp_path / "named").mkdir()
    (tmp_path / "named" / "app").write_text("from outside")
    context.dockerfile(
        "FROM busybox AS deep\nRUN exit 3\nFROM deep AS Code\nRUN exit 4\n"
        "FROM busybox\nCOPY --from=code /app /app\n"
        "RUN --mount=from=code,target=/m cp /m/app /mounted\n")
    busybox.build(context, "--build-context", f"CODE={tmp_path}/named")
    assert built(busybox) == "from outside" == built(busybox, "/mounted")
    context.dockerfile("FROM nowhere.test/x AS base\nRUN exit 3\nFROM base\nRUN echo y > /app\n")
    busybox.build(context, "--build-context", "base=docker-image://busybox")
    assert built(busybox) == "y\n"
    busybox.build(context, "--build-context", "base=docker-image://busybox", "--target", "base")
    assert busybox.run("demo", "echo", "it is") == "it is\n"


@pytest.mark.parametrize("name", ["debian", "debian:latest", "docker.io/library/debian"])
def test_a_named_context_stands_for_an_image_however_it_is_written(busybox, context, name):
    context.dockerfile("FROM debian\nCOPY --from=debian:latest /bin/cat /app\n")
    busybox.build(context, "--build-context", f"{name}=docker-image://busybox")
    assert busybox.run("demo", "ls", "/app") == "/app\n"


def test_a_named_directory_is_known_by_its_content(busybox, context, tmp_path):
    named = tmp_path / "named"
    named.mkdir()
    (named / "file").write_text("one")
    context.dockerfile("FROM files\nCOPY --from=busybox /bin /bin\nRUN cat /file > /app\n")
    flags = ["--build-context", f"files={named}"]
    busybox.build(context, *flags)
    first = busybox.image_id("demo")
    os.utime(named / "file", (1, 1))
    busybox.build(context, *flags)
    assert busybox.image_id("demo") == first
    (named / "file").write_text("two")
    busybox.build(context, *flags)
    assert built(busybox) == "two"


def test_an_image_of_a_layout_by_tag_and_digest(busybox, context, tmp_path):
    layout = tmp_path / "layout"
    for text in ("one", "two"):
        context.dockerfile(f"FROM busybox\nRUN echo {text} > /app\n")
        busybox.ok("build", "-o", f"type=oci,dest={tmp_path}/{text},tar=false", "-t", f"q:{text}",
                   context)
        subprocess.run(["cp", "-rT", f"{tmp_path}/{text}", str(layout)], check=True)
    both = [json.loads((tmp_path / text / "index.json").read_text())["manifests"][0]
            for text in ("one", "two")]
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": both}))
    context.dockerfile("FROM laid\n")
    for choice, expected in [(":one", "one"), (":two", "two"), (f"@{both[0]['digest']}", "one"),
                             (f":any@{both[1]['digest']}", "two")]:
        busybox.build(context, "--build-context", f"laid=oci-layout://{layout}{choice}")
        assert built(busybox).strip() == expected, choice
    said = busybox.fails("build", context, "--build-context", f"laid=oci-layout://{layout}").err
    assert ":latest" in said and ":one" in said
    said = busybox.fails("build", context, "--build-context",
                         f"laid=oci-layout://{layout}@sha256:{'0' * 64}").err
    assert "no image" in said


def test_named_contexts_from_urls_and_repositories(busybox, context, web, repository):
    folder, address = web
    (folder / "files.tar").write_bytes(make_tar([("file", text_file("from the tar"))]))
    source = repository("named", {"part/file": "from git"})
    context.dockerfile("FROM busybox\nCOPY --from=tar /file /tar\nCOPY --from=git file /git\n")
    busybox.build(context, "--build-context", f"tar={address}/files.tar",
                  "--build-context", f"git={source}#main:part")
    assert built(busybox, "/tar") == "from the tar"
    assert built(busybox, "/git") == "from git"


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
