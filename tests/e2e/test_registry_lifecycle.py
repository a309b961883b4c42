"""What a registry keeps, for how long, and how it comes back: history, undelete, retention, collection."""

import json
import sqlite3
import subprocess
import time
from contextlib import closing
from urllib.parse import quote

import pytest

from lib.registry import Registry
from lib.tars import Entry, make_tar
from lib.wire import OCI_MANIFEST, Wire, digest_of

NAME = "alice/demo"


@pytest.fixture
def registry(unstarted_registry):
    unstarted_registry.start()
    return unstarted_registry


@pytest.fixture
def collecting(unstarted_registry):
    """A registry that collects at once what cannot be restored."""
    unstarted_registry.serve_flags = ["--gc-delay", "1s", "--gc-interval", "1s", "--undelete-window", "0s"]
    unstarted_registry.start()
    return unstarted_registry


def wire_of(registry):
    return Wire(registry.address, "alice", registry.PASSWORD)


def digest_at(wire, reference, at=None):
    answer = wire.get(f"/v2/{NAME}/manifests/{reference}" + (f"?at={at}" if at else ""))
    return answer.headers["docker-content-digest"] if answer.status == 200 else answer.status


def wait_until(condition, what, timeout_s=20):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not after {timeout_s} s: {what}"
        time.sleep(0.1)


def commit(registry, statement):
    """By a connection of our own."""
    if registry.database:
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, registry.database[-1]],
                       check=True)
        return
    with closing(sqlite3.connect(registry.data / "registry.db", timeout=30)) as database, database:
        database.execute(statement)


def utc_now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def test_a_tag_is_pulled_as_it_was_and_comes_back(registry, estiba):
    wire = wire_of(registry)
    first = wire.push_image(NAME, "latest", layers=(b"one",))
    time.sleep(1.1)
    between = utc_now()
    time.sleep(1.1)
    second = wire.push_image(NAME, "latest", layers=(b"two",))
    assert digest_at(wire, "latest") == second
    assert digest_at(wire, "latest", between) == first
    assert digest_at(wire, "latest", "2001-01-01T00:00:00Z") == 404
    history = registry.admin("tag", "history", NAME, "latest")
    assert first in history and second in history and "alice" in history
    assert registry.admin("tag", "restore", NAME, "latest").strip() == first
    assert digest_at(wire, "latest") == first
    assert registry.admin("tag", "restore", NAME, "latest", "--at", utc_now()).strip() in (first, second)


def test_the_next_request_sees_what_another_process_changed(registry, estiba):
    """Answers are kept in memory; a commit by anybody ends that at once."""
    wire, nobody = wire_of(registry), Wire(registry.address)
    first = wire.push_image(NAME, "latest", layers=(b"one",))
    second = wire.push_image(NAME, "latest", layers=(b"two",))
    for _ in range(5):
        assert digest_at(wire, "latest") == second
        assert registry.admin("tag", "restore", NAME, "latest").strip() == first
        assert digest_at(wire, "latest") == first
        assert registry.admin("tag", "restore", NAME, "latest").strip() == second
    for visibility, status in [("public", 200), ("private", 401)] * 5:
        commit(registry, f"UPDATE repositories SET visibility = '{visibility}'")
        assert nobody.get(f"/v2/{NAME}/manifests/latest").status == status
    commit(registry, "UPDATE tags SET ended_at = 1, ended_by = '' WHERE ended_at IS NULL")
    assert digest_at(wire, "latest") == 404
    commit(registry, "DELETE FROM repository_blobs")
    assert wire.get(f"/v2/{NAME}/blobs/{digest_of(b'one')}").status == 404
    registry.admin("user", "rm", "alice")
    assert wire.get(f"/v2/{NAME}/tags/list").status == 401


