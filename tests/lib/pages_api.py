"""The pages' API as a browser or a script talks to it."""

import base64
import http.client
import json
from urllib.parse import quote, urlencode


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.fields = response.getheaders()
        self.body = response.read()

    def header(self, name):
        values = [value for key, value in self.fields if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json.get("code")


def segment(name):
    """A name as one segment of a path."""
    return quote(name, safe="")


class Caller:
    """Somebody who calls the API: nobody, by Basic or Bearer credentials, or with a session."""

    def __init__(self, port, authorization=None):
        self.port = port
        self.authorization = authorization
        self.cookie = None
        self.csrf = None

    @classmethod
    def basic(cls, port, name, secret):
        encoded = base64.b64encode(f"{name}:{secret}".encode()).decode()
        return cls(port, f"Basic {encoded}")

    @classmethod
    def signed_in(cls, port, name, password, **members):
        caller = cls(port)
        caller.sign_in(name, password, **members)
        return caller

    def sign_in(self, name, password, **members):
        reply = self.post("/session", {"username": name, "password": password, **members})
        assert reply.status == 200, reply.body
        self.take_session(reply)

    def take_session(self, reply):
        self.cookie = reply.header("Set-Cookie").split(";")[0]
        if reply.body:
            self.csrf = reply.json["csrf_token"]

    def send(self, method, path, /, body=None, headers=None, prefix="/api/v1", **query):
        fields = {}
        if self.authorization:
            fields["Authorization"] = self.authorization
        if self.cookie:
            fields["Cookie"] = self.cookie
            if self.csrf and method not in ("GET", "HEAD"):
                fields["X-CSRF-Token"] = self.csrf
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            fields["Content-Type"] = "application/json"
        fields.update(headers or {})
        fields = {key: value for key, value in fields.items() if value is not None}
        if query:
            path += "?" + urlencode(query)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, prefix + path, data, fields)
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, /, **query):
        return self.send("GET", path, **query)

    def post(self, path, body=None, **more):
        return self.send("POST", path, {} if body is None else body, **more)

    def put(self, path, body=None, **more):
        return self.send("PUT", path, body, **more)

    def patch(self, path, body, **more):
        return self.send("PATCH", path, body, **more)

    def delete(self, path, **more):
        return self.send("DELETE", path, **more)


class Browser(Caller):
    """Keeps cookies by their names, and does not follow redirects."""

    def __init__(self, port):
        super().__init__(port)
        self.jar = {}

    def send(self, *args, **options):
        self.cookie = "; ".join(f"{name}={value}" for name, value in self.jar.items()) or None
        reply = super().send(*args, **options)
        for key, field in reply.fields:
            if key.lower() == "set-cookie":
                name, value = field.split(";")[0].split("=", 1)
                self.jar[name] = value
        return reply

    def take_session(self, reply):
        self.csrf = reply.json["csrf_token"]

    @property
    def account(self):
        return self.get("/session").json["account"]
