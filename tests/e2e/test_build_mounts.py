"""RUN --mount, heredocs, and what the command line gives to RUN."""

import subprocess

import pytest

from test_build_cache import cached_steps


def layers_hold(estiba, word):
    """Whether any file of the store holds the word."""
    found = subprocess.run(["grep", "-rlaF", word, estiba.root], capture_output=True, text=True)
    return found.stdout.split()


def test_bind_shows_the_context_without_what_is_ignored_and_leaves_nothing(busybox, context):
    context.write("src/a.txt", "first")
    context.write("src/hidden.txt", "no")
    context.write(".dockerignore", "src/hidden.txt\n")
    context.dockerfile(
        "FROM busybox\nWORKDIR /w\n"
        "RUN --mount=type=bind,source=src,target=/in ls /in > /list && cp /in/a.txt /a\n"
        "RUN --mount=source=src/a.txt,target=one.txt cat /w/one.txt > /one\n"
        "RUN --mount=target=/all cat /all/src/a.txt > /whole\n"
    )
    busybox.build(context)
    assert busybox.run("demo", "cat", "/list", "/a", "/one", "/whole") == "a.txt\nfirstfirstfirst"
    assert busybox.run("demo", "sh", "-c", "ls -d /in /all /w/* 2>/dev/null || true") == ""
    context.write("unrelated", "x")
    assert cached_steps(busybox.build(context)) == [2, 3, 4]
    context.write("src/a.txt", "second")
    assert cached_steps(busybox.build(context)) == [2]


def test_bind_is_read_only_and_written_files_are_forgotten(busybox, context):
    context.write("src/a.txt", "first")
    context.dockerfile(
        "FROM busybox AS other\nRUN mkdir -p /d/e && echo deep > /d/e/f\n"
        "FROM busybox\n"
        "RUN --mount=source=src,target=/in if echo x > /in/a.txt; then exit 1; fi\n"
        "RUN --mount=source=src,target=/in,rw echo x > /in/a.txt && cat /in/a.txt > /saw\n"
        "RUN --mount=from=other,source=/d/e,target=/in cat /in/f >> /saw\n"
        "RUN --mount=from=busybox,target=/in test -x /in/bin/busybox\n"
        "RUN --mount=source=src,target=/in cat /in/a.txt >> /saw\n"
    )
    busybox.build(context)
    assert busybox.run("demo", "cat", "/saw") == "x\ndeep\nfirst"
    assert (context.path / "src/a.txt").read_text() == "first"


def test_bind_from_a_stage_depends_on_its_content_only(busybox, context):
    context.write("seed", "1")
    context.dockerfile(
        "FROM busybox AS made\nCOPY seed /seed\nRUN mkdir /out && echo same > /out/f\n"
        "FROM busybox\nRUN --mount=from=made,source=/out,target=/in cp /in/f /f\n"
    )
    busybox.build(context)
    context.write("seed", "2")
    again = busybox.build(context)
    assert "RUN mkdir /out && echo same > /out/f\n ---> Running in" in again.out
    assert "cp /in/f /f\n ---> Using cache" in again.out


def test_a_bind_source_that_is_not_there_is_named(busybox, context):
    context.dockerfile("FROM busybox\nRUN --mount=source=nowhere,target=/in true\n")
    result = busybox.fails("build", context)
    assert "Dockerfile:2" in result.err and "nowhere" in result.err


def test_cache_mounts_stay_between_builds_and_out_of_the_image(busybox, context):
    context.dockerfile(
        "FROM busybox\nARG N\n"
        "RUN --mount=type=cache,target=/var/cache/x echo $N >> /var/cache/x/log"
        " && cp /var/cache/x/log /seen\n"
    )
    busybox.build(context, "--build-arg", "N=1")
    busybox.build(context, "--build-arg", "N=2")
    assert busybox.run("demo", "cat", "/seen") == "1\n2\n"
    assert busybox.run("demo", "sh", "-c", "ls -d /var/cache 2>/dev/null || true") == ""
    # Another owner, another cache.
    context.dockerfile(
        "FROM busybox\n"
        "RUN --mount=type=cache,target=/var/cache/x,uid=1000,gid=1001,mode=0750"
        " stat -c '%u:%g %a' /var/cache/x > /seen && ls /var/cache/x >> /seen\n"
    )
    busybox.build(context)
    assert busybox.run("demo", "cat", "/seen") == "1000:1001 750\n"


