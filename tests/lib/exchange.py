"""A table of requests and expected answers, filled in while it runs.

One call of a `Table` is one row: a request and what its answer has to be. Each thing that is
expected of it (status, a header, the body, an error's code) is one check with a name of its own,
"section: request: what", so that the same table can be run against several servers and their
failures compared.
"""

import hashlib
import http.client
import json
import re
from urllib.parse import urlencode

MISSING = None  # expected of a header: that it is not there
TIMEOUT_S = 30
# What clients send that understand every kind.
ANY_MANIFEST = ", ".join(
    f"application/vnd.{kind}+json" for kind in (
        "oci.image.manifest.v1", "oci.image.index.v1", "docker.distribution.manifest.v2",
        "docker.distribution.manifest.list.v2"))


def digest_of(data, algorithm="sha256"):
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.fields = response.getheaders()
        self.body = body

    def header(self, name):
        values = [value for key, value in self.fields if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def location(self):
        """The path and query of Location, whether it is relative or absolute."""
        return re.sub(r"^https?://[^/]+", "", self.header("Location") or "/missing")


def matches(expected, found):
    """A value, one of several, a pattern, or whatever a function accepts."""
    if isinstance(expected, re.Pattern):
        return found is not None and expected.fullmatch(found) is not None
    if isinstance(expected, (set, tuple)):
        return found in expected
    return bool(expected(found)) if callable(expected) else found == expected


class Server:
    """Where the table is run; `token_for` gives the Authorization for some repositories, or None."""

    def __init__(self, port, token_for=lambda *repositories: None):
        self.port = port
        self.token_for = token_for


class Table:
    def __init__(self, server, section):
        self.server = server
        self.section = section
        self.repository = f"alice/{section}"
        self.checks = {}  # name to None, or to what was found instead
        self.connection = None

    def check(self, row, what, expected, found):
        name = f"{self.section}: {row}: {what}"
        assert name not in self.checks, f"two checks are called {name!r}"
        self.checks[name] = None if matches(expected, found) else f"{found!r:.300}"

    def send(self, method, path, body=None, headers=None, auth=True, chunked=False):
        headers = dict(headers or {})
        if "/manifests/" in path and method in ("GET", "HEAD"):
            headers.setdefault("Accept", ANY_MANIFEST)
        token = self.server.token_for(self.repository) if auth is True else auth
        if token and "Authorization" not in headers:
            headers["Authorization"] = token
        for last_try in (False, True):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    "127.0.0.1", self.server.port, timeout=TIMEOUT_S)
            try:
                self.connection.putrequest(method, path, skip_accept_encoding=True)
                for name, value in headers.items():
                    for one in value if isinstance(value, list) else [value]:
                        self.connection.putheader(name, one)
                self.send_body(method, headers, body, chunked)
                response = self.connection.getresponse()
                answer = Answer(response, response.read())
                if response.will_close:
                    self.close()
                return answer
            except (http.client.HTTPException, OSError):
                self.close()
                if last_try:
                    raise

    def send_body(self, method, headers, body, chunked):
        if chunked:
            self.connection.putheader("Transfer-Encoding", "chunked")
            self.connection.endheaders()
            half = len(body) // 2
            for part in (body[:half], body[half:]):
                if part:
                    self.connection.send(b"%x\r\n%s\r\n" % (len(part), part))
            self.connection.send(b"0\r\n\r\n")
            return
        if body is not None or method in ("POST", "PUT", "PATCH"):
            if "Content-Length" not in headers:
                self.connection.putheader("Content-Length", str(len(body or b"")))
        self.connection.endheaders(body or None)

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def __call__(self, row, method, path, status, *, want=None, code=None, answer_body=None,
                 answer_json=None, **request):
        """One row. `want` maps headers to what is expected of them; `code` is the error's."""
        try:
            answer = self.send(method, path, **request)
        except (http.client.HTTPException, OSError) as error:
            self.check(row, "answers", lambda _: False, str(error))
            raise BrokenOff(str(error)) from error
        self.check(row, "status", status, answer.status)
        for name, expected in (want or {}).items():
            self.check(row, name, expected, answer.header(name))
        if code is not None:
            errors = (answer.json or {}).get("errors") or [{}]
            self.check(row, "error code", code, errors[0].get("code"))
            self.check(row, "error message", lambda text: bool(text), errors[0].get("message"))
        if answer_body is not None:
            self.check(row, "body", answer_body, answer.body)
        if answer_json is not None:
            self.check(row, "JSON", answer_json, answer.json)
        return answer

    # What many rows begin with; no checks.

    def path(self, rest):
        return f"/v2/{self.repository}/{rest}"

    def start_upload(self):
        return self.send("POST", self.path("blobs/uploads/")).location

    def add_blob(self, data, algorithm="sha256", repository=None):
        digest = digest_of(data, algorithm)
        place = f"/v2/{repository or self.repository}/blobs/uploads/"
        token = self.server.token_for(repository or self.repository)
        location = self.send("POST", place, auth=token).location
        self.send("PUT", with_query(location, digest=digest), body=data, auth=token,
                  headers={"Content-Type": "application/octet-stream"})
        return digest

    def add_manifest(self, manifest, name=None, media_type=None, repository=None):
        data = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        media_type = media_type or json.loads(data).get("mediaType")
        place = f"/v2/{repository or self.repository}/manifests/{name or digest_of(data)}"
        self.send("PUT", place, body=data, headers={"Content-Type": media_type},
                  auth=self.server.token_for(repository or self.repository))
        return digest_of(data)


class BrokenOff(Exception):
    """The server did not answer a row; the rest of its section makes no sense."""


def with_query(location, **parameters):
    return location + ("&" if "?" in location else "?") + urlencode(parameters)


def run_sections(server, sections):
    """All checks of these sections: name to None, or to what was found instead."""
    checks = {}
    for section in sections:
        table = Table(server, section.__name__)
        try:
            section(table)
        except BrokenOff:
            pass
        finally:
            table.close()
        checks.update(table.checks)
    return checks
