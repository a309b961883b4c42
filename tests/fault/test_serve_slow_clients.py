"""Idle and slow clients by the hundred take nothing from those that work (bench/registry-load.py
has the full figures: 10,000 and 1,000)."""

from lib.registry_api import api
from lib.slow_clients import Crowd, allow_many_files, peak_memory_mib, work_done

IDLE, SLOW, SECONDS = 500, 200, 3
MOST_MEMORY_MIB = 300  # with sanitizers and without


def test_a_crowd_of_slow_clients_costs_others_less_than_half_their_speed(registry):
    allow_many_files()
    server = api(registry)
    alone = work_done(server, "alice/alone", SECONDS)
    crowd = Crowd(server, "alice/crowd", IDLE, SLOW)
    try:
        beside = work_done(server, "alice/beside", SECONDS)
        assert crowd.alive(crowd.idle) == IDLE
        assert crowd.alive(crowd.slow) == SLOW
    finally:
        crowd.close()
    assert beside > alone / 2, f"{alone:.0f} a second alone, {beside:.0f} beside the crowd"
    assert peak_memory_mib(registry.process) < MOST_MEMORY_MIB
    assert work_done(server, "alice/after", 1) > alone / 2