def test_a_cache_mount_begins_with_what_another_image_has(busybox, context):
    context.dockerfile(
        "FROM busybox AS base\nRUN mkdir /seed && echo seeded > /seed/f\n"
        "FROM busybox\n"
        "RUN --mount=type=cache,id=s,from=base,source=/seed,target=/c cp /c/f /f && echo more >> /c/f\n"
        "RUN --mount=type=cache,id=s,from=base,source=/seed,target=/c,ro cat /c/f >> /f;"
        " if touch /c/x; then exit 1; fi\n"
    )
    busybox.build(context)
    assert busybox.run("demo", "cat", "/f") == "seeded\nseeded\nmore\n"


@pytest.mark.parametrize("sharing", ["shared", "locked", "private"])
def test_how_steps_share_a_cache_mount(busybox, context, sharing):
    # Each step tells the other that it is there, and looks for it; one that saw it leaves its own
    # mark for the other. Those that should meet are given the time that a busy machine needs.
    tries = 200 if sharing == "shared" else 10
    step = (
        "RUN --mount=type=cache,id=c,target=/c,sharing={sharing} touch /c/{me};"
        " for i in $(seq {tries}); do"
        " if test -e /c/{other}; then echo seen > /out; exit 0; fi; sleep 0.05; done;"
        " echo alone > /out; rm /c/{me}\n"
    )
    context.dockerfile(
        "FROM busybox AS a\n" + step.format(sharing=sharing, tries=tries, me="a", other="b")
        + "FROM busybox AS b\n" + step.format(sharing=sharing, tries=tries, me="b", other="a")
        + "FROM busybox\nCOPY --from=a /out /a\nCOPY --from=b /out /b\n"
    )
    busybox.build(context)
    seen = busybox.run("demo", "cat", "/a", "/b").split()
    assert seen == ["seen" if sharing == "shared" else "alone"] * 2


def test_tmpfs_is_empty_limited_and_forgotten(busybox, context):
    context.dockerfile(
        "FROM busybox\nRUN --mount=type=tmpfs,target=/t,size=65536 touch /t/x"
        " && df -k /t | tail -1 > /df && if head -c 200000 /dev/zero > /t/y; then exit 1; fi\n"
    )
    busybox.build(context)
    assert busybox.run("demo", "cat", "/df").split()[1] == "64"
    assert busybox.run("demo", "sh", "-c", "ls -d /t 2>/dev/null || true") == ""


def test_a_secret_is_seen_by_its_step_and_kept_nowhere(busybox, context, tmp_path):
    (tmp_path / "token").write_text("hush-4711")
    context.dockerfile(
        "FROM busybox\n"
        "RUN --mount=type=secret,id=token stat -c '%a %u' /run/secrets/token > /stat"
        " && test $(wc -c < /run/secrets/token) = 9\n"
        "RUN --mount=type=secret,id=token,target=/k,mode=0440,uid=1000,gid=1001"
        " stat -c '%a %u %g' /k >> /stat\n"
        "RUN --mount=type=secret,id=token,env=TOKEN test ${#TOKEN} = 9 && test ! -e /run/secrets\n"
        "RUN --mount=type=secret,id=other test ! -e /run/secrets/other\n"
    )
    result = busybox.build(context, "--secret", f"id=token,src={tmp_path / 'token'}")
    assert busybox.run("demo", "cat", "/stat") == "400 0\n440 1000 1001\n"
    assert busybox.run("demo", "sh", "-c", "ls /run 2>/dev/null || true") == ""
    assert "hush-4711" not in result.text + busybox.ok("history", "--no-trunc", "demo").out
    assert layers_hold(busybox, "hush-4711") == []
    # The value is no part of the key.
    other = {"TOKEN": "hush-4712"}
    assert cached_steps(busybox.build(context, "--secret", "id=token,env=TOKEN", env=other)) == [2, 3, 4, 5]


