"""What `estiba build` says while it works."""

import json
import os
import pty
import re
import subprocess

DOCKERFILE = "FROM busybox\nRUN echo from-the-step\nCOPY app /app\nCMD [\"true\"]\n"


def test_plain_output_is_the_one_of_the_classic_builder(busybox, context):
    context.write("app", "x")
    context.dockerfile(DOCKERFILE)
    text = busybox.build(context).text
    short = r"[0-9a-f]{12}"
    for pattern in [
        rf"^Step 1/4 : FROM busybox\n ---> {short}$",
        r"^Step 2/4 : RUN echo from-the-step\n ---> Running in",
        r"^from-the-step$",
        r"^Step 3/4 : COPY app /app$",
        rf"^Step 4/4 : CMD \[\"true\"\]$",
        rf"^Successfully built {short}$",
        r"^Successfully tagged demo:latest$",
    ]:
        assert re.search(pattern, text, re.M), f"{pattern} not in:\n{text}"
    built = re.search(r"Successfully built (\w+)", text)[1]
    assert busybox.image_id("demo").startswith(f"sha256:{built}")


def test_a_cached_step_says_so(busybox, context):
    context.write("app", "x")
    context.dockerfile(DOCKERFILE)
    busybox.build(context)
    text = busybox.build(context).text
    assert text.count(" ---> Using cache") == 3
    assert "from-the-step" not in text.replace("RUN echo from-the-step", "")


def test_every_tag_is_reported(busybox, context):
    context.dockerfile("FROM busybox\n")
    text = busybox.build(context, "-t", "other:2").text
    assert "Successfully tagged demo:latest" in text
    assert "Successfully tagged other:2" in text
    assert busybox.image_id("demo") == busybox.image_id("other:2")


def test_quiet_prints_only_the_id(busybox, context):
    context.dockerfile("FROM busybox\nRUN echo noise\n")
    result = busybox.ok("build", "-q", "-t", "demo", context)
    assert result.out.strip() == busybox.image_id("demo")
    assert "noise" not in result.text


def test_the_id_can_be_written_to_a_file(busybox, context, tmp_path):
    context.dockerfile("FROM busybox\n")
    busybox.build(context, "--iidfile", tmp_path / "iid")
    assert (tmp_path / "iid").read_text() == busybox.image_id("demo")


def test_json_progress_is_one_object_a_line(busybox, context):
    context.write("app", "x")
    context.dockerfile(DOCKERFILE)
    result = busybox.ok("build", "--progress", "json", "-t", "demo", context)
    lines = [line for line in result.text.splitlines() if line]
    assert lines
    for line in lines:
        assert isinstance(json.loads(line), dict)


def test_a_terminal_gets_a_live_view(busybox, context):
    context.write("app", "x")
    context.dockerfile(DOCKERFILE)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        busybox.command("build", "-t", "demo", context),
        env={**busybox.env, "TERM": "xterm"}, stdin=slave, stdout=slave, stderr=slave,
    )
    os.close(slave)
    seen = b""
    try:
        while chunk := os.read(master, 65536):
            seen += chunk
    except OSError:
        pass  # the other side was closed
    os.close(master)
    assert process.wait() == 0
    assert b"\x1b[" in seen
    assert b"COPY app /app" in seen
