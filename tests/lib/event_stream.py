"""One who watches a registry's server-sent events."""

import http.client
import json
import socket
import threading
from urllib.parse import urlencode


class EventStream:
    """Connected when it is made; `events` grows as they come: (name, data, id)."""

    def __init__(self, caller, repository=None, last_id=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", caller.port, timeout=120)
        fields = {"Accept": "text/event-stream"}
        if caller.authorization:
            fields["Authorization"] = caller.authorization
        if caller.cookie:
            fields["Cookie"] = caller.cookie
        if last_id:
            fields["Last-Event-ID"] = last_id
        query = "?" + urlencode({"repository": repository}) if repository else ""
        self.connection.request("GET", "/api/v1/events" + query, headers=fields)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.events = []
        self.beats = 0
        self.ended = threading.Event()
        if self.status == 200:
            assert self.response.getheader("Content-Type") == "text/event-stream"
            assert self.response.readline().startswith(b": ")
            threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        name, data, seen = None, None, None
        try:
            while line := self.response.readline():
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "":
                    self.beats += 1 if value else 0
                if field == "event":
                    name = value
                elif field == "data":
                    data = json.loads(value)
                elif field == "id":
                    seen = value
                elif line == b"\n" and name:
                    self.events.append((name, data, seen))
                    name, data, seen = None, None, None
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass
        self.ended.set()

    def of(self, name):
        return [data for kind, data, _ in self.events if kind == name]

    def close(self):
        # Shut down first: closing would wait for the thread that reads.
        if self.connection.sock:
            try:
                self.connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connection.close()
