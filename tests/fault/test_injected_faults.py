"""Every kind of system call made to fail in turn, by strace, at places spread over a command.

Whatever fails: the command ends by itself, with words when it failed, the store is whole, and the
command succeeds when it is run again. ESTIBA_FAULT_POINTS says at how many places each kind of
failure is tried ("all": at every call).
"""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from lib import bases
from lib.program import Estiba, binary

# What disks, memory and limits answer, and to which calls.
FAULTS = {
    "disk full": ("ENOSPC", "write,pwrite64,openat,openat2,mkdir,mkdirat,linkat,rename,renameat2,ftruncate,fallocate,symlinkat"),
    "disk broken": ("EIO", "read,pread64,write,pwrite64,fsync,fdatasync,syncfs,getdents64,newfstatat,fstat,statx,unlink,unlinkat,rename,linkat"),
    "too many files": ("EMFILE", "openat,openat2,pipe2,socket,eventfd2,memfd_create,fsopen,open_tree,dup"),
    "no memory": ("ENOMEM", "mmap,clone,clone3,fork,vfork,mount,fsmount,unshare"),
}
POINTS = os.environ.get("ESTIBA_FAULT_POINTS", "12")
# What main() begins with: broken pipes are errors, not ends.
FIRST_OF_OURS = "rt_sigaction"


def commands(folder):
    """name -> arguments of a small command that can be repeated."""
    return {
        "build": ["build", "--no-cache", "-t", "demo", folder / "context"],
        "save": ["save", "-o", folder / "saved.tar", "base"],
        "load": ["load", "-i", folder / "base.tar"],
        "import": ["import", folder / "base-root.tar", "imported"],
        "prune": ["system", "prune", "-f"],
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    assert shutil.which("strace"), "strace is missing: run scripts/install-deps.sh"
    folder = tmp_path_factory.mktemp("injected")
    estiba = Estiba(folder / "estiba")
    (folder / "base-root.tar").write_bytes(bases.busybox_tar())
    estiba.ok("import", folder / "base-root.tar", "base")
    estiba.ok("save", "-o", folder / "base.tar", "base")
    context = folder / "context"
    context.mkdir()
    (context / "file").write_bytes(os.urandom(300_000))
    (context / "Dockerfile").write_text("FROM base\nCOPY file /file\nENV A=b\nWORKDIR /work\n")
    return folder, estiba


def strace(estiba, arguments, *flags):
    return subprocess.run(
        ["strace", "-f", "-qq", "-o", estiba.folder / "trace", *flags, binary(), *map(str, arguments)],
        env=estiba.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


def calls_of(estiba, arguments, names):
    """call -> (from, to): how often the loader makes it, which no program can answer for, and how
    often a thread makes it at most; strace counts for each thread."""
    done = strace(estiba, arguments, "-e", f"trace={names},{FIRST_OF_OURS}")
    assert done.returncode == 0, done.stderr
    trace = (estiba.folder / "trace").read_text()
    by_loader = re.findall(r"(?m)^\d+ +(\w+)\(", trace[:trace.index(FIRST_OF_OURS + "(SIGPIPE")])
    counts = {}
    for thread, call in re.findall(r"(?m)^(\d+) +(\w+)\(", trace):
        counts[call, thread] = counts.get((call, thread), 0) + 1
    most = {}
    for (call, _), count in counts.items():
        most[call] = by_loader.count(call), max(most.get(call, (0, 0))[1], count)
    most.pop(FIRST_OF_OURS)
    return most


def places(most):
    """(call, number), all of them or some spread evenly."""
    every = [(call, number) for call, (first, last) in sorted(most.items()) for number in range(first + 1, last + 1)]
    if POINTS == "all":
        return every
    wanted = min(int(POINTS), len(every))
    return [every[(2 * part + 1) * len(every) // (2 * wanted)] for part in range(wanted)]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("what", commands(Path("/")))
def test_a_failing_call_ends_in_words_and_a_whole_store(place, what, fault):
    folder, estiba = place
    arguments = commands(folder)[what]
    errno, names = FAULTS[fault]
    chosen = places(calls_of(estiba, arguments, names))
    unclean = []
    for call, number in chosen:
        done = strace(estiba, arguments, "-e", f"trace={call}",
                      "-e", f"inject={call}:error={errno}:when={number}")
        where = f"{what}: {call} number {number} answers {errno}: exit {done.returncode}: {done.stderr[-300:]!r}"
        if done.returncode < 0 or done.returncode > 128 + signal.SIGHUP:
            unclean.append(f"died: {where}")
        elif done.returncode != 0 and not done.stderr.strip():
            unclean.append(f"no words: {where}")
        check = estiba("system", "check")
        if check.code != 0:
            unclean.append(f"not whole: {where}: {check.text}")
        again = estiba(*arguments)
        if again.code != 0:
            unclean.append(f"does not succeed afterwards: {where}: {again.text}")
    print(f"{what}, {fault}: {len(chosen)} failures injected")
    assert not unclean, "\n".join(unclean)
