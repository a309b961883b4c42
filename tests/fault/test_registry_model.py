"""Random concurrent pushes, tag moves, deletions, mounts, pulls and collections, the server killed again
and again, against a model of what was acknowledged.

Each worker owns its tags and its manifests (their annotations name it) and shares blobs and
repositories with all others, so its model is simple: what each of its tags may mean. An answer leaves
one possibility, a request without an answer leaves two. The metadata are in SQLite, then in
PostgreSQL. ESTIBA_FAULT_SEED repeats a run's choices, ESTIBA_MODEL_SECONDS lets each run for hours.
"""

import http.client
import json
import os
import random
import sqlite3
import threading
import time

import pytest

from lib import peers
from lib.moments import seed
from lib.wire import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, Wire, digest_of

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
SECONDS = float(os.environ.get("ESTIBA_MODEL_SECONDS", "15"))
WORKERS = 5
REPOSITORIES = ["alice/a", "alice/b", "alice/c"]
TAGS = 4
DELAY_S = 2
BLOBS = [f"shared blob {number} ".encode() * (1 + 37 * number % 400) for number in range(24)]


class NoAnswer(Exception):
    """The server was killed; whether it did what was asked is not known."""


class Client:
    """One connection, made anew when the server was."""

    TOKEN_LASTS_S = 1800

    def __init__(self, registry):
        self.registry = registry
        self.headers = {}
        self.token_until = 0
        self.connection = None

    def __call__(self, method, path, body=None, media_type="application/octet-stream"):
        try:
            if time.monotonic() > self.token_until:
                self.headers = {"Authorization": f"Bearer {get_token(self.registry)}"}
                self.token_until = time.monotonic() + self.TOKEN_LASTS_S
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    "127.0.0.1", self.registry.port, timeout=30
                )
            self.connection.request(
                method, path, body, {**self.headers, "Content-Type": media_type}
            )
            response = self.connection.getresponse()
            return response.status, response.read(), response.headers
        except (OSError, http.client.HTTPException) as error:
            self.connection = None
            time.sleep(0.05)
            raise NoAnswer from error