def test_a_required_secret_that_is_not_given_fails_the_step(busybox, context):
    context.dockerfile("FROM busybox\nRUN --mount=type=secret,id=token,required true\n")
    result = busybox.fails("build", context)
    assert "secret token: not found" in result.err and "Dockerfile:2" in result.err
    assert "--secret id=token" in result.err


def test_an_ssh_mount_reaches_the_agent(busybox, context, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    context.dockerfile(
        "FROM busybox\n"
        "RUN --mount=type=ssh,uid=1000,mode=0600 stat -c '%F %a %u' $SSH_AUTH_SOCK > /stat\n"
        "RUN --mount=type=ssh,id=none test -z \"$SSH_AUTH_SOCK\"\n"
    )
    busybox.build(context, "--ssh", f"default={key}")
    assert busybox.run("demo", "cat", "/stat") == "socket 600 1000\n"
    assert layers_hold(busybox, key.read_text().split("\n")[1]) == []
    context.dockerfile("FROM busybox\nRUN --mount=type=ssh,required true\n")
    assert "no SSH key \"default\"" in busybox.fails("build", context).err


def test_heredocs_are_the_shells_text_a_program_or_its_input(busybox, context):
    context.dockerfile(
        "FROM busybox\nARG WHO=me\n"
        "RUN <<EOF\necho one $WHO > /out\ncd /etc\npwd >> /out\nEOF\n"
        "RUN <<-'X'\n\tif true; then\n\t\techo two >> /out\n\tfi\nX\n"
        "RUN <<SCRIPT\n#!/bin/awk -f\nBEGIN { print \"three\" > \"/awk\" }\nSCRIPT\n"
        "RUN cat <<A - <<B >> /out\nunread\nA\nfour\nB\n"
    )
    busybox.build(context)
    assert busybox.run("demo", "cat", "/out", "/awk") == "one me\n/etc\ntwo\nfour\nthree\n"


def test_hosts_limits_and_shared_memory_are_the_steps_alone(busybox, context):
    context.dockerfile(
        "FROM busybox\nRUN grep -w db.test /etc/hosts > /out; ulimit -n >> /out;"
        " df -k /dev/shm | tail -1 | awk '{print $2}' >> /out; ! grep -q db.test /etc/passwd\n"
    )
    busybox.build(context, "--add-host", "db.test:10.1.2.3", "--ulimit", "nofile=333:444",
                  "--shm-size", "1m")
    assert busybox.run("demo", "cat", "/out").split() == ["10.1.2.3", "db.test", "333", "1024"]
    result = busybox.fails("build", "--ulimit", "files=3", context)
    assert "invalid ulimit type" in result.err


def test_network_none_has_loopback_only_and_insecure_needs_leave(busybox, context):
    context.dockerfile(
        "FROM busybox\nRUN --network=none ls /sys/class/net > /net; grep CapEff /proc/self/status > /cap\n"
    )
    busybox.build(context)
    assert busybox.run("demo", "cat", "/net").split() == ["lo"]
    limited = busybox.run("demo", "cat", "/cap")
    context.dockerfile("FROM busybox\nRUN --security=insecure grep CapEff /proc/self/status > /cap\n")
    result = busybox.fails("build", context)
    assert "security.insecure is not allowed" in result.err and "Dockerfile:2" in result.err
    busybox.build(context, "--allow", "security.insecure")
    assert int(busybox.run("demo", "cat", "/cap").split()[1], 16) > int(limited.split()[1], 16)
