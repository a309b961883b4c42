"""A registry that is started from a configuration file."""

import contextlib
import subprocess
import time

from lib.registry import Registry, wait_until_it_answers
from lib.wire import Wire


class ConfiguredRegistry(Registry):
    """`text` is TOML besides listen and data; {port} in it is the registry's."""

    def __init__(self, estiba, data, text="", listen=None):
        super().__init__(estiba, data)
        self.config = data.parent / (data.name + ".toml")
        listen = listen or [self.address]
        self.config.write_text(f"listen = {listen}\ndata = \"{data}\"\n{text}")

    def start(self, **options):
        self.log = open(self.log_path, "ab")
        self.process = self.estiba.start(
            "serve", "--config", self.config, stdout=self.log, stderr=subprocess.STDOUT, **options
        )
        self.wait()

    def wait(self):
        wait_until_it_answers(self.port, self.process, "estiba serve")

    def wire(self, name="alice", password=Registry.PASSWORD, **options):
        return Wire(self.address, name, password, **options)

    def nobody(self):
        return Wire(self.address)


@contextlib.contextmanager
def configured_registries(estiba, folder, prepare=lambda registry: None):
    """start(text) starts a registry that has alice, and what `prepare` gives it; in the end all stop."""
    started = []

    def start(text=""):
        registry = ConfiguredRegistry(estiba, folder / f"registry{len(started)}", text)
        registry.add_user("alice")
        prepare(registry)
        registry.start()
        started.append(registry)
        return registry

    yield start
    for registry in started:
        registry.stop()


def eventually(check, timeout_s=10):
    """The first true value of `check()`."""
    deadline = time.monotonic() + timeout_s
    while not (value := check()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
    return value
