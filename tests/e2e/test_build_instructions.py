"""What each instruction leaves in the image's configuration."""

import pytest

from lib.tars import saved


@pytest.mark.parametrize(
    "instruction, field, expected",
    [
        ("CMD echo hi", "Cmd", ["/bin/sh", "-c", "echo hi"]),
        ('CMD ["echo", "hi"]', "Cmd", ["echo", "hi"]),
        ('CMD ["a"]\nCMD ["b"]', "Cmd", ["b"]),
        ("ENTRYPOINT top -b", "Entrypoint", ["/bin/sh", "-c", "top -b"]),
        ('ENTRYPOINT ["top", "-b"]', "Entrypoint", ["top", "-b"]),
        ("ENV NAME one two", "Env", ["NAME=one two"]),
        ('ENV A=1 B="two words" C=x\\ y', "Env", ["A=1", "B=two words", "C=x y"]),
        ("ENV A=1\nENV A=2", "Env", ["A=2"]),
        ("EXPOSE 80 443/tcp 53/udp", "ExposedPorts", {"443/tcp": {}, "53/udp": {}, "80/tcp": {}}),
        ("VOLUME /data /logs", "Volumes", {"/data": {}, "/logs": {}}),
        ('VOLUME ["/a b"]', "Volumes", {"/a b": {}}),
        ("USER app:extra", "User", "app:extra"),
        ("WORKDIR /srv\nWORKDIR app", "WorkingDir", "/srv/app"),
        ('LABEL a=1 "b c"="d e"', "Labels", {"a": "1", "b c": "d e"}),
        ("STOPSIGNAL SIGTERM", "StopSignal", "SIGTERM"),
        ('SHELL ["/bin/ash", "-e", "-c"]\nCMD true', "Cmd", ["/bin/ash", "-e", "-c", "true"]),
        ("ONBUILD RUN true", "OnBuild", ["RUN true"]),
    ],
)
def test_an_instruction_sets_the_configuration(estiba, context, instruction, field, expected):
    context.dockerfile(f"FROM scratch\n{instruction}\n")
    estiba.build(context)
    value = estiba.inspect("demo")["Config"][field]
    if field == "Env":
        value = [item for item in value if not item.startswith("PATH=")]
    assert value == expected


def test_healthcheck_is_kept_with_its_times(estiba, context):
    context.dockerfile(
        "FROM scratch\nHEALTHCHECK --interval=5m --timeout=3s --retries=2 CMD curl -f localhost\n"
    )
    estiba.build(context)
    check = estiba.inspect("demo")["Config"]["Healthcheck"]
    assert check["Test"] == ["CMD-SHELL", "curl -f localhost"]
    assert check["Interval"] == 300 * 10**9
    assert check["Timeout"] == 3 * 10**9
    assert check["Retries"] == 2


def test_maintainer_is_the_author(estiba, context):
    context.dockerfile("FROM scratch\nMAINTAINER somebody@example.org\n")
    estiba.build(context)
    assert estiba.inspect("demo")["Author"] == "somebody@example.org"


def test_labels_of_the_command_line_are_added(estiba, context):
    context.dockerfile("FROM scratch\nLABEL a=1 b=1\n")
    estiba.build(context, "--label", "b=2", "--label", "c=3")
    assert estiba.inspect("demo")["Config"]["Labels"] == {"a": "1", "b": "2", "c": "3"}


def test_a_later_image_inherits_the_configuration(estiba, context):
    context.dockerfile('FROM scratch\nENV A=1\nWORKDIR /srv\nEXPOSE 80\nCMD ["x"]\nUSER 7\n')
    estiba.build(context, tag="base")
    context.dockerfile("FROM base\nENV B=2\n")
    estiba.build(context)
    config = estiba.inspect("demo")["Config"]
    assert [e for e in config["Env"] if e[0] in "AB"] == ["A=1", "B=2"]
    assert (config["WorkingDir"], config["Cmd"], config["User"]) == ("/srv", ["x"], "7")
    assert config["ExposedPorts"] == {"80/tcp": {}}


def test_entrypoint_resets_an_inherited_cmd(estiba, context):
    context.dockerfile('FROM scratch\nCMD ["inherited"]\n')
    estiba.build(context, tag="base")
    context.dockerfile('FROM base\nENTRYPOINT ["tool"]\n')
    estiba.build(context)
    assert not estiba.inspect("demo")["Config"]["Cmd"]


def test_onbuild_runs_in_the_image_built_on_it(busybox, context):
    context.write("app.txt", "mine")
    context.dockerfile("FROM busybox\nONBUILD COPY app.txt /app.txt\nONBUILD RUN cp /app.txt /b\n")
    busybox.build(context, tag="trigger")
    assert "app.txt" not in saved(busybox, "trigger").root_file_system()
    context.dockerfile("FROM trigger\n")
    busybox.build(context)
    assert busybox.run("demo", "cat", "/app.txt", "/b") == "minemine"
    assert not busybox.inspect("demo")["Config"].get("OnBuild")


def test_workdir_makes_the_folder_for_what_follows(busybox, context):
    context.write("here", "found")
    context.dockerfile("FROM busybox\nWORKDIR /srv/deep\nCOPY here .\nRUN pwd > where\n")
    busybox.build(context)
    assert busybox.run("demo", "cat", "here", "where") == "found/srv/deep\n"


def test_a_dockerfile_may_have_another_name_and_come_from_outside(estiba, context, tmp_path):
    context.write("x", "y")
    outside = tmp_path / "Other.dockerfile"
    outside.write_text("FROM scratch\nCOPY x /x\n")
    estiba.build(context, "-f", outside)
    assert saved(estiba, "demo").root_file_system()["x"].content == b"y"


def test_comments_continuations_and_heading_blank_lines_are_not_instructions(estiba, context):
    context.dockerfile(
        "\n# a comment\nFROM scratch\n\n# another\nLABEL a=1 \\\n  # inside\n  b=2\n"
    )
    estiba.build(context)
    assert estiba.inspect("demo")["Config"]["Labels"] == {"a": "1", "b": "2"}
