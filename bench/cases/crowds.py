"""Many clients that pull one image at once."""

import re
import subprocess
import tempfile

import registry as requests
from measuring import Case

from cases.registry_requests import contestant

from lib.exchange import ANY_MANIFEST

CLIENTS = (1, 10, 100, 1_000)
SECONDS = 2


def cases(everybody):
    requests.install("wrk", "docker-registry")
    folder = everybody.new_folder("registries")
    with requests.contestants(folder) as (ours, theirs):
        for clients in CLIENTS:
            yield Case(
                f"images pulled by clients at once: {clients}",
                "A cluster that starts: manifest, config and ten small layers for each client.",
                {name: contestant(one, lambda server, clients=clients: images_a_second(server, clients))
                 for name, one in (("estiba", ours), ("docker-registry", theirs))},
                unit="images/s", runs=3)


def images_a_second(server, clients):
    """Each connection asks for everything of the image, over and over."""
    script = f"""
wrk.headers["Accept"] = "{ANY_MANIFEST}"
local paths = {{{", ".join(f'"{path}"' for path in server.image_paths)}}}
local at = 0
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
"""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        out = subprocess.run(
            ["wrk", "-t1", f"-c{clients}", f"-d{SECONDS}s", "-s", file.name, "--timeout", "30s",
             f"http://127.0.0.1:{server.port}"],
            check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in out, out
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]) / len(server.image_paths)
