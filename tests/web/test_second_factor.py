"""The second factor, guessing, and what it costs whom."""

import base64
import hashlib
import hmac
import http.client
import json
import time
from pathlib import Path

import pytest

from lib.openapi import Document
from lib.pages_api import Browser, Caller
from lib.program import Estiba
from lib.registry import Registry

PASSWORD = Registry.PASSWORD
STEP_S = 30


def code_of(secret, steps=0):
    """RFC 6238, as any authenticator computes it."""
    step = int(time.time()) // STEP_S + steps
    mac = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(int.from_bytes(mac[at:at + 4], 'big') & 0x7fffffff) % 1_000_000:06}"


def wrong_code(secret):
    """None of those that are right around now."""
    right = {code_of(secret, steps) for steps in range(-3, 4)}
    return next(code for code in (f"{n:06}" for n in range(10)) if code not in right)


def early_in_a_step():
    """So that the next few requests fall into one step, also on a loaded machine."""
    while int(time.time()) % STEP_S > STEP_S // 2:
        time.sleep(0.5)


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("second-factor")
    registry = Registry(Estiba(folder), folder / "registry")
    for name in ("ana", "bob", "carl", "dora", "eve", "fay"):
        registry.add_user(name)
    registry.start()
    yield registry
    assert registry.stop() == 0


def enrol(registry, name):
    """The caller, the authenticator's secret and the recovery codes."""
    caller = Browser(registry.port)
    caller.sign_in(name, PASSWORD)
    document = Document(caller.get("/openapi.json").json)
    begun = caller.post("/account/second-factor", {"password": PASSWORD})
    assert begun.status == 201 and document.check("beginSecondFactor", begun) == []
    secret = begun.json["secret"]
    assert f"secret={secret}" in begun.json["uri"]
    assert caller.post("/account/second-factor/confirm", {"code": wrong_code(secret)}).status == 400
    assert caller.get("/account").json["second_factor"] is False
    # The step before, so that the code of now is still good for a sign-in.
    done = caller.post("/account/second-factor/confirm", {"code": code_of(secret, -1)})
    assert done.status == 200 and document.check("confirmSecondFactor", done) == []
    return caller, secret, done.json["recovery_codes"]


def sign_in(registry, name, code=None, password=PASSWORD, browser=None):
    body = {"username": name, "password": password, **({} if code is None else {"code": code})}
    return (browser or Caller(registry.port)).post("/session", body)


def test_a_code_is_good_once_and_around_its_time(registry):
    early_in_a_step()
    _, secret, _ = enrol(registry, "ana")
    asked = sign_in(registry, "ana")
    assert (asked.status, asked.code) == (401, "second-factor-required")
    assert asked.header("Set-Cookie") is None
    for code in (wrong_code(secret), code_of(secret, -3), code_of(secret, 3), "", "12345",
                 code_of(secret, -1)):  # the last was used to confirm
        assert sign_in(registry, "ana", code).code == "second-factor-required"
    assert sign_in(registry, "ana", code_of(secret)).status == 200
    assert sign_in(registry, "ana", code_of(secret)).status == 401
    assert sign_in(registry, "ana", code_of(secret, 1)).status == 200  # a clock that is ahead
    assert sign_in(registry, "ana", code_of(secret)).status == 401  # older than what was used
    assert sign_in(registry, "ana", code_of(secret, 1), password="wrong").status == 401


def test_recovery_codes_are_good_once_each(registry):
    early_in_a_step()
    caller, secret, codes = enrol(registry, "bob")
    assert len(codes) == len(set(codes)) == 10
    assert sign_in(registry, "bob", codes[0]).status == 200
    assert sign_in(registry, "bob", codes[0]).status == 401
    assert sign_in(registry, "bob", codes[1].upper().replace("-", "")).status == 200
    assert caller.get("/account").json["recovery_codes_left"] == 8
    fresh = caller.post("/account/recovery-codes", {"password": PASSWORD}).json["recovery_codes"]
    assert sign_in(registry, "bob", codes[2]).status == 401
    assert sign_in(registry, "bob", fresh[0]).status == 200


def test_giving_it_up_needs_the_password_and_a_code(registry):
    early_in_a_step()
    caller, secret, codes = enrol(registry, "carl")
    path = "/account/second-factor/disable"
    assert caller.post(path, {"password": PASSWORD}).status == 400
    assert caller.post(path, {"password": PASSWORD, "code": wrong_code(secret)}).status == 403
    assert caller.post(path, {"password": "wrong", "code": code_of(secret)}).status == 403
    assert caller.get("/account").json["second_factor"] is True
    assert caller.post("/account/second-factor", {"password": PASSWORD}).status == 409
    assert caller.post(path, {"password": PASSWORD, "code": code_of(secret)}).status == 204
    assert sign_in(registry, "carl").status == 200
    assert sign_in(registry, "carl", codes[0]).status == 200  # not asked for, and not a way in
    _, again, _ = enrol(registry, "carl")
    assert again != secret
    assert sign_in(registry, "carl", codes[0]).status == 401
    registry.admin("user", "reset-second-factor", "carl")  # who has lost everything
    assert sign_in(registry, "carl").status == 200


