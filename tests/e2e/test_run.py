"""estiba run: what executes, with what, and what comes back."""

import os
import signal
import subprocess
import time

import pytest

from lib.program import processes_with_argument


@pytest.fixture
def build(busybox, context):
    def build(lines):
        context.dockerfile(f"FROM busybox\n{lines}\n")
        busybox.build(context)
        return busybox

    return build


def test_cmd_is_what_runs(build):
    assert build('CMD ["echo", "from cmd"]').run("demo") == "from cmd\n"


def test_arguments_replace_cmd(build):
    assert build('CMD ["echo", "from cmd"]').run("demo", "echo", "given") == "given\n"


def test_arguments_are_appended_to_the_entrypoint(build):
    estiba = build('ENTRYPOINT ["echo", "entry"]\nCMD ["default"]')
    assert estiba.run("demo") == "entry default\n"
    assert estiba.run("demo", "given", "two") == "entry given two\n"


def test_the_entrypoint_can_be_replaced(build):
    estiba = build('ENTRYPOINT ["echo", "entry"]\nCMD ["default"]')
    assert estiba.run("--entrypoint", "printf", "demo", "%s!", "x") == "x!"
    assert estiba.run("--entrypoint", "pwd", "demo") == "/\n"


def test_flags_after_the_image_belong_to_the_command(build):
    assert build("CMD true").run("demo", "echo", "-n", "--rm", "-e") == "--rm -e"


def test_the_environment_is_of_the_image_and_can_be_overridden(build):
    estiba = build("ENV A=image B=image")
    out = estiba.run("-e", "B=given", "-e", "C=new", "demo", "sh", "-c", "echo $A $B $C")
    assert out == "image given new\n"


def test_a_variable_without_a_value_is_taken_from_the_caller(busybox):
    out = busybox.ok("run", "--rm", "-e", "PASSED", "busybox", "sh", "-c", "echo $PASSED",
                     env={"PASSED": "on", "OTHER": "no"}).out
    assert out == "on\n"


def test_the_working_directory_and_user_can_be_chosen(build):
    estiba = build("WORKDIR /var\nUSER app")
    assert estiba.run("demo", "sh", "-c", "pwd; id -u") == "/var\n1000\n"
    assert estiba.run("-w", "/tmp", "-u", "0", "demo", "sh", "-c", "pwd; id -u") == "/tmp\n0\n"
    assert estiba.run("-u", "7:8", "demo", "sh", "-c", "id -u; id -g") == "7\n8\n"


@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_the_exit_code_is_handed_back(busybox, code):
    assert busybox("run", "--rm", "busybox", "sh", "-c", f"exit {code}").code == code


