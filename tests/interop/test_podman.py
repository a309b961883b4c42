"""podman logs in to our registry, pulls from it, runs the image, and pushes one of its own."""


def login(podman, published):
    podman("login", "--tls-verify=false", "-u", "alice", "-p", published.registry.PASSWORD,
           published.registry.address)


def test_podman_pulls_and_runs_our_image(published, podman):
    login(podman, published)
    podman("pull", "--tls-verify=false", published.name)
    assert podman.run_image(published.name) == "from the app"
    assert podman.run_image(published.name, "/srv/linked") == "x\n"
    assert podman("image", "inspect", "--format", "{{.Id}}", published.name).strip() == (
        published.id.removeprefix("sha256:")
    )


def test_podman_pulls_by_digest(published, podman):
    login(podman, published)
    podman("pull", "--tls-verify=false", f"{published.name}@{published.digest}")


def test_we_pull_and_run_what_podman_pushed(published, podman, busybox_bytes, tmp_path):
    (tmp_path / "busybox.tar").write_bytes(busybox_bytes)
    name = published.registry.repository("alice/of-podman")
    login(podman, published)
    podman("import", "--change", 'CMD ["echo","by podman"]', tmp_path / "busybox.tar", name)
    podman("push", "--tls-verify=false", name)
    other = published.estiba.sibling("other")
    published.registry.login(other)
    other.ok("pull", name)
    assert other.run(name) == "by podman\n"


def test_podman_is_refused_without_a_login(published, podman):
    try:
        podman("pull", "--tls-verify=false", published.name)
    except AssertionError as refusal:
        assert "unauthorized" in str(refusal) or "denied" in str(refusal)
    else:
        raise AssertionError("a stranger pulled a private image")


def test_podman_loads_what_we_save(published, podman, tmp_path):
    published.estiba.ok("save", "-o", tmp_path / "saved.tar", published.name)
    podman("load", "-i", tmp_path / "saved.tar")
    assert podman.run_image(published.name) == "from the app"
