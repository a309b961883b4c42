"""umoci unpacks the OCI layout that we save."""

import json
import tarfile

from lib.peers import run


def test_umoci_unpacks_our_layout(published, tmp_path):
    estiba = published.estiba
    estiba.ok("tag", published.name, "demo:1.0")
    estiba.ok("save", "--format", "oci", "-o", tmp_path / "oci.tar", "demo:1.0")
    layout = tmp_path / "layout"
    with tarfile.open(tmp_path / "oci.tar") as archive:
        archive.extractall(layout)
    index = json.loads((layout / "index.json").read_text())
    tag = index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"]
    assert tag.endswith("1.0")
    if tag != "1.0":
        # umoci takes only the tag itself as a name.
        index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] = "1.0"
        (layout / "index.json").write_text(json.dumps(index))

    run("umoci", "unpack", "--image", f"{layout}:1.0", tmp_path / "bundle")
    root = tmp_path / "bundle" / "rootfs"
    assert (root / "app" / "main").read_text() == "from the app"
    status = (root / "app" / "main").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (7, 8, 0o640)
    assert (root / "srv" / "made").stat().st_ino == (root / "srv" / "linked").stat().st_ino
    assert not (root / "etc" / "group").exists()
    process = json.loads((tmp_path / "bundle" / "config.json").read_text())["process"]
    assert process["args"] == ["cat", "/app/main"]
    assert process["cwd"] == "/srv"
    assert "A=1" in process["env"]
