"""Local images: names, listings, inspection, removal."""

import json
import re

import pytest

from lib.tars import make_tar, text_file


@pytest.fixture
def small(estiba):
    """The program with an image of one file, called small."""
    estiba.ok("import", "-", "small", stdin=make_tar([("file", text_file("x", mtime=1))]))
    return estiba


def rows(estiba, *args):
    lines = estiba.ok("images", *args).out.splitlines()
    return [re.split(r" {2,}", line.strip()) for line in lines]


def test_a_listing_has_the_columns_of_docker(small):
    heading, row = rows(small)
    assert heading == ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"]
    assert row[:2] == ["small", "latest"]
    assert small.image_id("small") == small.ok("images", "-q", "--no-trunc").out.strip()
    assert small.image_id("small")[7:19] == row[2]
    assert row[3].endswith("ago")


def test_a_tag_points_at_the_same_image(small):
    small.ok("tag", "small", "demo:1.0")
    assert small.image_id("demo:1.0") == small.image_id("small")


@pytest.mark.parametrize("length", [4, 12, 64])
def test_an_image_is_found_by_a_unique_prefix_of_its_id(small, length):
    prefix = small.image_id("small")[7 : 7 + length]
    small.ok("tag", prefix, "demo:1.0")
    small.ok("tag", f"sha256:{prefix}", "demo:2.0")
    assert small.image_id("demo:1.0") == small.image_id("demo:2.0") == small.image_id("small")


def test_a_tag_moves_from_one_image_to_another(small):
    old = small.image_id("small")
    small.ok("import", "-", "other", stdin=make_tar([("other", text_file("y"))]))
    small.ok("tag", "other", "small")
    assert small.image_id("small") == small.image_id("other") != old
    assert small.image_id(old) == old
    assert ["<none>", "<none>"] in [row[:2] for row in rows(small)]


def test_listings_can_be_filtered_by_repository(small):
    small.ok("tag", "small", "demo:1")
    small.ok("tag", "small", "demo:2")
    assert sorted(row[1] for row in rows(small, "demo")[1:]) == ["1", "2"]
    assert [row[1] for row in rows(small, "demo:2")[1:]] == ["2"]


def test_listings_take_a_template_or_json(small):
    assert small.ok("images", "--format", "{{.Repository}}:{{.Tag}}").out == "small:latest\n"
    row = json.loads(small.ok("images", "--format", "json").out.splitlines()[0])
    assert (row["Repository"], row["Tag"]) == ("small", "latest")
    assert small.image_id("small")[7:].startswith(row["ID"].removeprefix("sha256:"))


def test_inspect_tells_what_docker_tells(small):
    image = small.inspect("small")
    assert image["RepoTags"] == ["small:latest"]
    assert image["Os"] == "linux"
    assert image["Architecture"]
    assert image["RootFS"]["Type"] == "layers"
    assert len(image["RootFS"]["Layers"]) == 1
    assert image["Id"].startswith("sha256:")


def test_inspect_takes_a_template(small):
    assert small.ok("inspect", "--format", "{{.Id}}", "small").out.strip() == small.image_id("small")
    layers = small.ok("inspect", "-f", "{{json .RootFS.Layers}}", "small").out
    assert json.loads(layers) == small.inspect("small")["RootFS"]["Layers"]


def test_a_template_that_asks_for_nonsense_fails(small):
    assert "NoSuchField" in small.fails("inspect", "-f", "{{.NoSuchField}}", "small").text
    small.fails("inspect", "-f", "{{.Id", "small")


def test_history_shows_every_step(busybox, context):
    context.dockerfile('FROM busybox\nRUN touch /f\nENV A=1\nCMD ["x"]\n')
    busybox.build(context)
    lines = busybox.ok("history", "demo").out.splitlines()
    assert re.split(r" {2,}", lines[0].strip()) == ["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"]
    assert len(lines) == 5
    assert "CMD" in lines[1] and "ENV A=1" in lines[2] and "touch /f" in lines[3]
    full = busybox.ok("history", "--no-trunc", "--format", "{{.CreatedBy}}", "demo").out
    assert "touch /f" in full.splitlines()[2]
    entries = [json.loads(line) for line in
               busybox.ok("history", "--format", "json", "demo").out.splitlines()]
    assert len(entries) == 4


def test_rmi_of_one_of_two_tags_only_untags(small):
    small.ok("tag", "small", "demo:1")
    result = small.ok("rmi", "demo:1")
    assert "Untagged: demo:1" in result.out
    assert "Deleted" not in result.out
    small.image_id("small")


def test_rmi_of_the_last_tag_deletes_the_image(small):
    image = small.image_id("small")
    result = small.ok("rmi", "small")
    assert "Untagged: small:latest" in result.out
    assert f"Deleted: {image}" in result.out
    assert small.ok("images", "-q").out == ""


def test_rmi_by_id_with_several_repositories_needs_force(small):
    small.ok("tag", "small", "demo:1")
    image = small.image_id("small")
    small.fails("rmi", image[7:19])
    small.ok("rmi", "-f", image[7:19])
    assert small.ok("images", "-a", "-q").out == ""


def test_names_are_normalised_as_docker_does(small):
    small.ok("tag", "small", "docker.io/library/demo:latest")
    assert small.image_id("demo") == small.image_id("library/demo") == small.image_id("small")
    assert "demo:latest" in small.inspect("small")["RepoTags"]


@pytest.mark.parametrize("name", ["UPPER", "a//b", "a:b:c", "-x", "a:" + "t" * 129, ""])
def test_malformed_names_are_refused(small, name):
    small.fails("tag", "small", name)


@pytest.mark.parametrize(
    "args",
    [["inspect", "nosuch"], ["tag", "nosuch", "x"], ["rmi", "nosuch"], ["history", "nosuch"],
     ["save", "-o", "/dev/null", "nosuch"]],
)
def test_an_unknown_image_is_named(estiba, args):
    assert "nosuch" in estiba.fails(*args).text


def test_listings_are_empty_but_headed_at_first(estiba):
    assert rows(estiba) == [["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"]]
    assert estiba.ok("images", "-q").out == ""