def test_pull_takes_a_moment_of_the_past(registry, estiba):
    registry.login(estiba)
    image = registry.repository(NAME)
    ids = []
    for content in (b"one", b"two"):
        estiba.ok("import", "-", f"{image}:latest",
                  stdin=make_tar([("data", Entry("file", content=content))]))
        ids.append(estiba.image_id(f"{image}:latest"))
        estiba.ok("push", f"{image}:latest")
        if not ids[1:]:
            time.sleep(1.1)
            between = utc_now()
            time.sleep(1.1)
    other = estiba.sibling("other")
    registry.login(other)
    name = other.ok("pull", "-q", f"{image}@{{{between}}}").out.strip()
    assert "@sha256:" in name and other.image_id(name) == ids[0]
    other.fails("pull", f"{image}@{{2001-01-01T12:00Z}}")
    other.fails("pull", f"{image}@{{yesterday}}")


def test_a_deleted_manifest_comes_back_with_its_tag(registry):
    wire = wire_of(registry)
    digest = wire.push_image(NAME, "v1")
    assert wire("DELETE", f"/v2/{NAME}/manifests/{digest}").status == 202
    assert digest_at(wire, "v1") == 404 and digest_at(wire, digest) == 404
    assert digest in registry.admin("tag", "trash", NAME)
    registry.admin("tag", "restore", NAME, "v1")
    assert digest_at(wire, "v1") == digest
    assert digest not in registry.admin("tag", "trash", NAME)


def test_a_deleted_repository_is_out_of_sight_until_it_is_restored(registry):
    wire = wire_of(registry)
    digest = wire.push_image(NAME, "v1")
    registry.admin("repository", "rm", NAME)
    assert digest_at(wire, "v1") == 404
    assert NAME not in wire.get("/v2/_catalog").json()["repositories"]
    assert NAME in registry.admin("repository", "ls", "--deleted")
    registry.admin("repository", "restore", NAME)
    assert digest_at(wire, "v1") == digest


def test_an_immutable_tag_is_neither_moved_nor_deleted(registry):
    wire = wire_of(registry)
    first = wire.push_image(NAME, "v1.0", layers=(b"one",))
    second = wire.push_image(NAME, "latest", layers=(b"two",))
    registry.admin("repository", "immutable", NAME, "v*")
    manifest = wire.get(f"/v2/{NAME}/manifests/{second}").body
    refused = wire("PUT", f"/v2/{NAME}/manifests/v1.0", manifest, {"Content-Type": OCI_MANIFEST})
    assert refused.status == 409 and "immutable" in refused.error()["message"]
    assert wire("DELETE", f"/v2/{NAME}/manifests/v1.0").status == 409
    assert wire("DELETE", f"/v2/{NAME}/manifests/{first}").status == 409
    assert digest_at(wire, "v1.0") == first
    wire.put_manifest(NAME, "v2.0", manifest)
    wire.put_manifest(NAME, "v2.0", manifest)


def test_retention_rules_are_looked_at_before_they_end_anything(registry):
    wire = wire_of(registry)
    for number in range(5):
        wire.push_image(NAME, f"pr-{number}", layers=(b"%d" % number,))
    wire.push_image(NAME, "latest")
    registry.admin("retention", "add", NAME, "--pattern", "pr-*", "--keep-last", "2")
    preview = registry.admin("retention", "preview", NAME)
    assert all(f"pr-{number}" in preview for number in range(3)) and "latest" not in preview
    assert len(wire.get(f"/v2/{NAME}/tags/list").json()["tags"]) == 6
    registry.admin("retention", "apply", NAME)
    assert wire.get(f"/v2/{NAME}/tags/list").json()["tags"] == ["latest", "pr-3", "pr-4"]


def test_a_push_makes_no_repository_where_its_owner_does_not_want_it(registry):
    registry.admin("user", "set", "alice", "--create-on-push", "no")
    wire = wire_of(registry)
    assert wire("POST", f"/v2/{NAME}/blobs/uploads/").status == 404
    registry.create_repository(NAME, public=True)
    wire.push_image(NAME, "v1")


def test_pulls_are_counted(registry):
    wire = wire_of(registry)
    wire.push_image(NAME, "v1")
    for _ in range(3):
        assert wire.get(f"/v2/{NAME}/manifests/v1").status == 200
    registry.stop()
    row = [line for line in registry.admin("repository", "ls").splitlines() if NAME in line][0]
    assert row.split()[-1] == "3"
    registry.start()


