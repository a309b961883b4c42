"""kill -9 of a build at random moments: the store stays whole and the build succeeds again."""

import os
import time

from lib.moments import kill_after, measured, moments

DOCKERFILE = """FROM busybox
ARG N
COPY big /big
RUN echo $N > /n && cp /big /copy
COPY --from=busybox /bin/busybox /second
RUN rm /copy && cat /n /n > /twice
"""


def test_a_killed_build_leaves_a_whole_store_and_succeeds_again(busybox, context):
    context.dockerfile(DOCKERFILE)

    def arguments(number):
        context.write("big", os.urandom(2_000_000))
        return "build", "-t", "demo", "--build-arg", f"N={number}", str(context)

    duration = measured(lambda number: busybox.ok(*arguments(f"warm{number}")))
    for number, moment in enumerate(moments(duration)):
        command = arguments(number)
        before = busybox.image_id("demo")
        code = kill_after(busybox.start(*command), moment)
        busybox.check()
        if code == 0:
            assert busybox.image_id("demo") != before
        busybox.ok(*command)
        assert busybox.run("demo", "cat", "/twice") == f"{number}\n{number}\n"
        if number % 10 == 9:
            busybox.ok("system", "prune", "-f")
            busybox.check()
    assert_no_process_is_left(busybox)


def assert_no_process_is_left(estiba, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while True:
        left = [
            pid for pid in os.listdir("/proc")
            if pid.isdigit() and str(estiba.folder).encode() in command_line(pid)
        ]
        if not left:
            return
        assert time.monotonic() < deadline, [command_line(pid) for pid in left]
        time.sleep(0.05)


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""
