"""kill -9 of a pull at random moments: the store stays whole and the pull succeeds again."""

import os

from lib.moments import kill_after, measured, moments


def test_a_killed_pull_leaves_a_whole_store_and_succeeds_again(busybox, context, registry):
    for layer in range(3):
        context.write(f"layer{layer}", os.urandom(2_000_000))
    context.dockerfile("FROM busybox\n" + "".join(f"COPY layer{n} /\n" for n in range(3)))
    name = registry.repository()
    busybox.build(context, tag=name)
    registry.login(busybox)
    busybox.ok("push", name)
    image = busybox.image_id(name)

    other = busybox.sibling("other")
    registry.login(other)

    def forget():
        if other.image_ids():
            other.ok("rmi", "-f", name)
        other.ok("system", "prune", "-a", "-f")

    def pull(_):
        forget()
        other.ok("pull", name)

    duration = max(measured(pull) - measured(lambda _: forget()), 0.02)
    for moment in moments(duration):
        forget()
        code = kill_after(other.start("pull", name), moment)
        other.check()
        if code == 0:
            assert other.image_id(name) == image
        other.ok("pull", name)
        assert other.image_id(name) == image
        assert other.run(name, "sh", "-c", "cat /layer? | wc -c") == "6000000\n"
    other.check()
