"""A registry's requests, ours and Debian's docker-registry in turn on the same disk."""

import registry as requests

from measuring import Case, Contestant, Sample

WHY = {
    "GET manifest": "The first question of each pull.", "HEAD": "What a client asks that has the image already.",
    "GET 4": "Configs and small layers: the cost of a request itself.",
    "GET 50": "How near the server comes to what the socket can carry.",
    "PUT": "Durable uploads: received, hashed and synced before they are acknowledged.",
    "POST": "Durable small uploads.", "push": "A whole image of three layers.", "pull": "A whole image of three layers.",
}


def cases(everybody):
    requests.install("wrk", "docker-registry", "skopeo")
    folder = everybody.new_folder("registries")
    clients = requests.Clients(folder)
    with requests.contestants(folder) as (ours, theirs):
        for name, measure in requests.measurements(requests.Blobs(), clients):
            yield Case(
                name, next(why for start, why in WHY.items() if name.startswith(start)),
                {"estiba": contestant(ours, measure), "docker-registry": contestant(theirs, measure)},
                unit=unit_of(name), budget_ratio=requests.BUDGETS.get(name), runs=3)


def unit_of(name):
    if "50 MB" in name:
        return "MB/s"
    return "images/s" if name.startswith("pu") else "/s"


def contestant(server, measure):
    def once(_):
        before = server.cpu_seconds()
        value = measure(server)
        return Sample(value, server.cpu_seconds() - before)

    return Contestant(once, belongs=lambda: [server.process.pid], clients_count=False)
