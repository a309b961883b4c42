"""buildah logs in, pulls, pushes images and manifest lists; skopeo carries artifacts."""

import json

import pytest

from lib.exchange import Table
from lib.oci_documents import MANIFEST, descriptor, image
from lib.peers import run
from lib.registry_api import api


@pytest.fixture
def buildah(published, tmp_path):
    """A function that runs buildah, logged in as alice."""
    auth = tmp_path / "auth.json"

    def command(*args):
        return run("buildah", "--root", tmp_path / "b", "--runroot", tmp_path / "br",
                   "--storage-driver", "vfs", *args, env={
                       "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(tmp_path),
                       "REGISTRY_AUTH_FILE": str(auth)})
    command("login", "--tls-verify=false", "-u", "alice", "-p", published.registry.PASSWORD,
            published.registry.address)
    return command


def test_buildah_pulls_and_pushes_images_and_lists(published, buildah, tmp_path):
    buildah("pull", "--tls-verify=false", published.name)
    container = buildah("from", "--pull-never", published.name).strip()
    (tmp_path / "added").write_text("added")
    buildah("copy", container, tmp_path / "added", "/added")
    buildah("config", "--cmd", "/added", "--entrypoint", '["cat"]', container)
    for form in ("oci", "docker"):
        mine = published.registry.repository(f"alice/of-buildah:{form}")
        buildah("commit", "--format", form, container, mine)
        buildah("push", "--tls-verify=false", mine)
        other = published.estiba.sibling(form)
        published.registry.login(other)
        other.ok("pull", mine)
        assert other.run(mine) == "added"

    listed = published.registry.repository("alice/list")
    buildah("manifest", "create", listed)
    buildah("manifest", "add", "--tls-verify=false", listed, f"docker://{mine}")
    buildah("manifest", "push", "--all", "--tls-verify=false", listed, f"docker://{listed}")
    raw = json.loads(run("skopeo", "inspect", "--raw", "--tls-verify=false", "--creds",
                         published.credentials, f"docker://{listed}:latest"))
    assert len(raw["manifests"]) == 1


def test_skopeo_copies_an_index_with_all_that_it_holds(published, tmp_path):
    table = Table(api(published.registry), "skopeo")
    table.repository = "alice/many"
    entries = []
    for architecture in ("amd64", "arm64"):
        config = json.dumps({"architecture": architecture, "os": "linux", "rootfs": {
            "type": "layers", "diff_ids": []}}).encode()
        table.add_blob(config)
        manifest = json.dumps(image(config, [])).encode()
        table.add_manifest(manifest)
        entries.append(descriptor(manifest, MANIFEST, platform={
            "os": "linux", "architecture": architecture}))
    index = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                        "manifests": entries}).encode()
    digest = table.add_manifest(index, "latest")
    source, copy = (published.registry.repository(f"alice/{name}") for name in ("many", "copied"))
    run("skopeo", "copy", "--all", "--src-tls-verify=false", "--dest-tls-verify=false",
        "--src-creds", published.credentials, "--dest-creds", published.credentials,
        f"docker://{source}:latest", f"docker://{copy}:latest")
    table.repository = "alice/copied"
    assert table.send("GET", table.path(f"manifests/{digest}")).body == index
    run("skopeo", "delete", "--tls-verify=false", "--creds", published.credentials,
        f"docker://{copy}:latest")
    assert table.send("GET", table.path("manifests/latest")).status == 404
    table.close()
