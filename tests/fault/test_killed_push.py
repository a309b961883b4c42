"""kill -9 of a push at random moments: the store stays whole and the push succeeds again."""

import os

from lib.moments import kill_after, measured, moments
from lib.tars import Entry, make_tar


def import_new_image(estiba, name):
    content = os.urandom(1_000_000) + bytes(3_000_000)
    estiba.ok("import", "-", name, stdin=make_tar([("data", Entry("file", content=content))]))
    return content


def test_a_killed_push_leaves_a_whole_store_and_succeeds_again(estiba, registry):
    registry.login(estiba)
    name = registry.repository()

    def push(number):
        import_new_image(estiba, f"{name}:warm{number}")
        return estiba.ok("push", f"{name}:warm{number}")

    def only_import(number):
        import_new_image(estiba, f"{name}:import{number}")

    duration = max(measured(push) - measured(only_import), 0.02)
    for number, moment in enumerate(moments(duration)):
        tag = f"{name}:{number}"
        import_new_image(estiba, tag)
        kill_after(estiba.start("push", tag), moment)
        estiba.check()
        estiba.ok("push", tag)
        other = estiba.sibling(f"other{number % 2}")
        registry.login(other)
        other.ok("pull", tag)
        assert other.image_id(tag) == estiba.image_id(tag)
        other.check()
        other.ok("rmi", tag)
        estiba.ok("rmi", tag)
