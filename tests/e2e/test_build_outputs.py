"""--output, --push, --metadata-file, --annotation, and several platforms in one index."""

import io
import json
import tarfile

import pytest

from lib import peers

PUBLIC = ["--src-tls-verify=false"]


@pytest.fixture
def project(busybox, context):
    context.write("app", "content", mode=0o755)
    context.dockerfile('FROM busybox\nRUN echo x > /made\nCOPY app /app\nCMD ["/app"]\n')
    return context


def oci_blob(folder, descriptor):
    return (folder / "blobs" / descriptor["digest"].replace(":", "/")).read_bytes()


def oci_manifest(folder):
    index = json.loads((folder / "index.json").read_text())
    return json.loads(oci_blob(folder, index["manifests"][0]))


def test_a_directory_gets_the_files(busybox, project, tmp_path):
    busybox.ok("build", "-o", tmp_path / "out", project)
    assert (tmp_path / "out" / "app").read_text() == "content"
    assert (tmp_path / "out" / "made").read_text() == "x\n"
    assert (tmp_path / "out" / "bin" / "sh").is_symlink()
    assert busybox("inspect", "demo").code != 0


def test_a_tar_goes_to_standard_output_and_the_words_elsewhere(busybox, project):
    done = __import__("subprocess").run(
        busybox.command("build", "-o", "-", project), env=busybox.env, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        assert tar.extractfile("app").read() == b"content"
    assert b"Step 1/4" in done.stderr


@pytest.mark.parametrize(
    "compression, suffix",
    [("gzip", "gzip"), ("zstd", "zstd"), ("uncompressed", "tar"), ("gzip,compression-level=9", "gzip")],
)
def test_an_oci_layout_has_the_compression_asked_for(busybox, project, tmp_path, compression, suffix):
    out = tmp_path / "layout"
    busybox.ok("build", "-o", f"type=oci,dest={out},tar=false,compression={compression}", project)
    manifest = oci_manifest(out)
    assert [layer["mediaType"].endswith(suffix) for layer in manifest["layers"]] == [True] * 3
    peers.run("skopeo", "copy", f"oci:{out}", f"oci:{tmp_path}/copied:x")


def test_umoci_unpacks_the_layout(busybox, project, tmp_path):
    busybox.ok("build", "-t", "demo:1", "-o", f"type=oci,dest={tmp_path}/layout.tar", project)
    peers.run("skopeo", "copy", f"oci-archive:{tmp_path}/layout.tar", f"oci:{tmp_path}/layout:one")
    peers.run("umoci", "raw", "unpack", "--image", f"{tmp_path}/layout:one", tmp_path / "root")
    assert (tmp_path / "root" / "app").read_text() == "content"


def test_a_docker_archive_can_be_loaded(busybox, project, tmp_path):
    busybox.ok("build", "-t", "demo:1", "-o", f"type=docker,dest={tmp_path}/x.tar", project)
    other = busybox.sibling("other")
    assert "demo:1" in other.ok("load", "-i", tmp_path / "x.tar").text


def test_several_outputs_of_one_build(busybox, project, tmp_path):
    busybox.ok(
        "build", "-t", "demo", "-o", "type=image", "-o", tmp_path / "files",
        "-o", f"type=oci,dest={tmp_path}/oci.tar", project,
    )
    assert (tmp_path / "files" / "app").exists()
    assert (tmp_path / "oci.tar").exists()
    assert busybox.image_id("demo")


@pytest.mark.parametrize(
    "spec, word",
    [
        ("type=bogus", "bogus"), ("type=oci,dst=x", "did you mean dest"), ("type=local", "dest"),
        ("type=oci,dest=x,compression=lzma", "lzma"), ("type=tar,push=true", "push"),
        ("type=oci,dest=x,compression=gzip,compression-level=12", "12"),
    ],
)
def test_a_wrong_output_is_explained(busybox, project, spec, word):
    assert word in busybox.fails("build", "-o", spec, project).err


def test_push_annotations_and_metadata(busybox, project, registry, tmp_path):
    registry.login(busybox)
    name = registry.repository()
    meta = tmp_path / "meta.json"
    busybox.ok(
        "build", "--push", "-t", name, "--annotation", "org.example.key=value",
        "--annotation", "index:org.example.index=i", "--metadata-file", meta, project,
    )
    said = json.loads(meta.read_text())
    raw = peers.run(
        "skopeo", "inspect", "--raw", "--tls-verify=false",
        "--creds", f"alice:{registry.PASSWORD}", f"docker://{name}",
    )
    index = json.loads(raw)
    assert index["annotations"] == {"org.example.index": "i"}
    assert said["image.name"].endswith("alice/demo:latest")
    import hashlib

    assert said["containerimage.digest"] == "sha256:" + hashlib.sha256(raw.encode()).hexdigest()
    child = peers.run(
        "skopeo", "inspect", "--raw", "--tls-verify=false", "--creds",
        f"alice:{registry.PASSWORD}", f"docker://{name}@{index['manifests'][0]['digest']}",
    )
    assert json.loads(child)["annotations"] == {"org.example.key": "value"}


CROSS = (
    "FROM --platform=$BUILDPLATFORM busybox AS make\nARG TARGETARCH\nRUN echo for $TARGETARCH > /it\n"
    "FROM scratch\nARG TARGETPLATFORM\nCOPY --from=make /it /it\nLABEL p=$TARGETPLATFORM\n"
)


def test_several_platforms_make_one_index(busybox, context, registry, tmp_path):
    context.dockerfile(CROSS)
    registry.login(busybox)
    name = registry.repository()
    busybox.ok("build", "--platform", "linux/amd64,linux/arm64", "-t", name, context)
    busybox.ok("tag", name, name + ":second")
    busybox.ok("push", name + ":second")
    raw = json.loads(peers.run(
        "skopeo", "inspect", "--raw", "--tls-verify=false",
        "--creds", f"alice:{registry.PASSWORD}", f"docker://{name}:second",
    ))
    platforms = [m["platform"]["architecture"] for m in raw["manifests"]]
    assert platforms == ["amd64", "arm64"]
    for arch in platforms:
        peers.run(
            "skopeo", "copy", "--override-arch", arch, "--src-tls-verify=false",
            "--src-creds", f"alice:{registry.PASSWORD}", f"docker://{name}:second",
            f"oci:{tmp_path}/{arch}:x",
        )
        peers.run("umoci", "raw", "unpack", "--image", f"{tmp_path}/{arch}:x", tmp_path / f"r-{arch}")
        assert (tmp_path / f"r-{arch}" / "it").read_text() == f"for {arch}\n"
    busybox.ok("save", "--format", "oci", "-o", tmp_path / "saved.tar", name)
    peers.run("skopeo", "inspect", "--raw", f"oci-archive:{tmp_path}/saved.tar")
    busybox.ok("system", "prune", "-f")
    busybox.check()
    busybox.ok("push", name + ":second")


def test_removing_the_tag_removes_every_platform(busybox, context):
    context.dockerfile(CROSS)
    before = busybox.image_ids()
    busybox.ok("build", "--platform", "linux/amd64,linux/arm64", "-t", "multi", context)
    busybox.ok("rmi", "multi")
    busybox.ok("system", "prune", "-f")
    assert busybox.image_ids() == before
    busybox.check()


def test_files_of_several_platforms_lie_apart(busybox, context, tmp_path):
    context.dockerfile(CROSS)
    flags = ["--platform", "linux/amd64", "--platform", "linux/arm64"]
    busybox.ok("build", *flags, "-o", tmp_path / "out", context)
    assert (tmp_path / "out" / "linux_arm64" / "it").read_text() == "for arm64\n"
    busybox.ok("build", *flags, "-o", f"type=tar,dest={tmp_path}/out.tar", context)
    with tarfile.open(tmp_path / "out.tar") as tar:
        assert tar.extractfile("linux_amd64/it").read() == b"for amd64\n"


def test_a_run_for_another_processor_names_the_way_out(busybox, context, registry):
    """A base that the registry has for both; only one of them can run here."""
    registry.login(busybox)
    name = registry.repository()
    context.dockerfile("FROM scratch\nCOPY Dockerfile /\n")
    busybox.ok("build", "--platform", "linux/amd64,linux/s390x", "-t", name, "--push", context)
    busybox.ok("rmi", name)
    context.dockerfile(f"FROM {name}\nRUN true\n")
    failed = busybox.fails("build", "--platform", "linux/s390x", context)
    assert "linux/s390x" in failed.err and "BUILDPLATFORM" in failed.err
    # The name was not taken by the foreign image.
    assert busybox("inspect", name).code != 0
