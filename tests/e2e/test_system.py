"""The store as a whole: check, prune, df, info, version."""

import json
import os
import re
import subprocess


def stored_bytes(estiba):
    out = subprocess.run(["du", "-sb", estiba.root], capture_output=True, text=True, check=True)
    return int(out.stdout.split()[0])


def test_a_fresh_store_is_whole(estiba):
    estiba.check()


def test_info_says_where_things_are_and_which_layer_form_is_used(busybox):
    text = busybox.ok("info").text
    assert str(busybox.root) in text
    assert re.search(r"index|tree", text)
    assert isinstance(json.loads(busybox.ok("info", "--format", "json").out), dict)


def test_version_names_itself(estiba):
    assert re.search(r"\d+\.\d+", estiba.ok("version").out)
    assert re.search(r"estiba version \d+\.\d+", estiba.ok("--version").out)


def test_df_counts_images(busybox):
    lines = busybox.ok("system", "df").out.splitlines()
    assert re.split(r" {2,}", lines[0].strip()) == ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"]
    assert re.match(r"Images +1 ", lines[1])


def test_prune_gives_the_space_back(busybox, context):
    context.write("big", os.urandom(3_000_000))
    context.dockerfile("FROM busybox\nCOPY big /big\nRUN cp /big /again\n")
    before = stored_bytes(busybox)
    busybox.build(context)
    assert stored_bytes(busybox) > before + 5_000_000
    busybox.ok("rmi", "demo")
    assert "reclaimed space" in busybox.ok("system", "prune", "-f").text.lower()
    assert stored_bytes(busybox) < before + 1_000_000
    busybox.check()
    assert busybox.run("busybox", "echo", "whole") == "whole\n"


def test_prune_keeps_tagged_images_unless_all_are_asked_for(busybox):
    busybox.ok("system", "prune", "-f")
    busybox.image_id("busybox")
    busybox.ok("system", "prune", "-a", "-f")
    assert busybox.image_ids() == set()


def test_check_finds_a_damaged_layer(busybox):
    tars = [path for path in busybox.root.rglob("*") if path.is_file() and
            path.stat().st_size > 1_000_000 and not path.name.startswith("estiba.db")]
    assert tars
    for path in tars:
        os.chmod(path, 0o600)
        with open(path, "r+b") as file:
            file.seek(700_000)
            file.write(b"flipped")
    result = busybox.fails("system", "check")
    assert "sha256:" in result.text


def test_check_finds_a_missing_layer(busybox):
    for path in busybox.root.rglob("*"):
        if path.is_file() and path.stat().st_size > 1_000_000 and "estiba.db" not in path.name:
            path.unlink()
    busybox.fails("system", "check")


def test_many_commands_at_once_share_a_store(busybox, context):
    context.dockerfile("FROM busybox\nARG N\nRUN echo $N > /n\n")
    started = [
        busybox.start("build", "-t", f"demo:{n}", "--build-arg", f"N={n}", str(context))
        for n in range(6)
    ]
    assert [process.wait(timeout=120) for process in started] == [0] * 6
    assert [busybox.run(f"demo:{n}", "cat", "/n") for n in range(6)] == [f"{n}\n" for n in range(6)]
    busybox.check()


def test_an_unwritable_root_is_named(estiba):
    result = estiba.fails("--root", "/proc/nowhere", "images")
    assert "/proc/nowhere" in result.text


def test_an_unknown_command_is_refused_with_a_suggestion(estiba):
    assert "images" in estiba.fails("imagse").text
    estiba.fails("images", "--no-such-flag")


def test_every_command_explains_itself(estiba):
    text = estiba.ok("--help").out
    for command in ("build", "images", "push", "pull", "run", "serve"):
        assert command in text
        assert command in estiba.ok(command, "--help").out
