"""The shells' completion and the manual pages, as the real shells and a manual's judge see them."""

import os
import pty
import select
import subprocess
import time

from lib.program import binary


def shell(estiba, *command):
    return subprocess.run(command, env=estiba.env, capture_output=True, text=True, timeout=60)


def in_bash(estiba, *words):
    script = (
        'source /usr/share/bash-completion/bash_completion; source <("$1" completion bash); shift; '
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; '
        '_estiba 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return shell(estiba, "bash", "-c", script, "bash", binary(), binary(), *words).stdout.split()


def test_bash_completes_commands_options_values_and_images(busybox):
    assert "build" in in_bash(busybox, "bui")
    assert "--progress" in in_bash(busybox, "build", "--pro")
    assert in_bash(busybox, "build", "--progress", "") == ["auto", "plain", "tty", "json"]
    assert "busybox:latest" in in_bash(busybox, "run", "--rm", "bus")
    assert "__complete" not in in_bash(busybox, "")


def test_fish_completes(busybox):
    script = f"function estiba; {binary()} $argv; end; estiba completion fish | source; complete -C "
    found = shell(busybox, "fish", "-c", script + "'estiba run --rm bus'").stdout.split()
    assert "busybox:latest" in found
    found = shell(busybox, "fish", "-c", script + "'estiba bui'").stdout
    assert "build\tBuild an image from a Dockerfile" in found


def test_zsh_completes(busybox, tmp_path):
    child, terminal = pty.fork()
    if child == 0:
        directory = os.path.dirname(binary())
        environment = busybox.env | {
            "ZDOTDIR": str(tmp_path), "TERM": "dumb", "PATH": f"{directory}:{os.environ['PATH']}",
        }
        os.execvpe("zsh", ["zsh", "-f", "-i"], environment)
    try:
        os.write(terminal, b"autoload -U compinit; compinit -u -D; source <(estiba completion zsh); echo rea'dy'\n")
        wait_for(terminal, b"ready\r")
        os.write(terminal, b"estiba run --rm busyb\t")
        wait_for(terminal, b"busybox:latest", b"busybox\\:latest")
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


def wait_for(terminal, *texts):
    seen = b""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 65536)
        if any(text in seen for text in texts):
            return
    raise AssertionError(f"none of {texts} in {seen[-400:]!r}")


def test_manual_pages_are_well_formed(estiba, tmp_path):
    estiba.ok("__man", str(tmp_path))
    pages = sorted(tmp_path.glob("*.1"))
    assert "estiba-image-ls.1" in [page.name for page in pages]
    lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *pages], capture_output=True, text=True)
    assert lint.stdout == ""


def test_says_what_was_perhaps_meant(estiba):
    for words, meant in [(["buidl"], "build"), (["build", "--tga", "x", "."], "--tag"),
                         (["run", "--nam", "x", "y"], "--name"), (["image", "lss"], "ls")]:
        result = estiba(*words)
        assert result.code != 0
        assert f"did you mean '{meant}'?" in result.err
