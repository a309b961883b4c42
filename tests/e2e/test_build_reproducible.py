"""The same bytes twice, and what to say when they are not."""

import json
import os
import re

import pytest

PROJECT = {"app": "content", "lib/a": "a", "lib/b": "b"}
DOCKERFILE = "FROM busybox\nWORKDIR /srv\nCOPY . .\nRUN echo made > made && mkdir d\nENV A=1\n"


def write_project(folder, time):
    folder.mkdir()
    for name, text in PROJECT.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (time, time))
    return folder


def test_two_folders_two_stores_two_times_one_digest(estiba, tmp_path, busybox_bytes):
    digests = set()
    for name, time in [("one", 1_600_000_000), ("two", 1_700_000_000)]:
        machine = estiba.sibling(name)
        # The base too is built: an imported image knows when it was imported.
        root = tmp_path / f"root-{name}"
        root.mkdir()
        (root / "root.tar").write_bytes(busybox_bytes)
        (root / "Dockerfile").write_text("FROM scratch\nADD root.tar /\n")
        machine.ok("build", "--reproducible", "-t", "busybox", root)
        project = write_project(tmp_path / f"project-{name}", time)
        meta = tmp_path / f"meta-{name}"
        machine.ok("build", "--reproducible", "-t", "demo", "--metadata-file", meta, project)
        said = json.loads(meta.read_text())
        digests.add((said["containerimage.digest"], machine.image_id("demo")))
    assert len(digests) == 1


def test_a_cached_step_does_not_bring_its_own_time(busybox, context):
    context.write("app", "x")
    context.dockerfile("FROM busybox\nCOPY app /app\nRUN echo x > /y\n")
    busybox.build(context)
    busybox.build(context, env={"SOURCE_DATE_EPOCH": "1000000000"})
    assert busybox.inspect("demo")["Created"].startswith("2001-09-09T01:46:40")
    assert busybox.run("demo", "stat", "-c", "%Y", "/y", "/app").split() == ["1000000000"] * 2
    first = busybox.image_id("demo")
    busybox.build(context, "--no-cache", "--build-arg", "SOURCE_DATE_EPOCH=1000000000")
    assert busybox.image_id("demo") == first


def test_a_build_that_repeats_is_said_to(busybox, context):
    context.dockerfile(DOCKERFILE)
    assert "reproducible: both" in busybox.ok("build", "--verify-reproducible", context).out


def test_what_differs_is_listed(busybox, context):
    context.dockerfile(
        "FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /random; echo same > /same\n"
    )
    said = busybox("build", "--verify-reproducible", context)
    assert said.code == 1
    assert re.search(r"^/random: content 37 bytes \w+ became 37 bytes \w+$", said.out, re.M)
    assert not re.search(r"^/same:", said.out, re.M)


@pytest.fixture
def published(busybox, context, registry):
    registry.login(busybox)
    name = registry.repository("alice/base")

    def publish(text):
        context.dockerfile(f"FROM busybox\nRUN echo {text} > /which\n")
        busybox.ok("build", "-t", name, "--push", context)
        return name

    return publish


def test_pin_holds_a_base_until_it_is_moved(busybox, context, published):
    name = published("one")
    context.dockerfile(f"ARG T=latest\nFROM {name}:$T\n")
    assert "pinned" in busybox.ok("pin", context.path / "Dockerfile").out
    lock = (context.path / "Dockerfile.lock").read_text()
    assert f"{name}:latest sha256:" in lock
    published("two")
    context.dockerfile(f"ARG T=latest\nFROM {name}:$T\n")
    busybox.build(context, "--pull")
    assert busybox.run("demo", "cat", "/which") == "one\n"
    said = busybox.ok("pin", context.path / "Dockerfile").out
    assert "moved" in said and "--update" in said
    assert (context.path / "Dockerfile.lock").read_text() == lock
    assert "updated" in busybox.ok("pin", "--update", context.path / "Dockerfile").out
    busybox.build(context)
    assert busybox.run("demo", "cat", "/which") == "two\n"


def test_an_unpinned_base_that_changed_is_told(busybox, context, published):
    name = published("one")
    context.dockerfile(f"FROM {name}\nENV A=1\n")
    assert "another image" not in busybox.build(context).text
    published("two")
    context.dockerfile(f"FROM {name}\nENV A=1\n")
    said = busybox.build(context).text
    assert "another image than in your last build" in said and "estiba pin" in said
    assert "another image" not in busybox.build(context).text


def test_a_damaged_lock_file_names_its_line(busybox, context):
    context.dockerfile("FROM busybox\n")
    context.write("Dockerfile.lock", "# c\nbusybox\n")
    assert "Dockerfile.lock:2" in busybox.fails("build", context).err
