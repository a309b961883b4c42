"""The step cache: what is used again, and what makes a step run anew."""

import os

STEPS = "FROM busybox\nRUN date +%N > /first\nCOPY app /app\nRUN date +%N > /last\n"


def cached_steps(result):
    """The numbers of the steps that came from the cache."""
    numbers = []
    step = 0
    for line in result.text.splitlines():
        if line.startswith("Step "):
            step = int(line.split()[1].split("/")[0])
        elif "Using cache" in line:
            numbers.append(step)
    return numbers


def build(estiba, context, *flags):
    return cached_steps(estiba.build(context, *flags))


def test_an_unchanged_build_is_all_cached_and_gives_the_same_image(busybox, context):
    context.write("app/main", "1")
    context.dockerfile(STEPS)
    assert build(busybox, context) == []
    first = busybox.image_id("demo")
    assert build(busybox, context) == [2, 3, 4]
    assert busybox.image_id("demo") == first


def test_a_changed_file_runs_its_step_and_those_after(busybox, context):
    context.write("app/main", "1")
    context.dockerfile(STEPS)
    build(busybox, context)
    context.write("app/main", "2")
    assert build(busybox, context) == [2]
    assert busybox.run("demo", "cat", "/app/main") == "2"


def test_a_touched_file_with_the_same_content_stays_cached(busybox, context):
    file = context.write("app/main", "1")
    context.dockerfile(STEPS)
    build(busybox, context)
    os.utime(file, (1_500_000_000, 1_500_000_000))
    assert build(busybox, context) == [2, 3, 4]


def test_a_changed_mode_runs_the_step(busybox, context):
    file = context.write("app/main", "1", mode=0o644)
    context.dockerfile(STEPS)
    build(busybox, context)
    os.chmod(file, 0o755)
    assert build(busybox, context) == [2]


def test_a_file_outside_of_what_is_copied_changes_nothing(busybox, context):
    context.write("app/main", "1")
    context.dockerfile(STEPS)
    build(busybox, context)
    context.write("elsewhere", "x")
    assert build(busybox, context) == [2, 3, 4]


def test_a_changed_instruction_runs_it_and_those_after(busybox, context):
    context.write("app/main", "1")
    context.dockerfile(STEPS)
    build(busybox, context)
    context.dockerfile(STEPS.replace("/first", "/other"))
    # The COPY's own inputs are the same files, but it now stands on other layers.
    assert 2 not in build(busybox, context)


def test_no_cache_runs_everything(busybox, context):
    context.write("app/main", "1")
    context.dockerfile(STEPS)
    build(busybox, context)
    assert build(busybox, context, "--no-cache") == []


def test_a_build_argument_counts_from_where_it_is_declared(busybox, context):
    context.dockerfile("FROM busybox\nRUN true\nARG V\nRUN echo $V > /v\n")
    assert build(busybox, context, "--build-arg", "V=1") == []
    assert build(busybox, context, "--build-arg", "V=2")[:1] == [2]
    assert busybox.run("demo", "cat", "/v") == "2\n"
    assert 4 in build(busybox, context, "--build-arg", "V=1")
    assert busybox.run("demo", "cat", "/v") == "1\n"


def test_a_changed_base_runs_everything(busybox, context, busybox_bytes):
    context.dockerfile("FROM busybox\nRUN date +%N > /f\n")
    build(busybox, context)
    busybox.ok("import", "--change", "ENV X=1", "-", "busybox", stdin=busybox_bytes)
    build(busybox, context)
    assert "X=1" in busybox.inspect("demo")["Config"]["Env"]


def test_a_failed_build_keeps_what_went_well(busybox, context):
    context.dockerfile("FROM busybox\nRUN date +%N > /f\nRUN exit 3\n")
    busybox.fails("build", "-t", "demo", context)
    context.dockerfile("FROM busybox\nRUN date +%N > /f\nRUN exit 0\n")
    assert build(busybox, context) == [2]


def test_the_cache_outlives_the_tag_until_it_is_pruned(busybox, context):
    context.dockerfile("FROM busybox\nRUN date +%N > /f\n")
    build(busybox, context)
    assert build(busybox, context) == [2]
    busybox.ok("rmi", "demo")
    busybox.ok("system", "prune", "-f")
    assert build(busybox, context) == []


def test_two_builds_at_once_both_succeed(busybox, context):
    context.dockerfile("FROM busybox\nRUN sleep 1; date +%N > /f\n")
    both = [busybox.start("build", "-t", f"demo{i}", str(context)) for i in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    busybox.check()