def test_with_a_second_factor_the_password_alone_opens_no_command_line(registry):
    early_in_a_step()
    caller, _, _ = enrol(registry, "dora")
    stand_in = caller.post("/account/encrypted-password", {"password": PASSWORD}).json["secret"]
    v2 = {"prefix": ""}
    assert Caller.basic(registry.port, "dora", PASSWORD).send("GET", "/v2/", **v2).status == 401
    assert Caller.basic(registry.port, "dora", PASSWORD).get("/account").status == 401
    assert Caller.basic(registry.port, "dora", stand_in).send("GET", "/v2/", **v2).status == 200


def from_address(registry, source, body, cookie=None):
    connection = http.client.HTTPConnection(
        "127.0.0.1", registry.port, timeout=60, source_address=(source, 0))
    try:
        fields = {"Content-Type": "application/json", **({"Cookie": cookie} if cookie else {})}
        connection.request("POST", "/api/v1/session", json.dumps(body), fields)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def test_guessing_codes_is_slowed_down_where_it_happens(registry):
    early_in_a_step()
    _, secret, codes = enrol(registry, "eve")
    credentials = {"username": "eve", "password": PASSWORD}
    statuses = [from_address(registry, "127.0.0.6", {**credentials, "code": wrong_code(secret)})
                for _ in range(12)]
    assert statuses[:10] == [401] * 10 and statuses[10:] == [429] * 2
    assert from_address(registry, "127.0.0.6", {**credentials, "code": codes[0]}) == 429
    assert from_address(registry, "127.0.0.7", {**credentials, "code": codes[0]}) == 200


def test_a_browser_that_is_known_is_let_in_from_where_others_guess(registry):
    """The attacker sits behind the same address, as behind a proxy or an office's router."""
    known = Browser(registry.port)
    known.sign_in("fay", PASSWORD)
    device = known.jar["estiba_device"]
    right = {"username": "fay", "password": PASSWORD}
    statuses = [from_address(registry, "127.0.0.8", {**right, "password": f"guess {n}"})
                for n in range(12)]
    assert statuses[-1] == 429
    assert from_address(registry, "127.0.0.8", right) == 429
    assert from_address(registry, "127.0.0.8", right, "estiba_device=forged") == 429
    stranger = Browser(registry.port)
    stranger.sign_in("carl", PASSWORD)
    assert from_address(registry, "127.0.0.8", right,
                        f"estiba_device={stranger.jar['estiba_device']}") == 429
    assert from_address(registry, "127.0.0.8", right, f"estiba_device={device}") == 200
    # It is no sign-in, and guesses with it are counted, too.
    held = Caller(registry.port)
    held.cookie = f"estiba_device={device}"
    assert held.get("/session").json["signed_in"] is False
    for caller in (Caller.basic(registry.port, "fay", device),
                   Caller(registry.port, f"Bearer {device}")):
        assert caller.get("/account").status == 401
        assert caller.send("GET", "/v2/", prefix="").status == 401
    statuses = [from_address(registry, "127.0.0.9", {**right, "password": f"guess {n}"},
                             f"estiba_device={device}") for n in range(11)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert from_address(registry, "127.0.0.9", right) == 200  # like any other browser


def test_the_answer_to_a_wrong_password_tells_nothing_of_the_account(registry):
    answers = set()
    for name in ("ana", "carl", "nobody-has-this", "Not A Name", "ana+robot"):
        reply = sign_in(registry, name, password="wrong")
        answers.add((reply.status, reply.body, reply.header("Set-Cookie")))
    assert len(answers) == 1


def test_every_token_and_browser_has_its_last_use_and_address(registry):
    caller, watcher = Browser(registry.port), Browser(registry.port)
    for browser in (caller, watcher):
        browser.sign_in("fay", PASSWORD)
    made = caller.post("/account/tokens", {"title": "seen"}).json
    assert made["token"]["used_at"] is None and made["token"]["used_from"] is None
    for source in ("127.0.0.12", "127.0.0.13"):
        connection = http.client.HTTPConnection(
            "127.0.0.1", registry.port, timeout=60, source_address=(source, 0))
        fields = {"Authorization": "Bearer " + made["secret"]}
        connection.request("GET", "/api/v1/account", headers=fields)
        assert connection.getresponse().read()
        connection.request("GET", "/api/v1/session", headers={"Cookie": caller.cookie})
        assert connection.getresponse().read()
        connection.close()
        token = [one for one in watcher.get("/account/tokens").json["items"]
                 if one["title"] == "seen"][0]
        assert token["used_from"] == source and token["used_at"]
        sessions = watcher.get("/account/sessions").json["items"]
        assert source in [one["address"] for one in sessions if one["used_at"]]


def test_the_log_and_the_audit_keep_no_secret(registry):
    assert PASSWORD not in registry.log_text()
    for file in Path(registry.data).glob("*.db*"):
        assert PASSWORD.encode() not in file.read_bytes()
