"""Our registry as the tests of its protocol talk to it."""

from urllib.parse import urlencode

from lib.exchange import Server, Table


def api(registry, name="alice", password=None):
    """With one token of this account for each set of repositories."""
    tokens = {}

    def token_for(*repositories):
        if repositories not in tokens:
            table = Table(Server(registry.port), "tokens")
            form = [("grant_type", "password"), ("username", name), ("service", registry.address),
                    ("password", password or registry.PASSWORD)]
            form += [("scope", f"repository:{path}:pull,push,delete") for path in repositories]
            answer = table.send("POST", "/v2/token", body=urlencode(form).encode(), auth=None,
                                headers={"Content-Type": "application/x-www-form-urlencoded"})
            table.close()
            tokens[repositories] = "Bearer " + answer.json["access_token"]
        return tokens[repositories]

    return Server(registry.port, token_for)
