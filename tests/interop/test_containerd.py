"""containerd's ctr: pull, push, and whole indexes."""

import pytest

from lib.peers import containerd, run


@pytest.fixture
def ctr(tmp_path):
    with containerd(tmp_path / "containerd") as command:
        yield command


def test_ctr_pulls_our_image_and_pushes_it_elsewhere(published, ctr):
    login = ["--plain-http", "--user", published.credentials]
    ours, copy = (published.registry.repository(f"alice/{n}:latest") for n in ("demo", "of-ctr"))
    ctr("images", "pull", "--snapshotter", "native", *login, ours)
    assert published.digest in ctr("images", "ls")
    ctr("images", "tag", ours, copy)
    ctr("images", "push", *login, copy)
    other = published.estiba.sibling("other")
    published.registry.login(other)
    other.ok("pull", copy)
    assert other.run(copy) == "from the app"


def test_ctr_carries_an_index(published, ctr, tmp_path):
    login = ["--plain-http", "--user", published.credentials]
    ours, listed = (published.registry.repository(f"alice/{n}:latest") for n in ("demo", "index"))
    buildah = ["buildah", "--root", tmp_path / "b", "--runroot", tmp_path / "br",
               "--storage-driver", "vfs"]
    run(*buildah, "manifest", "create", "both")
    for _ in range(2):
        run(*buildah, "manifest", "add", "--tls-verify=false", "--creds", published.credentials,
            "both", f"docker://{ours}")
    run(*buildah, "manifest", "push", "--all", "--format", "oci", "--tls-verify=false", "--creds",
        published.credentials, "both", f"docker://{listed}")
    ctr("images", "pull", "--snapshotter", "native", "--all-platforms", *login, listed)
    copy = published.registry.repository("alice/index-copy:latest")
    ctr("images", "tag", listed, copy)
    ctr("images", "push", *login, copy)
    other = published.estiba.sibling("other")
    published.registry.login(other)
    other.ok("pull", copy)
    assert other.image_id(copy) == published.id
