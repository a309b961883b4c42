"""The whole story on a real Debian: build, tag, publish, pull elsewhere, run."""

import re
import shutil

from lib.program import TOP

DIGEST = r"sha256:[0-9a-f]{64}"


def short_ids(text):
    return re.findall(r"^ ---> ([0-9a-f]{12})$", text, re.M)


def test_debian_is_extended_published_and_run_elsewhere(debian, registry, tmp_path):
    example = tmp_path / "example"
    shutil.copytree(TOP / "examples" / "debian-ssh-vim", example)

    built = debian.build(example, "--network", "host", timeout=900)
    for line in (
        "Step 1/4 : FROM debian", "Step 2/4 : RUN apt-get update",
        "Step 3/4 : RUN apt-get -y install ssh vim", "Step 4/4 : COPY ./app /app",
        "Successfully tagged demo:latest",
    ):
        assert line in built.text.splitlines()
    assert len(short_ids(built.text)) == 4
    image = re.search(r"^Successfully built ([0-9a-f]{12})$", built.text, re.M)[1]
    assert image == short_ids(built.text)[-1]

    again = debian.build(example, "--network", "host")
    assert again.text.count(" ---> Using cache") == 3
    assert image == re.search(r"^Successfully built ([0-9a-f]{12})$", again.text, re.M)[1]

    debian.ok("tag", image, "demo:1.0")
    assert debian.image_id("demo:1.0") == debian.image_id("demo")
    assert debian.run("demo:1.0", "/app/hello.sh").startswith("Hello from Debian")
    assert "VIM" in debian.run("demo", "vim", "--version")

    name = registry.repository("alice/debian-ssh-vim")
    registry.login(debian)
    debian.ok("tag", "demo", name)
    latest = debian.ok("push", name, timeout=600)
    assert len(re.findall(r": Pushed$", latest.text, re.M)) == 4
    debian.ok("tag", name + ":latest", name + ":v1.0")
    numbered = debian.ok("push", name + ":v1.0")
    assert len(re.findall(r": Layer already exists$", numbered.text, re.M)) == 4
    digest = re.search(rf"^latest: digest: ({DIGEST}) size: \d+$", latest.text, re.M)[1]
    assert f"v1.0: digest: {digest} size: " in numbered.text

    elsewhere = debian.sibling("elsewhere")
    registry.login(elsewhere)
    elsewhere.ok("pull", name + ":v1.0", timeout=600)
    elsewhere.ok("pull", f"{name}@{digest}")
    assert elsewhere.image_id(f"{name}@{digest}") == debian.image_id("demo")
    assert elsewhere.run(f"{name}:v1.0", "/app/hello.sh").startswith("Hello from Debian")
    assert "OpenSSH" in elsewhere("run", "--rm", f"{name}@{digest}", "ssh", "-V").text
    elsewhere.check()
    debian.check()
