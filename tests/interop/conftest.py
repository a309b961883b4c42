"""An image that was built here and published to our registry, for its peers to judge."""

import re
import tempfile

import pytest

from lib.peers import DebianRegistry, Podman


class Published:
    def __init__(self, estiba, registry, path, digest):
        self.estiba = estiba
        self.registry = registry
        self.name = registry.repository(path)
        self.digest = digest
        self.credentials = f"alice:{registry.PASSWORD}"

    @property
    def id(self):
        return self.estiba.image_id(self.name)


@pytest.fixture
def published(busybox, context, registry):
    context.write("app/main", "from the app", mode=0o640)
    context.dockerfile(
        "FROM busybox\nLABEL kind=test\nENV A=1\nWORKDIR /srv\n"
        "RUN echo x > made && ln made linked && rm /etc/group\n"
        "COPY --chown=7:8 app /app\nEXPOSE 80\nVOLUME /data\nUSER 7\n"
        'ENTRYPOINT ["cat"]\nCMD ["/app/main"]\n'
    )
    name = registry.repository()
    busybox.build(context, tag=name)
    registry.login(busybox)
    pushed = busybox.ok("push", name).text
    return Published(
        busybox, registry, "alice/demo", re.search(r"digest: (sha256:\w+)", pushed)[1]
    )


@pytest.fixture
def theirs(tmp_path):
    """Debian's docker-registry."""
    with DebianRegistry(tmp_path / "docker-registry") as registry:
        yield registry


@pytest.fixture
def podman(tmp_path):
    with tempfile.TemporaryDirectory(prefix="podman.") as runroot:
        yield Podman(tmp_path / "podman", runroot)
