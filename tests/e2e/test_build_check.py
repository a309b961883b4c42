"""`build --check`: docker's rules by their names, ours as advice, nothing built."""

import functools
import http.server
import subprocess
import threading

import pytest

from lib.tars import saved

PINNED = "FROM busybox@sha256:" + "0" * 64


@pytest.fixture
def git_repository(tmp_path):
    """Its address, and the commit of the tag v1. Served by plain files over HTTP."""
    work, bare = tmp_path / "work", tmp_path / "www" / "project.git"

    def git(*arguments):
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@t.test", *arguments]
        done = subprocess.run(command, cwd=work, check=True, stdout=subprocess.PIPE)
        return done.stdout.decode().strip()

    (work / "sub").mkdir(parents=True)
    (work / "sub" / "file").write_text("1")
    (work / "top").write_text("first")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "v1")
    first = git("rev-parse", "HEAD")
    (work / "top").write_text("second")
    git("commit", "-qam", "two")
    git("clone", "-q", "--bare", ".", bare)
    subprocess.run(["git", "update-server-info"], cwd=bare, check=True)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=bare.parent)
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/project.git", first
    server.shutdown()
    thread.join()
    server.server_close()


def check(estiba, context, dockerfile, *flags):
    context.dockerfile(dockerfile)
    return estiba("build", "--check", *flags, context)


def test_a_clean_file_has_no_warnings_and_nothing_is_built(estiba, context):
    result = check(estiba, context, f'{PINNED}\nCMD ["true"]\n')
    assert result.code == 0
    assert result.out == "Check complete, no warnings found.\n"
    assert estiba.ok("images", "-q", "-a").out == ""


def test_a_finding_has_rule_page_reason_remedy_place_and_line(estiba, context):
    result = check(estiba, context, f"{PINNED}\nRUN true\nCMD sleep 1\n")
    assert result.code == 1
    for part in (
        "1 warning has been found!",
        "WARNING: JSONArgsRecommended - "
        "https://docs.docker.com/go/dockerfile/rule/json-args-recommended/",
        "JSON arguments recommended for CMD",
        "remedy: write the command as a JSON array",
        "Dockerfile:3",
        "   3 | >>> CMD sleep 1",
    ):
        assert part in result.out


@pytest.mark.parametrize(
    "body, rule",
    [
        ("FROM debian\n", "BaseImageLatest"),
        ("FROM debian:12\n", "BaseImageNotPinned"),
        (f"{PINNED}\nRUN apt-get update && apt-get install -y x\n", "AptCleanup"),
        (f"{PINNED}\nRUN apt-get update && apt-get install -y x\n", "AptRecommends"),
        (f"{PINNED}\nCOPY . .\nRUN npm ci\n", "CopyAllBeforeDependencies"),
        (f"{PINNED}\nENV GH=ghp_0123456789abcdefghij\n", "SecretValue"),
    ],
)
def test_advice_does_not_fail_the_check(estiba, context, body, rule):
    result = check(estiba, context, body)
    assert result.code == 0
    assert f"ADVICE: {rule}\n" in result.out and "remedy: " in result.out


def test_the_ignore_file_the_arguments_and_local_images_are_known(estiba, context):
    context.write(".dockerignore", "secret\n")
    context.dockerfile("FROM scratch\nENV COLOUR=red\nCMD [\"x\"]\n")
    estiba.ok("build", "-t", "painted", context)
    text = "ARG BASE\nFROM $BASE\nCOPY secret /\nLABEL a=$COLOUR b=$OTHER\n"
    result = check(estiba, context, text, "--build-arg", "BASE=painted")
    assert result.code == 1
    assert 'Attempting to Copy file "secret" that is excluded by .dockerignore' in result.out
    assert "Usage of undefined variable '$OTHER'" in result.out
    assert "$COLOUR'" not in result.out


def test_skipped_rules_stay_silent_and_errors_stop_a_build(estiba, context):
    result = check(estiba, context, f"# check=skip=MaintainerDeprecated\n{PINNED}\nMAINTAINER x\n")
    assert result.code == 0
    context.dockerfile("# check=error=true\nFROM scratch\nMAINTAINER x\n")
    failed = estiba.fails("build", "-t", "demo", context)
    assert "MaintainerDeprecated" in failed.err


def test_wrong_files_show_the_line_and_a_caret(estiba, context):
    context.dockerfile("FROM scratch\nCOPY --chwon=1:1 a /b\n")
    failed = estiba.fails("build", "--check", context)
    assert "Dockerfile:2: unknown flag: --chwon\n" in failed.err
    assert "  2 | COPY --chwon=1:1 a /b\n    |      ^~~~~~~\n" in failed.err
    assert "did you mean --chown?" in failed.err


def test_a_misspelt_stage_is_told_from_its_neighbours(estiba, context):
    context.dockerfile(
        "FROM scratch AS builder\nCOPY a /\nFROM scratch\nCOPY --from=bulider /a /\n"
    )
    context.write("a", "a")
    failed = estiba.fails("build", "-t", "demo", context)
    assert "Dockerfile:4" in failed.err and 'did you mean the stage "builder"?' in failed.err


def test_git_repositories_are_added(estiba, context, git_repository):
    url, first = git_repository
    context.dockerfile(
        f"FROM scratch\nADD {url} /all\nADD {url}#v1:sub /part/\n"
        f"ADD --keep-git-dir=true --checksum={first} {url}#v1 /kept\n"
    )
    estiba.ok("build", "-t", "demo", context)
    tree = saved(estiba, "demo").root_file_system()
    assert tree["all/top"].content == b"second"
    assert tree["part/file"].content == b"1" and tree["part/file"].mode == 0o644
    assert tree["kept/top"].content == b"first" and "kept/.git/HEAD" in tree
    assert "all/.git" not in tree and "part/top" not in tree
    context.dockerfile(f"FROM scratch\nADD --checksum={'0' * 40} {url} /\n")
    failed = estiba.fails("build", "-t", "other", context)
    assert "the commit is" in failed.err
