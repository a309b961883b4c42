"""kill -9 of the registry during pushes: what it acknowledged stays, what it did not can be sent again."""

import os
import re
import time

from lib.moments import measured, moments
from lib.tars import Entry, make_tar


def import_new_image(estiba, name):
    content = os.urandom(1_000_000) + bytes(3_000_000)
    estiba.ok("import", "-", name, stdin=make_tar([("data", Entry("file", content=content))]))


def pull_anew(estiba, registry, name, number):
    other = estiba.sibling(f"other{number % 2}")
    registry.login(other)
    other.ok("pull", name)
    assert other.image_id(name) == estiba.image_id(name)
    other.check()
    other.ok("rmi", name)


def test_a_killed_registry_keeps_what_it_acknowledged(estiba, registry):
    registry.login(estiba)
    repository = registry.repository()

    def import_and_push(number):
        import_new_image(estiba, f"{repository}:warm{number}")
        estiba.ok("push", f"{repository}:warm{number}")

    def only_import(number):
        import_new_image(estiba, f"{repository}:import{number}")

    duration = max(measured(import_and_push) - measured(only_import), 0.02)
    import_new_image(estiba, f"{repository}:first")
    pushed = estiba.ok("push", f"{repository}:first").text
    first = re.search(r"digest: (sha256:\w+)", pushed)[1]

    for number, moment in enumerate(moments(duration)):
        name = f"{repository}:{number}"
        import_new_image(estiba, name)
        push = estiba.start("push", name)
        time.sleep(moment)
        acknowledged = push.poll() == 0
        registry.kill()
        registry.start()
        # A push that noticed nothing, or went on after the restart, must have told the truth.
        acknowledged = push.wait(timeout=120) == 0 or acknowledged
        if not acknowledged:
            estiba.ok("push", name)
        pull_anew(estiba, registry, name, number)
        estiba.ok("rmi", name)
    estiba.sibling("last").ok(
        "login", "-u", "alice", "--password-stdin", registry.address, stdin=registry.PASSWORD
    )
    estiba.sibling("last").ok("pull", f"{repository}@{first}")
    estiba.check()
