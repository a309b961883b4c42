#!/usr/bin/python3
"""What the pages wait for: lists of 100,000, a search over 50,000, two images of 500 MB compared.

    ESTIBA_BIN=build/release/estiba bench/pages.py

Rows are put into the metadata as pushes would leave them, since a hundred thousand pushes prove
nothing about a list; images are pushed. Each figure is the median of requests over one connection
each, in milliseconds; "cold" is the first.
"""

import random
import sqlite3
import statistics
import time

from common import Estiba, workplace

from lib.pages_api import Caller
from lib.registry import Registry
from lib.shelf import Shelf, manifest_path, packed
from lib.tars import Entry, make_tar

LIST_BUDGET_MS = 50
TAGS = REPOSITORIES = 100_000
SEARCHED = 50_000
IMAGE_BYTES, FILE_BYTES = 500_000_000, 20_000


def fill(registry):
    """Repositories, all of ana's, and tags of one of them."""
    words = "alpha bravo charlie delta echo foxtrot golf hotel india juliett".split()
    with sqlite3.connect(registry.data / "registry.db", isolation_level=None) as database:
        database.execute("BEGIN")
        owner = database.execute("SELECT id FROM accounts WHERE name = 'ana'").fetchone()[0]
        random.seed(1)
        database.executemany(
            "INSERT INTO repositories (name, owner_id, visibility, created_at, description) "
            "VALUES (?, ?, 'public', 1, ?)",
            ((f"ana/r{number:06}", owner,
              " ".join(random.sample(words, 4)) if number < SEARCHED else "")
             for number in range(REPOSITORIES)))
        repository, digest = database.execute(
            "SELECT repository_id, digest FROM manifests LIMIT 1").fetchone()
        database.executemany(
            "INSERT INTO tags (repository_id, name, digest, started_at, started_by) "
            "VALUES (?, ?, ?, 1, 'ana')",
            ((repository, f"t{number:06}", digest) for number in range(TAGS)))
        database.execute("COMMIT")


def image_tar(seed, changed):
    """Files of random text that compresses threefold, one in a hundred of them another's."""
    noise = random.Random(seed)
    blocks = [noise.randbytes(FILE_BYTES // 3).hex()[:FILE_BYTES].encode() for _ in range(50)]
    entries = []
    for number in range(IMAGE_BYTES // FILE_BYTES):
        content = blocks[number % 50][number % 1000:] + b"%d" % number
        if number % 100 == 0:
            content = changed + content
        entries.append((f"usr/share/d{number % 200}/f{number}", Entry("file", content=content)))
    return make_tar(sorted(entries))


def timed(caller, path, /, times=15, **query):
    """The first request's milliseconds, and the median of those after it."""
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        reply = caller.get(path, **query)
        spent.append((time.perf_counter() - started) * 1000)
        assert reply.status == 200, reply.body[:300]
    return spent[0], statistics.median(spent[1:])


def show(what, figures, budget=None):
    cold, warm = figures
    verdict = "" if budget is None else " ok" if warm < budget else f" OVER {budget} ms"
    print(f"{what:44} cold {cold:9.1f} ms   warm {warm:8.1f} ms{verdict}", flush=True)


def main():
    with workplace() as folder:
        registry = Registry(Estiba(folder), folder / "registry")
        shelf = Shelf(registry)
        try:
            shelf.push("ana/tags", "latest", layers=(make_tar([]),))
            fill(registry)
            ana, nobody = shelf.ana, Caller(registry.port)
            for name, caller in (("owner", ana), ("nobody", nobody)):
                show(f"repositories, first page, {name}", timed(caller, "/repositories"), LIST_BUDGET_MS)
                show(f"repositories with a word, {name}",
                     timed(caller, "/repositories", q="r0999"), LIST_BUDGET_MS)
            show("my repositories", timed(ana, "/repositories", mine="true"), LIST_BUDGET_MS)
            for query in ({}, {"order": "newest"}, {"q": "0999"}, {"cursor": "t050000"}):
                show(f"tags {query}", timed(ana, "/repositories/ana%2Ftags/tags", **query),
                     LIST_BUDGET_MS)
            show("an image with 100,000 tags", timed(ana, manifest_path("ana/tags", "latest")),
                 LIST_BUDGET_MS)
            time.sleep(30)  # the index follows what was put in
            for words in ("charlie", "alpha golf", "r0123", "nothing-like-it"):
                show(f"search {words!r}", timed(ana, "/search", q=words), LIST_BUDGET_MS)
            for how in ("gzip", "zstd"):
                for tag, mark in (("a", b"one"), ("b", b"another")):
                    shelf.push(f"ana/{how}", tag, layers=(packed(image_tar(how, mark), how),))
                show(f"compare two of 500 MB, {how}",
                     timed(ana, f"/repositories/ana%2F{how}/compare", 6, **{"from": "a", "to": "b"}))
                show(f"a directory of one, {how}",
                     timed(ana, manifest_path(f"ana/{how}", "a") + "/files", path="/usr/share/d7"),
                     LIST_BUDGET_MS)
                show(f"the last file of one, {how}",
                     timed(ana, manifest_path(f"ana/{how}", "a") + "/file", 6,
                           path="/usr/share/d99/f9999"))
        finally:
            registry.stop()


if __name__ == "__main__":
    main()