class Worker:
    def __init__(self, number, registry, run_seed):
        self.number = number
        self.random = random.Random(f"{run_seed}/{number}")
        self.client = Client(registry)
        self.tags = {}  # (repository, tag) -> what it may mean: digests, None for no tag
        self.manifests = {}  # digest -> bytes
        self.unfinished = []  # indexes whose entries may be there without them
        self.counts = {}
        self.serial = 0
        self.failure = None

    # --- the protocol

    def ensure_blob(self, repository, content, force=False):
        path = f"/v2/{repository}/blobs/{digest_of(content)}"
        if not force and self.client("HEAD", path)[0] == 200:
            return
        if not force and self.random.random() < 0.4:
            source = self.random.choice(REPOSITORIES)
            status, _, headers = self.client(
                "POST", f"/v2/{repository}/blobs/uploads/?mount={digest_of(content)}&from={source}"
            )
            if status == 201:
                return
            assert status == 202, status
            location = headers["Location"]
            location += ("&" if "?" in location else "?") + f"digest={digest_of(content)}"
            status = self.client("PUT", location, content)[0]
            assert status == 201, status
            return
        status = self.client(
            "POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(content)}", content
        )[0]
        assert status == 201, status

    def new_image(self):
        self.serial += 1
        config = json.dumps({"architecture": "amd64", "os": "linux", "n": self.serial % 7}).encode()
        layers = self.random.sample(BLOBS, self.random.randint(1, 3))
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": {"mediaType": OCI_CONFIG, "digest": digest_of(config), "size": len(config)},
            "layers": [
                {"mediaType": OCI_LAYER, "digest": digest_of(layer), "size": len(layer)}
                for layer in layers
            ],
            "annotations": {"worker": f"{self.number}.{self.serial}"},
        }).encode()
        self.manifests[digest_of(manifest)] = manifest
        return manifest, [config, *layers]

    def put(self, repository, reference, manifest, media_type=OCI_MANIFEST):
        return self.client(
            "PUT", f"/v2/{repository}/manifests/{reference}", manifest, media_type
        )[0]

    def put_image(self, repository, reference, manifest, blobs):
        for blob in blobs:
            self.ensure_blob(repository, blob)
        status = self.put(repository, reference, manifest)
        for _ in range(10):
            if status != 404:  # else the delay passed while we were pushing: the machine is busy
                break
            for blob in blobs:
                self.ensure_blob(repository, blob, force=True)
            status = self.put(repository, reference, manifest)
        assert status == 201, status

    # --- what a worker does, and what its model learns

    def some_tag(self):
        number = self.random.randrange(TAGS)
        return self.random.choice(REPOSITORIES), f"w{self.number}-{number}"

    def known(self, place):
        return self.tags.setdefault(place, {None})

    def doing(self, place, outcome, work):
        """`work` makes the tag mean `outcome`; without an answer it may or may not have."""
        before = set(self.known(place))
        self.tags[place] = before | {outcome}
        work()
        self.tags[place] = {outcome}

    def push(self):
        place = self.some_tag()
        manifest, blobs = self.new_image()
        self.doing(place, digest_of(manifest),
                   lambda: self.put_image(*place, manifest, blobs))

    def push_index(self):
        repository, tag = place = self.some_tag()
        images = [self.new_image() for _ in range(2)]
        index = json.dumps({
            "schemaVersion": 2, "mediaType": OCI_INDEX,
            "manifests": [
                {"mediaType": OCI_MANIFEST, "digest": digest_of(manifest), "size": len(manifest)}
                for manifest, _ in images
            ],
        }).encode()
        self.manifests[digest_of(index)] = index
        unfinished = (repository, images, index)
        self.unfinished.append(unfinished)
        self.doing(place, digest_of(index), lambda: self.finish_index(place, images, index))
        self.unfinished.remove(unfinished)

    def finish_index(self, place, images, index):
        for manifest, blobs in images:
            self.put_image(place[0], digest_of(manifest), manifest, blobs)
        status = self.put(*place, index, OCI_INDEX)
        assert status == 201, status

    def move(self):
        source = self.some_tag()
        repository, _ = source
        place = (repository, self.some_tag()[1])
        if self.known(source) == {None} or len(self.known(source)) > 1:
            return
        (digest,) = self.known(source)
        media_type = OCI_INDEX if b'"manifests"' in self.manifests[digest] else OCI_MANIFEST
        def work():
            status = self.put(*place, self.manifests[digest], media_type)
            assert status == 201, status
        self.doing(place, digest, work)

    def delete_tag(self):
        repository, tag = place = self.some_tag()
        def work():
            status = self.client("DELETE", f"/v2/{repository}/manifests/{tag}")[0]
            assert status in (202, 404), status
            if None not in before:
                assert status == 202, f"{place} was {before}, but is not there"
        before = set(self.known(place))
        self.doing(place, None, work)

    def delete_manifest(self):
        repository, _ = place = self.some_tag()
        digests = self.known(place) - {None}
        if not digests:
            return
        digest = self.random.choice(sorted(digests))
        mine = [other for other in self.tags
                if other[0] == repository and digest in self.tags[other]]
        for other in mine:
            self.tags[other] = self.tags[other] | {None}
        status = self.client("DELETE", f"/v2/{repository}/manifests/{digest}")[0]
        assert status in (202, 404), status
        for other in mine:
            self.tags[other] = self.tags[other] - {digest}

    def pull(self):
        repository, tag = place = self.some_tag()
        started = time.monotonic()
        status, body, _ = self.client("GET", f"/v2/{repository}/manifests/{tag}")
        found = digest_of(body) if status == 200 else None
        assert status in (200, 404), status
        assert found in self.known(place), f"{place} is {found}, may be {self.known(place)}"
        self.tags[place] = {found}
        if found:
            self.read_all(repository, body, started)

    def read_all(self, repository, manifest, started):
        document = json.loads(manifest)
        for entry in document.get("manifests", []):
            status, body, _ = self.client("GET", f"/v2/{repository}/manifests/{entry['digest']}")
            assert status == 200 and digest_of(body) == entry["digest"], status
            self.read_all(repository, body, started)
        blobs = [document["config"], *document["layers"]] if "config" in document else []
        for blob in blobs:
            status, body, _ = self.client("GET", f"/v2/{repository}/blobs/{blob['digest']}")
            late = time.monotonic() - started > DELAY_S / 2
            assert late or status == 200, f"{blob['digest']} of an image is {status}"
            assert status != 200 or digest_of(body) == blob["digest"]

    def run(self, stop):
        choices = [self.push] * 5 + [self.push_index, self.move, self.move, self.delete_tag,
                                     self.delete_manifest, self.pull, self.pull, self.pull]
        try:
            while not stop.is_set():
                action = self.random.choice(choices)
                self.counts[action.__name__] = self.counts.get(action.__name__, 0) + 1
                try:
                    action()
                except NoAnswer:
                    self.counts["unanswered"] = self.counts.get("unanswered", 0) + 1
        except BaseException as error:  # told by the main thread
            self.failure = error
            stop.set()

    def settle(self):
        """Nothing is left half done: indexes are pushed whole, then let go."""
        for repository, images, index in self.unfinished:
            place = (repository, f"w{self.number}-last")
            self.finish_index(place, images, index)
            assert self.client("DELETE", f"/v2/{place[0]}/manifests/{place[1]}")[0] == 202


