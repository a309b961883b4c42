"""Search over what a registry holds, by the API and by `estiba search`."""

import json

import pytest

from lib.wire import Wire


@pytest.fixture
def registry(unstarted_registry):
    """A running registry with the accounts alice and bob, over each of the engines."""
    unstarted_registry.add_user("bob", "bob's own password")
    unstarted_registry.start()
    return unstarted_registry


@pytest.fixture
def wire(registry):
    """As alice."""
    return Wire(registry.address, "alice", registry.PASSWORD)


def names(wire, words, **parameters):
    query = "&".join([f"q={words}", *(f"{key}={value}" for key, value in parameters.items())])
    return [hit["name"] for hit in wire.get(f"/v1/search?{query}").json()["results"]]


def test_everything_that_says_what_an_image_is_is_searched(registry, wire):
    wire.push_image("alice/heron", tag="v7-bookworm", labels={"maintainer": "Ada Lovelace"},
                    annotations={"org.opencontainers.image.title": "Wading bird"})
    registry.estiba.ok("admin", "repository", "describe", "alice/heron",
                       "Stands *still* in shallow water", "--data", registry.data,
                       *registry.database)
    wire.push_image("alice/egret")
    for words in ("heron", "HERON", "her", "lovelace", "wading", "shallow+water", "bookworm",
                  "alice/heron", "ada+bird+v7"):
        assert names(wire, words) == ["alice/heron"], words
    for words in ("erons", "heron+absent", "", "%22%20NOT%20zz*", "name:heron%20NEAR("):
        assert names(wire, words) == [], words


def test_a_repository_is_found_as_long_as_it_is_there_and_visible(registry, wire):
    api = "/api/v1/repositories/alice%2Fcomet"
    wire.push_image("alice/comet", labels={"kind": "periodic"})
    nobody = Wire(registry.address)

    def patch(change):
        answer = wire("PATCH", api, json.dumps(change), {"Content-Type": "application/json"})
        assert answer.status == 200, answer.body

    patch({"visibility": "public", "description": "seen every 76 years"})
    assert names(nobody, "periodic+76") == ["alice/comet"]
    patch({"visibility": "private", "description": ""})
    assert names(nobody, "comet") == [] and names(wire, "comet") == ["alice/comet"]
    assert names(wire, "76") == []
    assert wire("DELETE", api).status == 204
    assert names(wire, "comet") == []
    wire.push_image("alice/comet")  # another one of that name
    assert names(wire, "comet") == ["alice/comet"] and names(wire, "periodic") == []
    assert wire("DELETE", api).status == 204
    assert wire("POST", "/api/v1/deleted-repositories/alice%2Fcomet/restore").status == 200
    assert names(wire, "comet") == ["alice/comet"]


def test_a_name_counts_more_than_a_description_and_the_whole_name_most(registry, wire):
    for name, text in (("alice/quail-tools", ""), ("alice/fowl", "quail and others"), ("alice/quail", "")):
        wire.push_image(name)
        registry.estiba.ok("admin", "repository", "describe", name, text, "--data",
                           registry.data, *registry.database)
    assert names(wire, "quail") == ["alice/quail", "alice/quail-tools", "alice/fowl"]


def test_what_changed_is_found_at_once_and_what_went_is_not(registry, wire):
    wire.push_image("alice/one", tag="first")
    assert names(wire, "first") == ["alice/one"]
    wire.push_image("alice/one", tag="second")
    assert names(wire, "second") == ["alice/one"]
    assert wire("DELETE", "/v2/alice/one/manifests/first").status == 202
    assert names(wire, "first") == []


def test_only_what_the_caller_may_see_is_found(registry, wire):
    wire.push_image("alice/secret-plan")
    wire.push_image("alice/open-plan")
    registry.estiba.ok("admin", "repository", "visibility", "--public", "alice/open-plan",
                       "--data", registry.data, *registry.database)
    bob = Wire(registry.address, "bob", "bob's own password")
    nobody = Wire(registry.address)
    assert set(names(wire, "plan")) == {"alice/secret-plan", "alice/open-plan"}
    for other in (bob, nobody):
        answer = other.get("/v1/search?q=plan").json()
        assert [hit["name"] for hit in answer["results"]] == ["alice/open-plan"]
        assert answer["num_results"] == 1
    wrong = Wire(registry.address, "alice", "not her password")
    assert wrong.get("/v1/search?q=plan").status == 401


def test_results_come_in_pages(registry, wire):
    for number in range(5):
        wire.push_image(f"alice/page-{number}")
    first = wire.get("/v1/search?q=page&n=2").json()
    assert (first["num_results"], first["num_pages"], first["page"], first["page_size"]) == (5, 3, 1, 2)
    pages = [names(wire, "page", n=2, page=page) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert sorted(sum(pages, [])) == [f"alice/page-{number}" for number in range(5)]
    for bad in ("n=0", "n=x", "page=-1"):
        assert wire.get(f"/v1/search?q=page&{bad}").status == 400
    assert wire.get("/v1/_ping").status == 200


def test_the_command_prints_as_docker_does(registry, wire):
    estiba = registry.estiba
    registry.login(estiba)
    wire.push_image("alice/gull")
    long = "Cries over the harbour, and über den Dächern, from morning until evening"
    estiba.ok("admin", "repository", "describe", "alice/gull", long, "--data", registry.data,
              *registry.database)
    term = f"{registry.address}/gull"
    name = f"{registry.address}/alice/gull"

    lines = estiba.ok("search", term).out.splitlines()
    assert lines[0].split() == ["NAME", "DESCRIPTION", "STARS", "OFFICIAL"]
    assert lines[1].split()[0] == name
    assert "Cries over the harbour, and über den Dächern…" in lines[1]
    assert long in estiba.ok("search", "--no-trunc", term).out
    shown = estiba.ok("search", "--format", "{{.Name}}|{{.StarCount}}|{{.IsOfficial}}", term).out
    assert shown == f"{name}|0|false\n"
    assert json.loads(estiba.ok("search", "--format", "json", term).out)["Name"] == name

    assert name in estiba.ok("search", "--filter", "is-official=false", term).out
    assert name not in estiba.ok("search", "--filter", "is-official=true", term).out
    assert name not in estiba.ok("search", "-f", "stars=1", term).out
    assert len(estiba.ok("search", "--limit", "1", term).out.splitlines()) == 2
    for bad in (["--limit", "101"], ["--filter", "size=1"], ["--filter", "stars=many"]):
        estiba.fails("search", *bad, term)
