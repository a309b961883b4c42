"""--cache-to and --cache-from: what one machine built, another takes."""

import json

import pytest

from test_build_cache import cached_steps

STEPS = (
    "FROM {base} AS tools\nRUN date +%s%N > /tool\n"
    "FROM {base}\nARG X=1\nENV A=b\nCOPY app /app\n"
    "RUN --mount=source=app,target=/in date +%s%N > /made\nCOPY --from=tools /tool /tool\n"
)


@pytest.fixture
def shared(registry, busybox):
    """A machine that is logged in, with a base that others can pull."""
    base = f"{registry.address}/alice/busybox"
    log_in(busybox, registry)
    busybox.ok("tag", "busybox", base)
    busybox.ok("push", base)
    return busybox, base


def log_in(estiba, registry):
    estiba.ok("login", "-u", "alice", "--password-stdin", registry.address,
              stdin=registry.PASSWORD + "\n")


def test_every_step_is_cached_on_another_machine(shared, registry, context):
    busybox, base = shared
    cache = f"{registry.address}/alice/cache:main"
    context.write("app/main", "1")
    context.dockerfile(STEPS.format(base=base))
    assert cached_steps(busybox.build(context, "--cache-to", f"type=registry,ref={cache},mode=max")) == []
    other = busybox.sibling("other")
    log_in(other, registry)
    result = other.build(context, "--cache-from", f"type=registry,ref={cache}", "--pull")
    assert len(cached_steps(result)) == 6, str(result)
    assert other.image_id("demo") == busybox.image_id("demo")
    assert other.run("demo", "cat", "/made") == busybox.run("demo", "cat", "/made")
    other.check()
    # What changed runs, what did not is taken.
    context.write("app/main", "2")
    third = busybox.sibling("third")
    log_in(third, registry)
    again = third.build(context, "--cache-from", f"type=registry,ref={cache}")
    assert "RUN date +%s%N > /tool\n ---> Using cache" in again.out
    assert "COPY app /app\n ---> Using cache" not in again.out


def test_a_directory_keeps_a_cache_and_min_holds_what_the_image_holds(
    shared, registry, context, tmp_path
):
    busybox, base = shared
    context.write("app/main", "1")
    context.dockerfile(STEPS.format(base=base))
    sizes = {}
    for mode in ("min", "max"):
        busybox.build(context, "--cache-to", f"type=local,dest={tmp_path / mode},mode={mode}")
        index = json.loads((tmp_path / mode / "index.json").read_text())
        digest = index["manifests"][0]["digest"].split(":")[1]
        manifest = json.loads((tmp_path / mode / "blobs" / "sha256" / digest).read_text())
        sizes[mode] = len(manifest["layers"])
    assert sizes["min"] == 3 and sizes["max"] == 5
    other = busybox.sibling("other")
    log_in(other, registry)
    result = other.build(context, "--cache-from", f"type=local,src={tmp_path / 'max'}")
    assert len(cached_steps(result)) == 6


def test_an_image_carries_its_own_cache(shared, registry, context):
    busybox, base = shared
    name = f"{registry.address}/alice/app"
    context.write("app/main", "1")
    context.dockerfile(f"FROM {base}\nCOPY app /app\nRUN date +%s%N > /made\nCMD [\"x\"]\n")
    busybox.build(context, "--cache-to", "type=inline", tag=name)
    busybox.ok("push", name)
    other = busybox.sibling("other")
    log_in(other, registry)
    assert cached_steps(other.build(context, "--cache-from", name)) == [2, 3, 4]


def test_a_cache_that_cannot_be_read_is_a_warning(busybox, context, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "index.json").write_text("{")
    context.dockerfile("FROM busybox\nRUN true\n")
    result = busybox.build(
        context, "--cache-from", "127.0.0.1:1/nobody/home",
        "--cache-from", f"type=local,src={tmp_path / 'bad'}",
        "--cache-from", f"type=local,src={tmp_path / 'empty'}",
    )
    assert result.err.count("WARNING") == 3
    for wrong in ("type=registry", "type=moon,ref=x", "type=local,src=x,moon=1"):
        assert "invalid --cache-from" in busybox.fails("build", "--cache-from", wrong, context).err


def layers_of(directory, mode_manifest="index.json"):
    """The cache's manifest and what its config says of steps."""
    def blob(digest):
        return directory / "blobs" / "sha256" / digest.split(":")[1]
    index = json.loads((directory / mode_manifest).read_text())
    manifest = json.loads(blob(index["manifests"][0]["digest"]).read_text())
    steps = json.loads(blob(manifest["config"]["digest"]).read_text())["steps"]
    return {step["description"]: blob(manifest["layers"][step["layer"]]["digest"])
            for step in steps if "layer" in step}


def test_a_layer_that_nobody_needs_is_not_fetched(shared, registry, context, tmp_path):
    busybox, base = shared
    context.write("app/main", "1")
    context.dockerfile(STEPS.format(base=base))
    cache = tmp_path / "cache"
    busybox.build(context, "--cache-to", f"type=local,dest={cache},mode=max")
    layers = layers_of(cache)
    tool = layers["RUN date +%s%N > /tool"]
    kept = tool.read_bytes()
    tool.unlink()  # whoever wanted it would fail
    other = busybox.sibling("other")
    log_in(other, registry)
    result = other.build(context, "--cache-from", f"type=local,src={cache}")
    assert len(cached_steps(result)) == 6 and "WARNING" not in result.err, str(result)
    assert other.image_id("demo") == busybox.image_id("demo")
    other.check()
    # A step that changed and takes files of that stage needs it.
    tool.write_bytes(kept)
    context.dockerfile(STEPS.format(base=base).replace("/tool /tool", "/tool /tool2"))
    third = busybox.sibling("third")
    log_in(third, registry)
    third.build(context, "--cache-from", f"type=local,src={cache}")
    assert third.run("demo", "cat", "/tool2") == busybox.run("demo", "cat", "/tool")
    third.check()


def test_a_layer_that_is_lost_is_made_again(shared, registry, context, tmp_path):
    busybox, base = shared
    context.write("app/main", "1")
    context.dockerfile(STEPS.format(base=base))
    cache = tmp_path / "cache"
    busybox.build(context, "--cache-to", f"type=local,dest={cache},mode=max")
    layers_of(cache)["COPY app /app"].unlink()
    other = busybox.sibling("other")
    log_in(other, registry)
    result = other.build(context, "--cache-from", f"type=local,src={cache}")
    assert "cannot be used" in result.err
    assert other.run("demo", "cat", "/app/main") == "1"
    other.check()


def test_a_cache_of_several_platforms_holds_the_steps_of_all(estiba, context, tmp_path):
    for name in ("amd64", "arm64"):
        context.write(name, name)
    context.dockerfile("FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /arch\nLABEL a=b\n")
    cache = tmp_path / "cache"
    platforms = "--platform", "linux/amd64,linux/arm64"
    built = estiba.build(context, *platforms, "--cache-to", f"type=local,dest={cache},mode=max")
    for platform in ("linux/amd64", "linux/arm64"):
        assert f"{platform} | Step 1/4 : FROM scratch" in built.out
    other = estiba.sibling("other")
    result = other.build(context, *platforms, "--cache-from", f"type=local,src={cache}")
    assert result.out.count(" ---> Using cache") == 6, str(result)