def test_what_nothing_refers_to_is_collected_and_nothing_else(collecting):
    wire = wire_of(collecting)
    kept = wire.push_image(NAME, "latest", layers=(b"shared", b"kept"))
    wire.push_image(NAME, "old", layers=(b"shared", b"only in old"))
    wire.push_blob(NAME, b"of a push that never ended")
    assert len(collecting.files()) >= 6
    assert wire("DELETE", f"/v2/{NAME}/manifests/old").status == 202
    needed = len(json.loads(wire.get(f"/v2/{NAME}/manifests/{kept}").body)["layers"]) + 1
    wait_until(lambda: len(collecting.files()) == needed, "only what latest needs is stored")
    assert wire.get(f"/v2/{NAME}/blobs/{digest_of(b'only in old')}").status == 404
    assert wire.get(f"/v2/{NAME}/blobs/{digest_of(b'shared')}").body == b"shared"
    assert "0 problems" in collecting.admin("check")


def test_whoever_was_told_that_a_blob_is_there_finds_it(collecting):
    wire = wire_of(collecting)
    wire.push_blob(NAME, b"in use")
    for _ in range(12):
        time.sleep(0.4)
        assert wire("HEAD", f"/v2/{NAME}/blobs/{digest_of(b'in use')}").status == 200
    wait_until(lambda: not collecting.files(), "an unused blob is gone")


def test_orphans_of_both_kinds_are_found_and_repaired(registry):
    wire = wire_of(registry)
    wire.push_image(NAME, "v1", layers=(b"to be lost",))
    lost = next(path for path in registry.files().values() if path.read_bytes() == b"to be lost")
    lost.unlink()
    stray = registry.data / "blobs" / "ff" / ("f" * 32)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"nobody's")
    found = registry.estiba("admin", "check", "--orphan-age", "0s", "--data", registry.data, *registry.database)
    assert found.code == 1 and "missing file" in found.out and "orphan file" in found.out
    registry.admin("check", "--repair", "--orphan-age", "0s")
    assert not stray.exists()
    wire.push_blob(NAME, b"to be lost")
    assert "0 problems" in registry.admin("check", "--orphan-age", "0s")


def test_a_file_in_another_folder_is_an_orphan_and_its_blob_is_missing(registry):
    wire = wire_of(registry)
    wire.push_image(NAME, "v1", layers=(b"moved away",))
    file = next(path for path in registry.files().values() if path.read_bytes() == b"moved away")
    elsewhere = file.parent.parent / ("00" if file.parent.name != "00" else "01") / file.name
    elsewhere.parent.mkdir(exist_ok=True)
    file.rename(elsewhere)
    check = ["admin", "check", "--orphan-age", "0s", "--data", registry.data, *registry.database]
    found = registry.estiba(*check)
    assert found.code == 1 and "missing file" in found.out
    assert f"orphan file: {elsewhere.parent.name}/{elsewhere.name}" in found.out
    registry.admin("check", "--repair", "--orphan-age", "0s")
    assert not elsewhere.exists()
    wire.push_blob(NAME, b"moved away")
    assert "0 problems" in registry.admin("check", "--orphan-age", "0s")


def test_a_manifest_whose_blob_was_deleted_is_told_and_gets_it_from_where_it_is(registry):
    wire = wire_of(registry)
    digest = wire.push_image(NAME, "v1", layers=(b"deleted below",))
    wire.push_image("alice/other", "v1", layers=(b"deleted below",))
    layer = digest_of(b"deleted below")
    check = ["admin", "check", "--data", registry.data, *registry.database]
    for repository in (NAME, "alice/other"):
        assert wire("DELETE", f"/v2/{repository}/blobs/{layer}").status == 202
        if repository == NAME:
            found = registry.estiba(*check)
            assert found.code == 1
            assert f"incomplete manifest: {NAME}@{digest} lacks {layer}" in found.out
            assert "(repaired)" in registry.admin("check", "--repair")
            assert wire.get(f"/v2/{NAME}/blobs/{layer}").body == b"deleted below"
            assert wire("DELETE", f"/v2/{NAME}/blobs/{layer}").status == 202
    # Nobody has it any more: only a push heals that.
    assert registry.estiba(*check, "--repair").code == 1
    for repository in (NAME, "alice/other"):
        wire.push_blob(repository, b"deleted below")
    assert "0 problems" in registry.admin("check")