def get_token(registry):
    scopes = "&".join(f"scope=repository:{name}:pull,push,delete" for name in REPOSITORIES)
    return Wire(registry.address, "alice", registry.PASSWORD).get(f"/v2/token?{scopes}").json()["token"]


def kill_again_and_again(registry, chooser, stop):
    """Also collections of another process, which die as suddenly."""
    kills = 0
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends and not stop.is_set():
        collection = registry.estiba.start(
            "admin", "gc", "--delay", f"{DELAY_S}s", "--undelete-window", "0s", "--data", registry.data,
            *registry.database,
        )
        stop.wait(chooser.uniform(0.3, 3))
        collection.kill()
        collection.wait()
        registry.kill()
        registry.start()
        kills += 1
    return kills


def reachable(client):
    """Manifests by repository, and blobs, from the tags that there are; all of them read."""
    manifests, blobs = set(), set()

    def follow(repository, reference):
        status, body, _ = client("GET", f"/v2/{repository}/manifests/{reference}")
        assert status == 200, f"{repository}:{reference} is {status}"
        manifests.add((repository, digest_of(body)))
        document = json.loads(body)
        for entry in document.get("manifests", []):
            follow(repository, entry["digest"])
        for blob in [document["config"], *document["layers"]] if "config" in document else []:
            status, content, _ = client("GET", f"/v2/{repository}/blobs/{blob['digest']}")
            assert status == 200 and digest_of(content) == blob["digest"]
            blobs.add(blob["digest"])

    for repository in REPOSITORIES:
        listed = json.loads(client("GET", f"/v2/{repository}/tags/list?n=1000")[1])
        for tag in listed["tags"]:
            follow(repository, tag)
    return manifests, blobs


MANIFESTS = "SELECT r.name, m.digest FROM manifests m JOIN repositories r ON r.id = m.repository_id"


def stored(registry):
    if registry.database:
        out = peers.run("psql", "-X", "-A", "-t", "-F", " ", "-c", MANIFESTS, registry.database[1])
        manifests = {tuple(line.split(" ")) for line in out.splitlines()}
    else:
        with sqlite3.connect(registry.data / "registry.db") as database:
            manifests = set(database.execute(MANIFESTS))
    blobs = {digest_of(path.read_bytes()) for path in registry.files().values() if path.exists()}
    return manifests, blobs


@pytest.fixture
def registry(unstarted_registry):
    registry = unstarted_registry
    for name in REPOSITORIES:
        registry.create_repository(name, public=True)
    registry.serve_flags = ["--gc-delay", f"{DELAY_S}s", "--gc-interval", "1s",
                            "--undelete-window", "0s", "--no-access-log"]
    registry.start()
    return registry


def test_what_was_acknowledged_stays_and_the_rest_goes(registry):
    run_seed = seed()
    workers = [Worker(number, registry, run_seed) for number in range(WORKERS)]
    stop = threading.Event()
    threads = [threading.Thread(target=worker.run, args=(stop,)) for worker in workers]
    for thread in threads:
        thread.start()
    kills = kill_again_and_again(registry, random.Random(run_seed), stop)
    stop.set()
    for thread in threads:
        thread.join()
    for worker in workers:
        print(worker.number, worker.counts)
        if worker.failure:
            raise worker.failure
    print(f"{sum(sum(worker.counts.values()) for worker in workers)} operations, {kills} kills")

    for worker in workers:
        worker.settle()
        for (repository, tag), may_be in worker.tags.items():
            status, body, _ = worker.client("GET", f"/v2/{repository}/manifests/{tag}")
            found = digest_of(body) if status == 200 else None
            assert found in may_be, f"{repository}:{tag} is {found}, may be {may_be}"

    expected = reachable(workers[0].client)
    deadline = time.monotonic() + 30
    while stored(registry) != expected and time.monotonic() < deadline:
        time.sleep(0.2)
    manifests, blobs = stored(registry)
    assert manifests == expected[0]
    assert blobs == expected[1]
    assert reachable(workers[0].client) == expected
    assert "0 problems" in registry.admin("check", "--orphan-age", "0s")
