"""Uploads that break off go on where they stopped: after a lost connection or a killed server."""

import os
import re
import socket
import time

import pytest

from lib.exchange import Table, digest_of, with_query
from lib.registry_api import api

HALF = 1_000_000
CHUNK = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def table(registry):
    table = Table(api(registry), "uploads")
    yield table
    table.close()


def begin_patch(table, location, sent, announced):
    """The open connection of a PATCH that has sent less than it announced."""
    connection = socket.create_connection(("127.0.0.1", table.server.port))
    connection.sendall(
        f"PATCH {location} HTTP/1.1\r\nHost: 127.0.0.1:{table.server.port}\r\n"
        f"Content-Length: {announced}\r\n"
        f"Authorization: {table.server.token_for(table.repository)}\r\n\r\n".encode() + sent)
    return connection


def offset_of(table, location):
    status = table.send("GET", location)
    assert status.status == 204
    return int(re.fullmatch(r"0-(\d+)", status.header("Range"))[1]) + 1


def wait_for_offset(table, location, wanted):
    deadline = time.monotonic() + 10
    while offset_of(table, location) < wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    assert offset_of(table, location) == wanted


def finish(table, location, data, offset, algorithm="sha256"):
    rest = data[offset:]
    part = {**CHUNK, "Content-Range": f"{offset}-{len(data) - 1}"}
    digest = digest_of(data, algorithm)
    answer = table.send("PUT", with_query(location, digest=digest), body=rest, headers=part)
    assert answer.status == 201, answer.body
    assert table.send("GET", table.path(f"blobs/{digest}")).body == data


def test_a_client_that_was_cut_off_goes_on(table):
    data = os.urandom(2 * HALF)
    location = table.start_upload()
    begin_patch(table, location, data[:HALF], len(data)).close()
    wait_for_offset(table, location, HALF)
    finish(table, location, data, HALF)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_killed_server_goes_on(registry, table, algorithm):
    data = os.urandom(2 * HALF)
    location = table.send(
        "POST", table.path(f"blobs/uploads/?digest-algorithm={algorithm}")).location
    answer = table.send("PATCH", location, body=data[:HALF], headers=CHUNK)
    assert answer.status == 202
    registry.kill()
    registry.start()
    table.close()
    assert offset_of(table, location) == HALF
    answer = table.send("PATCH", location, body=data[HALF:HALF + 10], headers=CHUNK)
    assert answer.header("Range") == f"0-{HALF + 9}"
    finish(table, location, data, HALF + 10, algorithm)


def test_a_server_killed_in_the_middle_of_a_body_keeps_what_came(registry, table):
    data = os.urandom(2 * HALF)
    location = table.start_upload()
    with begin_patch(table, location, data[:HALF], len(data)):
        time.sleep(0.3)
        registry.kill()
    registry.start()
    table.close()
    finish(table, location, data, offset_of(table, location))


def test_another_one_takes_the_session_over_only_when_it_is_free(table):
    location = table.start_upload()
    with begin_patch(table, location, b"half", 100):
        time.sleep(0.2)
        started = time.monotonic()
        assert table.send("PATCH", location, body=b"other", headers=CHUNK).status == 409
        assert time.monotonic() - started < 15
    wait_for_offset(table, location, 4)
    finish(table, location, b"half and half", 4)