def test_what_was_deleted_is_gone_for_good_after_the_window(unstarted_registry):
    unstarted_registry.serve_flags = ["--gc-delay", "1s", "--gc-interval", "1s", "--undelete-window", "2s"]
    unstarted_registry.start()
    wire = wire_of(unstarted_registry)
    digest = wire.push_image(NAME, "v1", layers=(b"in the trash",))
    assert wire("DELETE", f"/v2/{NAME}/manifests/{digest}").status == 202
    assert unstarted_registry.files()  # it can still be restored
    wait_until(lambda: not unstarted_registry.files(), "the trash is purged", 40)
    restore = f"/api/v1/repositories/{quote(NAME, safe='')}/tags/v1/restore"
    assert wire("POST", restore, b"{}", {"Content-Type": "application/json"}).status in (404, 409)


def test_a_scrub_finds_damage_and_a_push_heals_it(registry):
    wire = wire_of(registry)
    content = b"precious " * 100
    wire.push_image(NAME, "v1", layers=(content,))
    digest = digest_of(content)
    stored = next(path for path in registry.files().values() if path.read_bytes() == content)
    stored.write_bytes(content.replace(b"precious", b"previous", 1))
    found = registry.estiba("admin", "scrub", "--data", registry.data, *registry.database)
    assert found.code == 1 and digest in found.out
    assert wire("HEAD", f"/v2/{NAME}/blobs/{digest}").status == 404
    wire.push_blob(NAME, content)
    assert wire.get(f"/v2/{NAME}/blobs/{digest}").body == content
    registry.admin("scrub")


def test_the_search_finds_words_and_only_what_may_be_seen(registry):
    registry.admin("repository", "create", NAME, "--private")
    registry.create_repository("alice/open", public=True)
    registry.admin("repository", "describe", NAME, "A **demonstration** of sails")
    registry.admin("repository", "describe", "alice/open", "Sails for everybody")

    def found(wire, text):
        return {hit["name"] for hit in wire.get(f"/v1/search?q={text}").json()["results"]}

    assert found(wire_of(registry), "sail") == {NAME, "alice/open"}
    assert found(wire_of(registry), "demonstr") == {NAME}
    assert found(Wire(registry.address), "sail") == {"alice/open"}


def test_a_backup_made_while_serving_becomes_a_registry_again(registry, postgresql, estiba, tmp_path):
    wire = wire_of(registry)
    first = wire.push_image(NAME, "latest", layers=(b"one",))
    folder = tmp_path / "backup"
    assert "2 blobs, 2 of them" in registry.admin("backup", folder)
    second = wire.push_image(NAME, "latest", layers=(b"two",))
    assert "4 blobs, 2 of them" in registry.admin("backup", folder)
    estiba.fails("admin", "restore", folder, "--data", registry.data, *registry.database)
    for flags in ([], ["--database", postgresql.new_database()]):
        other = Registry(estiba, tmp_path / f"restored{len(flags)}")
        other.database = flags
        other.admin("restore", folder)
        other.start()
        restored = wire_of(other)
        assert digest_at(restored, "latest") == second
        for digest in (first, second):
            manifest = json.loads(restored.get(f"/v2/{NAME}/manifests/{digest}").body)
            layer = manifest["layers"][0]["digest"]
            assert digest_of(restored.get(f"/v2/{NAME}/blobs/{layer}").body) == layer
        third = restored.push_image(NAME, "v3", layers=(b"three",))
        assert digest_at(restored, "v3") == third
        assert first in other.admin("tag", "history", NAME, "latest")
        other.stop()
