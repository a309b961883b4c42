"""Independent stages run at the same time; what is told of them stays readable."""

import re
import signal
import time

from lib.program import processes_with_argument
from test_build_cache import cached_steps

FOUR = (
    "FROM busybox AS a\nRUN sleep 1; echo from-a | tee /out\n"
    "FROM busybox AS b\nRUN sleep 1; echo from-b | tee /out\n"
    "FROM busybox AS c\nRUN sleep 1; echo from-c | tee /out\n"
    "FROM busybox AS d\nRUN sleep 1; echo from-d | tee /out\n"
    "FROM scratch\nCOPY --from=a /out /a\nCOPY --from=b /out /b\n"
    "COPY --from=c /out /c\nCOPY --from=d /out /d\n"
)


def steps_of(out):
    """The text of each step, by what its instruction is."""
    parts = re.split(r"^Step \d+/\d+ : ", out, flags=re.M)[1:]
    return {part.split("\n", 1)[0]: part for part in parts}


def test_independent_stages_run_at_the_same_time_and_are_told_one_after_the_other(busybox, context):
    context.dockerfile(FOUR)
    started = time.monotonic()
    result = busybox.build(context)
    # One after the other they sleep four seconds.
    assert time.monotonic() - started < 3.2
    steps = steps_of(result.out)
    for name in "abcd":
        own = steps[f"RUN sleep 1; echo from-{name} | tee /out"]
        assert re.findall("from-.", own.split("\n", 1)[1]) == [f"from-{name}"]


def test_one_job_runs_one_step_at_a_time(busybox, context):
    context.dockerfile(FOUR.replace("sleep 1", "sleep 0.3"))
    started = time.monotonic()
    busybox.build(context, "--jobs", "1")
    assert time.monotonic() - started > 1.2


def test_equal_steps_of_two_stages_are_carried_out_once(busybox, context):
    context.dockerfile(
        "FROM busybox AS a\nRUN sleep 0.3; head -c 8 /dev/urandom > /r\n"
        "FROM busybox AS b\nRUN sleep 0.3; head -c 8 /dev/urandom > /r\n"
        "FROM busybox\nCOPY --from=a /r /a\nCOPY --from=b /r /b\nRUN cmp /a /b\n"
    )
    busybox.build(context)


def test_a_failure_stops_the_steps_beside_it_and_leaves_nothing(busybox, context):
    context.dockerfile(
        "FROM busybox AS slow\nRUN echo slowly; sleep 30; touch /out\n"
        "FROM busybox AS broken\nRUN sleep 0.3; echo why it broke; exit 3\n"
        "FROM scratch\nCOPY --from=slow /out /\nCOPY --from=broken /out /\n"
    )
    started = time.monotonic()
    result = busybox("build", "--progress=plain", context)
    assert time.monotonic() - started < 10
    assert result.code == 1
    assert "Dockerfile:4" in result.err and "returned a non-zero code: 3" in result.err
    # The last words are those of the step that failed.
    assert result.out.index("slowly") < result.out.index("why it broke")
    assert "demo" not in busybox.ok("images").out


def test_an_interrupt_ends_all_steps(busybox, context):
    context.dockerfile(FOUR.replace("sleep 1;", "sleep 30.125 &&"))
    process = busybox.start("build", "--progress=plain", context)
    deadline = time.monotonic() + 10
    while len(processes_with_argument("30.125")) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(processes_with_argument("30.125")) == 4
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 130
    assert not processes_with_argument("30.125")


def test_no_cache_filter_carries_out_one_stage(busybox, context):
    context.dockerfile(
        "FROM busybox AS one\nRUN echo 1 > /out\n"
        "FROM busybox AS two\nRUN echo 2 > /out\n"
        "FROM scratch\nCOPY --from=one /out /one\nCOPY --from=two /out /two\n"
    )
    busybox.build(context, "--jobs", "1")
    again = busybox.build(context, "--jobs", "1", "--no-cache-filter", "two")
    ran = [text for text, said in steps_of(again.out).items() if "Using cache" not in said]
    assert "RUN echo 2 > /out" in ran and "RUN echo 1 > /out" not in ran


def test_stages_that_the_target_does_not_need_never_run(busybox, context):
    context.dockerfile(
        "FROM busybox AS unneeded\nRUN exit 1\nFROM no.such.registry.invalid/image AS unreachable\n"
        "FROM busybox\nRUN true\n"
    )
    result = busybox.build(context)
    assert "exit 1" not in result.out
    assert cached_steps(busybox.build(context)) == [2]


def test_equal_layers_may_stand_in_one_image(busybox, context):
    context.dockerfile(
        "FROM busybox\nRUN true\nRUN true\nRUN echo 1 > /f\nRUN rm /f\nRUN echo 2 > /g\nRUN rm -f /g\n"
        "RUN true\nRUN test ! -e /f && test ! -e /g\n"
    )
    busybox.build(context)
    assert busybox.run("demo", "sh", "-c", "ls -d /f /g 2>/dev/null || true") == ""
