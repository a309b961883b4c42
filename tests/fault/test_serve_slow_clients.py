"""10,000 idle connections and 1,000 clients of one byte a second take nothing from those that work:
each of them is kept, and whoever comes is served. How fast is for bench/registry-load.py to say."""

import pytest

from lib.registry_api import api
from lib.slow_clients import Crowd, allow_many_files, peak_memory_mib, work_count

IDLE, SLOW, ROUNDS = 10_000, 1_000, 40
MOST_MEMORY_MIB = 300


@pytest.fixture
def many_files():
    assert allow_many_files() > IDLE + SLOW + 500


def test_a_crowd_of_idle_and_slow_clients_is_carried_while_others_are_served(many_files, registry):
    server = api(registry)
    crowd = Crowd(server, "alice/crowd", IDLE, SLOW)
    try:
        work_count(server, "alice/beside", ROUNDS)
        assert crowd.alive(crowd.idle) == IDLE
        assert crowd.alive(crowd.slow) == SLOW
    finally:
        crowd.close()
    print(f"peak memory {peak_memory_mib(registry.process):.0f} MiB")
    assert peak_memory_mib(registry.process) < MOST_MEMORY_MIB
    work_count(server, "alice/after", ROUNDS)
