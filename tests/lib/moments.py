"""Random moments at which to kill, spread over the time that an operation takes."""

import os
import random
import statistics
import time

COUNT = int(os.environ.get("ESTIBA_FAULT_KILLS", "50"))


def seed():
    """The seed of this run; ESTIBA_FAULT_SEED repeats an earlier one."""
    chosen = int(os.environ.get("ESTIBA_FAULT_SEED", str(random.SystemRandom().randrange(10**9))))
    print(f"ESTIBA_FAULT_SEED={chosen}")
    return chosen


def measured(operation, times=3):
    """The median duration in seconds of `operation(number)`."""
    durations = []
    for number in range(times):
        started = time.monotonic()
        operation(number)
        durations.append(time.monotonic() - started)
    return statistics.median(durations)


def moments(duration_s, count=COUNT):
    """One moment in each of `count` equal parts of the duration, in random order."""
    chooser = random.Random(seed())
    chosen = [duration_s * (part + chooser.random()) / count for part in range(count)]
    chooser.shuffle(chosen)
    print(f"{count} kills within {duration_s:.3f} s")
    return chosen


def kill_after(process, delay_s):
    """kill -9 of the process alone, as the kernel would under memory pressure."""
    time.sleep(delay_s)
    process.kill()
    return process.wait()
