"""ARG, ENV and their expansion."""

import pytest


def config_of(estiba, context, lines, *flags):
    context.dockerfile(f"FROM scratch\n{lines}\n")
    estiba.build(context, *flags)
    return estiba.inspect("demo")["Config"]


@pytest.mark.parametrize(
    "lines, expected",
    [
        ("ENV A=x\nLABEL v=$A", "x"),
        ("ENV A=x\nLABEL v=${A}y", "xy"),
        ("ENV A=x\nLABEL v=${A:-d}", "x"),
        ("LABEL v=${A:-d}", "d"),
        ("ENV A=x\nLABEL v=${A:+set}", "set"),
        ("LABEL v=${A:+set}", ""),
        ("LABEL v=\\$A", "$A"),
        ("ENV A=x\nLABEL v='$A'", "$A"),
        ('ENV A=x\nLABEL v="$A b"', "x b"),
        ("ARG A=x\nLABEL v=$A", "x"),
        ("ARG A=x\nENV A=y\nLABEL v=$A", "y"),
        ("ARG A=x\nARG B=${A}y\nLABEL v=$B", "xy"),
        ("ENV A=1\nENV A=2 B=$A\nLABEL v=$B", "1"),
    ],
)
def test_variables_are_expanded(estiba, context, lines, expected):
    assert config_of(estiba, context, lines)["Labels"]["v"] == expected


def test_build_arguments_replace_defaults(estiba, context):
    config = config_of(estiba, context, "ARG A=x\nLABEL v=$A", "--build-arg", "A=given")
    assert config["Labels"]["v"] == "given"


def test_an_argument_is_not_left_in_the_image(busybox, context):
    context.dockerfile("FROM busybox\nARG SECRET\nRUN echo $SECRET > /seen\n")
    busybox.build(context, "--build-arg", "SECRET=s3")
    assert busybox.run("demo", "cat", "/seen") == "s3\n"
    assert busybox.run("demo", "sh", "-c", "echo [$SECRET]") == "[]\n"


def test_an_argument_before_from_must_be_declared_again(busybox, context):
    context.dockerfile("ARG A=1\nFROM busybox\nRUN echo [$A] > /a\nARG A\nRUN echo [$A] >> /a\n")
    busybox.build(context)
    assert busybox.run("demo", "cat", "/a") == "[]\n[1]\n"


def test_an_argument_ends_with_its_stage(busybox, context):
    context.dockerfile("FROM busybox AS a\nARG A=1\nFROM busybox\nRUN echo [$A] > /a\n")
    busybox.build(context)
    assert busybox.run("demo", "cat", "/a") == "[]\n"


def test_a_build_argument_that_nobody_declares_is_reported(estiba, context):
    context.dockerfile("FROM scratch\nLABEL a=1\n")
    assert "NOBODY" in estiba.build(context, "--build-arg", "NOBODY=1").text


def test_paths_owners_and_users_are_expanded(busybox, context):
    context.write("f", "x")
    context.dockerfile(
        "FROM busybox\nARG D=/opt\nARG U=app\nWORKDIR $D/w\nCOPY --chown=$U f $D/f\nUSER $U\n"
    )
    busybox.build(context)
    assert busybox.run("demo", "sh", "-c", "pwd; stat -c %U /opt/f; id -un") == "/opt/w\napp\napp\n"


def test_the_host_environment_does_not_leak_in(busybox, context):
    context.dockerfile("FROM busybox\nRUN env > /env\n")
    busybox.build(context, env={"LEAKED_FROM_HOST": "1"})
    assert "LEAKED_FROM_HOST" not in busybox.run("demo", "cat", "/env")