def test_death_by_a_signal_is_128_and_the_signal(busybox):
    process = busybox.start(
        "run", "--rm", "busybox", "sh", "-c", "echo ready; exec sleep 76543", stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    deadline = time.monotonic() + 10
    while not processes_with_argument("76543") and time.monotonic() < deadline:
        time.sleep(0.02)
    (inside,) = processes_with_argument("76543")
    os.kill(int(inside.parent.name), signal.SIGKILL)
    assert process.wait(timeout=10) == 137


def test_a_command_that_is_not_there_is_127_and_one_that_may_not_run_126(busybox):
    missing = busybox("run", "--rm", "busybox", "nosuchcommand")
    assert missing.code == 127
    assert "nosuchcommand" in missing.text
    assert busybox("run", "--rm", "busybox", "/etc/passwd").code == 126


def test_outputs_stay_apart(busybox):
    result = busybox.ok("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2")
    assert (result.out, result.err) == ("out\n", "err\n")


def test_standard_input_is_passed_when_asked_for(busybox):
    data = os.urandom(3_000_000).hex()
    assert busybox.ok("run", "--rm", "-i", "busybox", "cat", stdin=data).out == data
    assert busybox.ok("run", "--rm", "busybox", "cat", stdin=data).out == ""


def test_a_folder_of_the_host_can_be_mounted(busybox, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "in").write_text("from the host")
    out = busybox.run("-v", f"{shared}:/mnt/s", "busybox", "sh", "-c",
                      "cat /mnt/s/in; echo back > /mnt/s/out")
    assert out == "from the host"
    assert (shared / "out").read_text() == "back\n"


def test_a_mount_can_be_read_only(busybox, tmp_path):
    result = busybox("run", "--rm", "-v", f"{tmp_path}:/s:ro", "busybox", "touch", "/s/f")
    assert result.code != 0
    assert not (tmp_path / "f").exists()


def test_a_file_can_be_mounted_over_one_of_the_image(busybox, tmp_path):
    (tmp_path / "passwd").write_text("replaced\n")
    out = busybox.run("-v", f"{tmp_path}/passwd:/etc/passwd:ro", "busybox", "cat", "/etc/passwd")
    assert out == "replaced\n"


def test_a_volume_of_the_image_starts_with_what_the_image_has_there(build):
    estiba = build("RUN mkdir /data && echo kept > /data/f\nVOLUME /data")
    out = estiba.run("demo", "sh", "-c", "cat /data/f; grep -c ' /data ' /proc/mounts")
    assert out == "kept\n1\n"


def test_a_named_volume_outlives_its_container(busybox):
    busybox.run("-v", "store:/data", "busybox", "sh", "-c", "echo x > /data/f")
    assert busybox.run("-v", "store:/data", "busybox", "cat", "/data/f") == "x\n"


def test_what_a_container_writes_never_reaches_the_image(busybox):
    before = busybox.image_id("busybox")
    busybox.run("busybox", "sh", "-c", "rm -rf /etc; echo x > /written")
    assert busybox.run("busybox", "ls", "/etc/passwd") == "/etc/passwd\n"
    assert busybox("run", "--rm", "busybox", "ls", "/written").code != 0
    assert busybox.image_id("busybox") == before
    busybox.check()


def test_a_container_sees_its_own_processes_and_host_name_only(busybox):
    out = busybox.run("--network", "none", "busybox", "sh", "-c", "echo $$; ls /proc | grep -c '^[0-9]*$'; hostname")
    pid, count, name = out.split()
    assert pid == "1"
    assert int(count) < 5
    assert name != os.uname().nodename


def test_dangerous_capabilities_are_not_given(busybox):
    result = busybox("run", "--rm", "busybox", "sh", "-c", "mount -t tmpfs none /tmp")
    assert result.code != 0


def test_without_a_network_there_is_only_loopback(busybox):
    assert busybox.run("--network", "none", "busybox", "ls", "/sys/class/net").split() == ["lo"]


def test_with_the_network_of_the_host_its_names_resolve(busybox):
    out = busybox.run("--network", "host", "busybox", "cat", "/etc/resolv.conf", "/etc/hosts")
    assert "localhost" in out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_reach_the_process(busybox, number):
    name = number.name[3:]
    process = busybox.start(
        "run", "--rm", "busybox", "sh", "-c",
        f"trap 'echo caught; exit 7' {name}; echo ready; while :; do sleep 0.1; done",
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    assert process.communicate(timeout=20)[0] == b"caught\n"
    assert process.returncode == 7


def test_killing_the_command_ends_the_container(busybox):
    process = busybox.start(
        "run", "--rm", "busybox", "sh", "-c", "echo ready; sleep 98765", stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while processes_with_argument("98765") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not processes_with_argument("98765")
    busybox.check()


def test_an_image_without_a_command_says_so(busybox):
    assert "command" in busybox.fails("run", "--rm", "busybox").text.lower()


def test_an_image_that_is_neither_here_nor_there_is_named(estiba):
    assert "127.0.0.1:1/nosuch" in estiba.fails("run", "--rm", "127.0.0.1:1/nosuch", "true").text
