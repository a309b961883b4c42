"""builder du and prune: what builds keep, and giving it back."""

import json

from test_build_cache import cached_steps

STEPS = (
    "FROM busybox\nRUN head -c 3000000 /dev/urandom > /big\n"
    "RUN --mount=type=cache,target=/c head -c 2000000 /dev/urandom > /c/blob; true\n"
)


def entries(estiba, *flags):
    """ID to (reclaimable, description)."""
    lines = estiba.ok("builder", "du", *flags).out.splitlines()[1:-2]
    return {line.split()[0]: (line.split()[1], line) for line in lines}


def test_du_lists_steps_and_cache_mounts(busybox, context):
    context.dockerfile(STEPS)
    busybox.build(context)
    found = entries(busybox)
    assert any("/dev/urandom > /big" in line and flag == "false" for flag, line in found.values())
    mounts = entries(busybox, "--filter", "type=exec.cachemount")
    [(flag, line)] = mounts.values()
    assert flag == "true" and line.endswith("/c") and "2.0" in line
    busybox.ok("rmi", "-f", "demo")
    assert all(flag == "true" for flag, _ in entries(busybox).values())
    assert "Total:" in busybox.ok("builder", "du", "--verbose").out


def test_prune_keeps_what_images_share_unless_all_is_asked_for(busybox, context):
    context.dockerfile(STEPS)
    busybox.build(context)
    result = busybox.ok("builder", "prune", "-f")
    assert "Total reclaimed space: 2" in result.out
    assert cached_steps(busybox.build(context)) == [2, 3]
    busybox.ok("builder", "prune", "-a", "-f")
    assert entries(busybox) == {}
    assert cached_steps(busybox.build(context)) == []
    busybox.check()


def test_prune_filters_and_stops_at_what_is_to_be_kept(busybox, context):
    context.dockerfile(STEPS)
    busybox.build(context)
    before = entries(busybox)
    busybox.ok("builder", "prune", "-a", "-f", "--filter", "until=1h")
    busybox.ok("builder", "prune", "-a", "-f", "--keep-storage", "1g")
    assert entries(busybox).keys() == before.keys()
    busybox.ok("builder", "prune", "-f", "--filter", "type=exec.cachemount")
    assert entries(busybox, "--filter", "type=exec.cachemount") == {}
    assert cached_steps(busybox.build(context)) == [2, 3]
    assert busybox("builder", "prune", "-a").code == 1  # nobody can be asked
    assert "invalid filter" in busybox.fails("builder", "prune", "-f", "--filter", "moon=1").err


def test_a_pruned_step_gives_its_space_back(busybox, context):
    context.dockerfile(STEPS)
    busybox.build(context)
    busybox.ok("rmi", "-f", "demo")
    reclaimed = busybox.ok("builder", "prune", "-f").out.splitlines()[-1]
    assert reclaimed.startswith("Total reclaimed space: 5"), reclaimed
    busybox.check()


def test_the_whole_store_counts_and_prunes_cache_mounts_and_what_contexts_left(busybox, context):
    context.dockerfile(
        "FROM busybox\nRUN --mount=type=cache,target=/c head -c 3000000 /dev/zero > /c/big\n")
    busybox.build(context)

    def cache():
        lines = busybox.ok("system", "df", "--format", "json").out.splitlines()
        rows = {row["Type"]: row for row in map(json.loads, lines)}
        return rows["Build Cache"]

    remembered = busybox.root / "context-cache"
    assert list(remembered.glob("*.steps")) and cache()["Size"].startswith("3")
    busybox.ok("system", "prune", "-f")
    assert not list(remembered.glob("*.steps")) and cache()["Size"] == "0B"
    assert "mount" not in busybox.ok("builder", "du").out
    busybox.build(context)
    busybox.ok("builder", "prune", "-f", "--filter", "type=regular")
    assert list(remembered.glob("*.steps"))
    busybox.ok("builder", "prune", "-a", "-f")
    assert not list(remembered.glob("*.steps"))
