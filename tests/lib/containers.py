"""Containers that outlive the command that started them: waiting for them, and getting rid of them."""

import json
import time
from pathlib import Path


def eventually(holds, timeout=20, pause=0.05):
    """Waits until `holds()` is true, and returns what it gave."""
    deadline = time.monotonic() + timeout
    while True:
        result = holds()
        if result:
            return result
        assert time.monotonic() < deadline, f"waited {timeout} s in vain"
        time.sleep(pause)


def details(estiba, name):
    return json.loads(estiba.ok("container", "inspect", name).out)[0]


def state(estiba, name):
    return details(estiba, name)["State"]


def status(estiba, name):
    """docker's word for it, or nothing when there is no such container."""
    out = estiba.ok("ps", "-a", "--filter", f"name={name}", "--format", "{{.Names}} {{.State}}").out
    for line in out.splitlines():
        if line.split()[0] == name:
            return line.split()[1]
    return None


def detached(estiba, name, *args):
    """Runs a container in the background and returns its ID."""
    return estiba.ok("run", "-d", "--name", name, "--network", "host", *args).out.strip()


def remove_all(estiba):
    ids = estiba.ok("ps", "-aq").out.split()
    if ids:
        estiba.ok("rm", "-f", "-v", *ids)


def mounts_below(folder):
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line.split()[4] for line in lines if line.split()[4].startswith(f"{folder}/")]
