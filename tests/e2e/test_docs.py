"""What the pages say holds: their examples are carried out, their links lead somewhere."""

import pytest

from lib.documents import Example, Shell, anchors_of, commands_of, links_of, pages
from lib.program import TOP

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
