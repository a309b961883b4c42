"""What one operation takes: its figure, the processor's time and the memory of all processes that work."""

import os
import resource
import statistics
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Sample:
    value: float
    cpu_seconds: float = 0.0


@dataclass
class Contestant:
    """`run` takes the number of the run (0 only warms up) and returns a Sample. `prepare` comes before it, unmeasured."""

    run: Callable[[int], Sample]
    prepare: Callable[[int], None] = lambda number: None
    runs: int | None = None  # fewer, of one that takes minutes
    belongs: Callable[[], list] = list  # process ids of its servers, for their memory
    clients_count: bool = True  # false where our own processes are the clients


@dataclass
class Case:
    """One thing that is measured of several, by name; "estiba" is ours."""

    name: str
    why: str  # in one sentence
    contestants: dict[str, Contestant]
    unit: str = "s"  # seconds: less is better; all others are rates
    budget_ratio: float | None = None  # to the best peer, as promised
    budget_value: float | None = None
    runs: int = 5


@dataclass
class Outcome:
    values: list = field(default_factory=list)
    cpu_seconds: list = field(default_factory=list)
    peak_mib: float = 0.0

    @property
    def median(self):
        return statistics.median(self.values)


@dataclass
class Result:
    case: Case
    outcomes: dict[str, Outcome]

    @property
    def best_peer(self):
        peers = {name: one.median for name, one in self.outcomes.items() if name != "estiba"}
        if not peers:
            return None
        best = min if self.case.unit == "s" else max
        return best(peers, key=peers.get)

    def ratio(self, peer):
        """How many times better than `peer` ours is."""
        ours, theirs = self.outcomes["estiba"].median, self.outcomes[peer].median
        return theirs / ours if self.case.unit == "s" else ours / theirs

    @property
    def met(self):
        """Whether the promise is kept; None where nothing was promised."""
        case, kept = self.case, []
        if case.budget_ratio is not None and self.best_peer:
            kept.append(self.ratio(self.best_peer) >= case.budget_ratio)
        if case.budget_value is not None:
            ours = self.outcomes["estiba"].median
            kept.append(ours <= case.budget_value if case.unit == "s" else ours >= case.budget_value)
        return all(kept) if kept else None


def measure(case, runs=None):
    """Every contestant once to warm up, with an eye on the memory; then all in turn."""
    outcomes = {name: Outcome() for name in case.contestants}
    for name, one in case.contestants.items():
        one.prepare(0)
        with MemoryWatch(one.belongs(), one.clients_count) as watch:
            one.run(0)
        outcomes[name].peak_mib = watch.peak_mib
    wanted = runs or case.runs
    for number in range(1, wanted + 1):
        for name, one in case.contestants.items():
            if number > (one.runs or wanted):
                continue
            one.prepare(number)
            sample = one.run(number)
            outcomes[name].values.append(sample.value)
            outcomes[name].cpu_seconds.append(sample.cpu_seconds)
    return Result(case, outcomes)


def command(arguments, env, servers=list, count=1):
    """A run that is a process, from fork to the end, its output thrown away; a function of the run's number may make its arguments."""
    def once(number):
        words = arguments(number) if callable(arguments) else arguments
        os.sync()
        before = server_cpu_seconds(servers())
        started = time.perf_counter()
        process = subprocess.Popen(list(map(str, words)), env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        complaints = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"{words}: {complaints.decode(errors='replace')[-2000:]}")
        cpu = usage.ru_utime + usage.ru_stime + server_cpu_seconds(servers()) - before
        return Sample(seconds / count, cpu / count)

    return once


def timed(operation):
    """A run that calls a function, which waits for the processes that it starts."""
    def once(_):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        operation()
        seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return Sample(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    return once


def server_cpu_seconds(pids):
    """Of these processes and those of their children that they waited for."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def processes():
    """pid -> (parent, resident MiB)"""
    found = {}
    page = os.sysconf("SC_PAGE_SIZE")
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            stat = Path(f"/proc/{name}/stat").read_text().rsplit(")", 1)[1].split()
            resident = int(Path(f"/proc/{name}/statm").read_text().split()[1]) * page / (1 << 20)
        except (OSError, IndexError):
            continue  # it ended meanwhile
        found[int(name)] = (int(stat[1]), resident)
    return found


class MemoryWatch:
    """The most that new children of ours and some servers held at once, looked at a hundred times a second."""

    def __init__(self, servers, children_too):
        self.servers = set(servers)
        self.children_too = children_too
        self.others = set(processes()) - self.servers
        self.peak_mib = 0.0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.ended.set()
        self.thread.join()

    def watch(self):
        while not self.ended.wait(0.01):
            everything = processes()
            total = sum(resident for pid, (_, resident) in everything.items() if self.counts(pid, everything))
            self.peak_mib = max(self.peak_mib, total)

    def counts(self, pid, everything):
        """A server, or what a server or this program has started since."""
        while pid in everything:
            if pid in self.servers:
                return True
            if pid in self.others:
                return False
            pid = everything[pid][0]
            if pid == os.getpid():
                return self.children_too
        return False
