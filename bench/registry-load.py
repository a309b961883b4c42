#!/usr/bin/python3
"""10,000 idle connections and 1,000 clients of one byte a second, while others push and pull.

The server cuts off whoever sends less than 500 bytes a second for half a minute, so that each
measurement is over before the crowd thins out.
"""

from common import Estiba, arguments, workplace

from lib.registry import Registry
from lib.registry_api import api
from lib.slow_clients import Crowd, allow_many_files, peak_memory_mib, work_done

IDLE, SLOW = 10_000, 1_000
SECONDS = 8


def main():
    options = arguments(__doc__, runs=2)
    needed = IDLE + SLOW + 1000
    if allow_many_files() < needed:
        raise SystemExit(f"a process may open too few files here; {needed} are needed")
    with workplace() as folder:
        registry = Registry(Estiba(folder / "estiba"), folder / "registry")
        registry.add_user("alice")
        registry.serve_flags = ["--no-access-log"]
        registry.start()
        try:
            for number in range(options.runs):
                measure(registry, number)
        finally:
            registry.stop()


def measure(registry, number):
    server = api(registry)
    alone = work_done(server, f"alice/alone{number}", SECONDS)
    before = peak_memory_mib(registry.process)
    crowd = Crowd(server, "alice/crowd", IDLE, SLOW)
    try:
        beside = work_done(server, f"alice/beside{number}", SECONDS)
        idle, slow = crowd.alive(crowd.idle), crowd.alive(crowd.slow)
    finally:
        crowd.close()
    print(f"push of a small and pull of a 256 KiB blob: {alone:.0f} a second alone, {beside:.0f} "
          f"beside {idle} idle and {slow} slow clients (ratio {beside / alone:.2f})")
    print(f"peak memory: {before:.0f} MiB before, {peak_memory_mib(registry.process):.0f} MiB after")


if __name__ == "__main__":
    main()
