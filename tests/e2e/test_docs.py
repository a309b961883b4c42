"""What the pages say holds: their examples are carried out, their links lead somewhere."""

import re
import subprocess
import sys
import urllib.request

import pytest

from lib.documents import Example, Shell, anchors_of, commands_of, links_of, pages
from lib.program import TOP, binary
from lib.registry import free_port

WITH_EXAMPLES = [page for page in pages() if commands_of(page)]


def name_of(page):
    return str(page.relative_to(TOP))


def test_the_lesson_is_among_what_is_tried():
    assert "docs/tutorials/images-layers-tags.md" in map(name_of, WITH_EXAMPLES)


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name_of)
def test_examples_do_what_the_page_shows(busybox, tmp_path, page):
    shell = Shell(busybox, tmp_path / "work")
    try:
        Example(shell).carry_out(commands_of(page))
    finally:
        shell.close()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page):
    lost = []
    for target in links_of(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists():
            lost.append(target)
        elif anchor and there.suffix == ".md" and anchor not in anchors_of(there):
            lost.append(target)
    assert not lost, f"{name_of(page)}: {lost}"


def test_the_reference_of_commands_is_what_help_says():
    made = subprocess.run(
        [sys.executable, TOP / "scripts" / "make-reference.py", binary(), "--check"],
        capture_output=True, text=True,
    )
    assert made.returncode == 0, made.stderr


def test_the_reference_of_metrics_is_what_is_served(registry, tmp_path):
    registry.stop()
    address = f"127.0.0.1:{free_port()}"
    settings = tmp_path / "registry.toml"
    settings.write_text(
        f'[metrics]\nlisten = "{address}"\n'
        '[[sync]]\nname = "none"\nsource = "127.0.0.1:1/a/b"\nrepository = "alice/b"\nowner = "alice"\n'
    )
    registry.serve_flags = ["--config", settings]
    registry.start()
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=30) as answer:
        served = re.findall(r"^# TYPE (\S+) (\S+)$", answer.read().decode(), re.M)
    page = (TOP / "docs" / "reference" / "metrics.md").read_text()
    assert sorted(re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.M)) == sorted(served)


def test_the_site_is_built_without_a_warning():
    made = subprocess.run(
        [TOP / "scripts" / "build-docs.sh"], capture_output=True, text=True, timeout=300
    )
    assert made.returncode == 0, made.stdout + made.stderr
    site = TOP / "build" / "docs"
    assert "The :latest trap" in (site / "search" / "search_index.json").read_text()
    strangers = re.compile(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?:https?:)?//")
    assert not [page for page in site.rglob("*.html") if strangers.search(page.read_text())]
