"""skopeo copies our images out of and into our registry."""

import json

from lib.hostile import digest_of
from lib.peers import run


def test_an_image_leaves_for_an_oci_layout_and_comes_back_unchanged(published, tmp_path):
    layout = tmp_path / "layout"
    source, copy = (f"docker://{published.registry.repository(p)}" for p in ("alice/demo", "alice/back"))
    run("skopeo", "copy", "--src-tls-verify=false", "--src-creds", published.credentials,
        f"{source}:latest", f"oci:{layout}:demo")
    index = json.loads((layout / "index.json").read_text())
    assert index["manifests"][0]["digest"] == published.digest

    run("skopeo", "copy", "--dest-tls-verify=false", "--dest-creds", published.credentials,
        f"oci:{layout}:demo", f"{copy}:latest")
    raw = run("skopeo", "inspect", "--raw", "--tls-verify=false", "--creds", published.credentials,
              f"{copy}:latest")
    assert digest_of(raw.encode()) == published.digest

    other = published.estiba.sibling("other")
    published.registry.login(other)
    other.ok("pull", published.registry.repository("alice/back"))
    assert other.image_id(published.registry.repository("alice/back")) == published.id


def test_its_view_of_the_configuration_is_ours(published):
    config = json.loads(run(
        "skopeo", "inspect", "--config", "--tls-verify=false", "--creds", published.credentials,
        f"docker://{published.name}:latest",
    ))
    ours = published.estiba.inspect(published.name)
    assert config["rootfs"]["diff_ids"] == ours["RootFS"]["Layers"]
    assert config["architecture"] == ours["Architecture"]
    for field in ("Env", "Entrypoint", "Cmd", "Labels", "ExposedPorts", "Volumes", "User",
                  "WorkingDir"):
        assert config["config"][field] == ours["Config"][field], field
    assert len(config["history"]) == len(
        published.estiba.ok("history", "-q", published.name).out.splitlines()
    )


def test_it_lists_and_inspects_our_tags(published):
    published.estiba.ok("tag", published.name, published.name + ":v1.0")
    published.estiba.ok("push", published.name + ":v1.0")
    listed = json.loads(run(
        "skopeo", "list-tags", "--tls-verify=false", "--creds", published.credentials,
        f"docker://{published.name}",
    ))
    assert listed["Tags"] == ["latest", "v1.0"]
    seen = json.loads(run(
        "skopeo", "inspect", "--tls-verify=false", "--creds", published.credentials,
        f"docker://{published.name}:v1.0",
    ))
    assert seen["Digest"] == published.digest


def test_a_saved_archive_of_either_format_can_be_read(published, tmp_path):
    for form, scheme in (("docker", "docker-archive"), ("oci", "oci-archive")):
        path = tmp_path / f"{form}.tar"
        published.estiba.ok("save", "--format", form, "-o", path, published.name)
        config = json.loads(run("skopeo", "inspect", "--config", f"{scheme}:{path}"))
        assert config["rootfs"]["diff_ids"] == (
            published.estiba.inspect(published.name)["RootFS"]["Layers"]
        )


def test_its_archives_load_here(published, tmp_path):
    for scheme in ("docker-archive", "oci-archive"):
        path = tmp_path / f"{scheme}.tar"
        run("skopeo", "copy", "--src-tls-verify=false", "--src-creds", published.credentials,
            f"docker://{published.name}:latest", f"{scheme}:{path}:copied:1")
        other = published.estiba.sibling(scheme)
        other.ok("load", "-i", path)
        assert published.id in other.image_ids()


def test_docker_schema_2_goes_both_ways(published):
    name = published.registry.repository("alice/schema2")
    run("skopeo", "copy", "--format", "v2s2", "--src-tls-verify=false", "--dest-tls-verify=false",
        "--src-creds", published.credentials, "--dest-creds", published.credentials,
        f"docker://{published.name}:latest", f"docker://{name}:latest")
    other = published.estiba.sibling("other")
    published.registry.login(other)
    other.ok("pull", name)
    assert other.run(name) == "from the app"
