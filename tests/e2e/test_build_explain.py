"""A build says why it did what it did, and lets one look at the state after any step."""

import pytest

import re

from test_build_parallel import steps_of

STEPS = (
    "FROM busybox\nARG LEVEL=1\nENV MODE=a\nCOPY src /src\nRUN echo $LEVEL > /made\nCMD [\"true\"]\n"
)


def explained(busybox, context, *flags):
    """What is said of each instruction."""
    result = busybox.build(context, "--explain", *flags)
    return {
        step: re.findall(r"^ ---> ((?:runs|cached|the base).*)$", said, flags=re.M)
        for step, said in steps_of(result.out).items()
    }


def test_each_step_says_what_changed_from_what_to_what(busybox, context):
    context.write("src/main.c", "one")
    context.write("src/other.c", "same")
    context.dockerfile(STEPS)
    assert explained(busybox, context)["COPY src /src"] == ["runs: it was not built here before"]
    assert explained(busybox, context)["COPY src /src"] == [
        "cached: nothing that it depends on changed"
    ]
    context.write("src/main.c", "two")
    said = explained(busybox, context)
    assert said["ENV MODE=a"] == ["cached: nothing that it depends on changed"]
    [why] = said["COPY src /src"]
    assert re.fullmatch(
        r"runs: the content of src/main.c changed from \"?[0-9a-f]{12}\"? to \"?[0-9a-f]{12}\"?", why
    )
    [why] = said["RUN echo $LEVEL > /made"]
    assert why.startswith("runs: the result of the step before (COPY src /src) changed from sha256:")


def test_arguments_modes_new_and_lost_files_are_named(busybox, context):
    file = context.write("src/main.c", "one", mode=0o644)
    context.dockerfile(STEPS)
    explained(busybox, context)
    [why] = explained(busybox, context, "--build-arg", "LEVEL=2")["RUN echo $LEVEL > /made"]
    assert why == 'runs: the variable LEVEL changed from "1" to "2"'
    file.chmod(0o755)
    context.write("src/new.c", "new")
    said = explained(busybox, context)["COPY src /src"]
    assert "runs: src/new.c was added" in said
    assert "runs: the mode of src/main.c changed from 100644 to 100755" in said
    (context.path / "src/new.c").unlink()
    context.write("src/main.c", "three")
    assert "runs: src/new.c is gone" in explained(busybox, context)["COPY src /src"]


def test_a_moved_base_an_inserted_line_and_a_lost_cache_are_told(busybox, context, busybox_bytes):
    context.write("src/main.c", "one")
    context.dockerfile(STEPS)
    first = busybox.image_id("busybox")
    explained(busybox, context)
    busybox.ok("import", "--change", "ENV NEW=1", "-", "busybox", stdin=busybox_bytes)
    second = busybox.image_id("busybox")
    assert explained(busybox, context)["FROM busybox"] == [f"the base changed from {first} to {second}"]
    context.dockerfile(STEPS.replace("COPY src", "ENV MORE=1\nCOPY src"))
    said = explained(busybox, context)
    assert said["ENV MORE=1"][0].startswith('runs: the instruction changed from "COPY src /src"')
    assert said["COPY src /src"] == ["cached: nothing that it depends on changed"]
    assert said["RUN echo $LEVEL > /made"][0] == 'runs: the variable MORE is new: "1"'
    said = explained(busybox, context, "--no-cache")
    assert said["COPY src /src"] == ["runs: --no-cache was given"]


def test_a_build_ends_after_the_step_that_is_asked_for(busybox, context):
    context.dockerfile(
        "FROM busybox AS tools\nRUN echo tool > /tool\nRUN exit 1\n"
        "FROM busybox AS made\nRUN echo one > /out\nRUN echo two >> /out\n"
        "COPY --from=tools /tool /\nRUN exit 1\n"
    )
    busybox.build(context, "--target", "made@3")
    assert busybox.run("demo", "cat", "/out") == "one\ntwo\n"
    busybox.build(context, "--target", "@2")
    assert busybox.run("demo", "cat", "/out") == "one\n"
    busybox.build(context, "--target", "tools@2")
    assert busybox.run("demo", "cat", "/tool") == "tool\n"
    result = busybox.fails("build", "--target", "made@9", context)
    assert "target step 9 could not be found" in result.err and "has 5 steps" in result.err


def test_a_failed_command_opens_a_shell_where_it_failed(busybox, context):
    context.dockerfile(
        "FROM busybox\nARG A=of-arg\nENV E=of-env\nWORKDIR /w\n"
        "RUN --mount=type=cache,target=/c echo kept > /c/f; echo half > done; exit 7\n"
    )
    result = busybox(
        "build", "--progress=plain", "--on-fail=shell", context,
        stdin="echo $(cat done) $(cat /c/f) $A $E $PWD; exit 3\n",
    )
    assert result.code == 1
    assert "half kept of-arg of-env /w" in result.out
    assert "returned a non-zero code: 7" in result.err
    assert "invalid --on-fail" in busybox.fails("build", "--on-fail=x", context).err


@pytest.mark.parametrize("line", ["COPY nothing /x", "ADD http://127.0.0.1:1/a /x",
                                  "COPY --chown=nobody-of-here app /x"])
def test_a_failed_copy_opens_a_shell_below_it(busybox, context, line):
    context.write("app", "x")
    context.dockerfile(f"FROM busybox\nENV E=of-env\nWORKDIR /w\nRUN echo kept > f\n{line}\n")
    result = busybox("build", "--progress=plain", "--on-fail=shell", context,
                     stdin="echo $(cat f) $E $PWD\n")
    assert result.code == 1
    assert "kept of-env /w" in result.out, str(result)
