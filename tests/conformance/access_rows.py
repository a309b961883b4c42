"""Who may do what: challenges, tokens, visibility. For a server with accounts.

alice and bob have accounts, alice/open is public and holds the blob `OPEN`; everything else of
alice's is private.
"""

import base64
import json
import re
from urllib.parse import urlencode

from lib.exchange import digest_of, with_query
from lib.oci_documents import MANIFEST, encode, image

ALICE, BOB = ("alice", "correct horse"), ("bob", "bob's own password")
OPEN = b"anybody may read this"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def token(t, credentials, *scopes):
    """A Bearer token's Authorization, by GET."""
    query = urlencode([("service", f"127.0.0.1:{t.server.port}")] + [("scope", s) for s in scopes])
    authorization = basic(*credentials) if credentials else None
    answer = t.send("GET", f"/v2/token?{query}", auth=authorization)
    return "Bearer " + (answer.json or {}).get("token", "none")


def challenge(port, scope=None):
    """The exact form that clients parse."""
    tail = f',scope="{scope}"' if scope else ""
    return f'Bearer realm="http://127.0.0.1:{port}/v2/token",service="127.0.0.1:{port}"{tail}'


def challenges(t):
    port, repository = t.server.port, t.repository
    t("/v2/ for nobody", "GET", "/v2/", 401, auth=None, code="UNAUTHORIZED",
      want={"WWW-Authenticate": challenge(port), "Docker-Distribution-API-Version": "registry/2.0"})
    for name, method, path, actions in (
        ("pull", "GET", "manifests/latest", "pull"), ("list", "GET", "tags/list", "pull"),
        ("read a blob", "HEAD", f"blobs/{digest_of(b'x')}", "pull"),
        ("referrers", "GET", f"referrers/{digest_of(b'x')}", "pull"),
        ("upload", "POST", "blobs/uploads/", "pull,push"),
        ("push", "PUT", "manifests/latest", "pull,push"),
        ("delete", "DELETE", "manifests/latest", "delete"),
    ):
        t(f"{name} for nobody", method, t.path(path), 401, auth=None, want={
            "WWW-Authenticate": challenge(port, f"repository:{repository}:{actions}")})
    t("mount for nobody", "POST", t.path("blobs/uploads/?mount=x&from=alice/other"), 401, auth=None,
      want={"WWW-Authenticate": challenge(
          port, f"repository:{repository}:pull,push repository:alice/other:pull")})
    t("the catalog for nobody", "GET", "/v2/_catalog", 401, auth=None,
      want={"WWW-Authenticate": challenge(port, "registry:catalog:*")})
    for name, value in {
        "a wrong password": basic("alice", "wrong"), "an unknown account": basic("nobody", "x"),
        "a token that is none": "Bearer abc.def.ghi", "an empty token": "Bearer ",
        "another scheme": "Digest x", "no base64": "Basic %%%", "no colon": "Basic YWxpY2U=",
        "a token without a signature": "Bearer " + ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in ({"alg": "none"}, {"sub": "alice"})) + ".",
    }.items():
        t(f"{name} is not nobody", "GET", "/v2/alice/open/tags/list", 401, auth=None,
          headers={"Authorization": value}, want={"WWW-Authenticate": re.compile("Bearer .+")})
    t("the right password", "GET", "/v2/", 200, auth=basic(*ALICE))
    t("the ping of the first protocol", "GET", "/v1/_ping", 200, auth=None)


def tokens(t):
    port, scope = t.server.port, f"repository:{t.repository}:pull,push"
    service = f"127.0.0.1:{port}"
    query = urlencode({"service": service, "scope": scope, "account": "alice"})
    answer = t("GET", "GET", f"/v2/token?{query}", 200, auth=basic(*ALICE),
               want={"Cache-Control": "no-store", "Content-Type": re.compile("application/json.*")})
    body = answer.json or {}
    t.check("GET", "token and access_token", True, bool(body.get("token")) and
            body.get("token") == body.get("access_token"))
    t.check("GET", "expires_in", lambda value: isinstance(value, int) and value >= 60,
            body.get("expires_in"))
    t.check("GET", "issued_at", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"),
            body.get("issued_at"))
    t.check("GET", "no refresh token unasked", None, body.get("refresh_token"))
    t("the token pushes", "POST", t.path("blobs/uploads/"), 202, auth=f"Bearer {body.get('token')}")
    t("a wrong password", "GET", f"/v2/token?{query}", 401, auth=basic("alice", "wrong"),
      code="UNAUTHORIZED")
    t("nobody", "GET", f"/v2/token?{query}", 200, auth=None)
    t("the token of nobody does not push", "POST", t.path("blobs/uploads/"), 401,
      auth=token(t, None, scope))
    t("nor read what is private", "GET", t.path("tags/list"), 401, auth=token(t, None, scope))

    def post(row, status, **fields):
        return t(row, "POST", "/v2/token", status, auth=None, headers=FORM,
                 body=urlencode(fields).encode()).json or {}
    password = {"grant_type": "password", "service": service, "client_id": "test",
                "username": "alice", "password": ALICE[1], "scope": scope}
    body = post("POST", 200, **password, access_type="offline")
    refresh = body.get("refresh_token")
    t.check("POST", "access_token", True, bool(body.get("access_token")))
    t.check("POST", "refresh_token", True, bool(refresh))
    t("the token of POST pushes", "POST", t.path("blobs/uploads/"), 202,
      auth=f"Bearer {body.get('access_token')}")
    post("POST of a wrong password", 401, **{**password, "password": "wrong"})
    again = post("POST of the refresh token", 200, grant_type="refresh_token", service=service,
                 client_id="test", refresh_token=refresh or "none", scope=scope)
    t.check("POST of the refresh token", "access_token", True, bool(again.get("access_token")))
    t("its token pushes", "POST", t.path("blobs/uploads/"), 202,
      auth=f"Bearer {again.get('access_token')}")
    post("POST of a refresh token that is none", 401, grant_type="refresh_token", service=service,
         refresh_token="abc", scope=scope)
    post("POST of an access token as a refresh token", 401, grant_type="refresh_token",
         service=service, refresh_token=body.get("access_token", "none"), scope=scope)
    t("a refresh token is no access token", "GET", "/v2/", 401, auth=f"Bearer {refresh}")
    post("POST of an unknown grant", 400, grant_type="authorization_code", service=service)
    t("offline_token by GET", "GET", f"/v2/token?{query}&offline_token=true", 200,
      auth=basic(*ALICE))
    t("a body of 100 KiB", "POST", "/v2/token", 413, auth=None, headers=FORM, body=b"a" * 100_000)
    t("DELETE of the endpoint", "DELETE", "/v2/token", 405, auth=None)
    odd = token(t, ALICE, "repository:localhost:5000/alice/x:pull", scope, "rubbish", "a:b:c")
    t("scopes with ports and rubbish", "POST", t.path("blobs/uploads/"), 202, auth=odd)


def who_may(t):
    private = t.add_blob(b"private", repository="alice/who-may")
    theirs = token(t, BOB, "repository:alice/who-may:pull,push,delete", "repository:bob/x:pull,push")
    for name, method, path in (
        ("read a manifest", "GET", "manifests/latest"), ("read a blob", "GET", f"blobs/{private}"),
        ("list tags", "GET", "tags/list"), ("list referrers", "GET", f"referrers/{private}"),
        ("upload", "POST", "blobs/uploads/"), ("push", "PUT", "manifests/latest"),
        ("delete a manifest", "DELETE", f"manifests/{private}"),
        ("delete a blob", "DELETE", f"blobs/{private}"),
    ):
        place = f"/v2/alice/who-may/{path}"
        t(f"another account with a token: {name}", method, place, {401, 403}, auth=theirs)
        t(f"another account: {name}", method, place, 403, auth=basic(*BOB), code="DENIED")
        t(f"nobody: {name}", method, place, 401, auth=None)
    t("/v2/ is never forbidden", "GET", "/v2/", 200, auth=theirs)
    opened = digest_of(OPEN)
    for name, auth in (("nobody", None), ("another account", basic(*BOB)), ("its token", theirs)):
        t(f"{name} reads what is public", "GET", f"/v2/alice/open/blobs/{opened}", 200, auth=auth,
          answer_body=OPEN)
        t(f"{name} lists what is public", "GET", "/v2/alice/open/tags/list", 200, auth=auth)
    t("nobody pushes to what is public", "POST", "/v2/alice/open/blobs/uploads/", 401, auth=None)
    t("another account pushes to what is public", "POST", "/v2/alice/open/blobs/uploads/", 403,
      auth=basic(*BOB))
    t("a digest opens nothing", "GET", f"/v2/alice/open/blobs/{private}", 404, auth=None)
    mounting = f"/v2/bob/mine/blobs/uploads/?mount={private}"
    t("mount of what is another's", "POST", mounting + "&from=alice/who-may", 202,
      auth=basic(*BOB))
    t("mount of what is another's, without from", "POST", mounting, 202, auth=basic(*BOB))
    t("it is not readable there", "GET", f"/v2/bob/mine/blobs/{private}", 404, auth=basic(*BOB))
    t("mount of what is public", "POST",
      f"/v2/bob/mine/blobs/uploads/?mount={opened}&from=alice/open", 201, auth=basic(*BOB))
    t("a name below another's", "POST", "/v2/alice/new/blobs/uploads/", 403, auth=basic(*BOB))
    answer = t("the catalog of another account", "GET", "/v2/_catalog", 200, auth=basic(*BOB))
    names = (answer.json or {}).get("repositories") or []
    t.check("the catalog of another account", "what is public", True, "alice/open" in names)
    t.check("the catalog of another account", "only what it may see", [],
            [name for name in names if name not in ("alice/open",) and not name.startswith("bob/")])


def scopes_bound(t):
    digest = t.add_blob(b"bounded", repository="alice/bound-a")
    t.add_blob(b"other", repository="alice/bound-b")
    pull_a = token(t, ALICE, "repository:alice/bound-a:pull")
    t("pull with a token for pull", "GET", f"/v2/alice/bound-a/blobs/{digest}", 200, auth=pull_a)
    t("push with a token for pull", "POST", "/v2/alice/bound-a/blobs/uploads/", 401, auth=pull_a,
      want={"WWW-Authenticate": challenge(t.server.port, "repository:alice/bound-a:pull,push")})
    t("delete with a token for pull", "DELETE", f"/v2/alice/bound-a/blobs/{digest}", 401,
      auth=pull_a)
    t("another repository", "GET", "/v2/alice/bound-b/tags/list", 401, auth=pull_a)
    push_b = token(t, ALICE, "repository:alice/bound-b:pull,push")
    mount = f"/v2/alice/bound-b/blobs/uploads/?mount={digest}"
    wanted = ("repository:alice/bound-b:pull,push repository:alice/bound-a:pull")
    t("mount beyond the token", "POST", mount + "&from=alice/bound-a", 401, auth=push_b,
      want={"WWW-Authenticate": challenge(t.server.port, wanted)})
    t("nothing was mounted", "HEAD", f"/v2/alice/bound-b/blobs/{digest}", 404, auth=push_b)
    both = token(t, ALICE, *wanted.split())
    t("mount with the token that was asked for", "POST", mount + "&from=alice/bound-a", 201,
      auth=both)
    own = t.add_blob(b"of the same account", repository="alice/bound-a")
    t("mount without from of what the account owns", "POST",
      f"/v2/alice/bound-b/blobs/uploads/?mount={own}", 201, auth=push_b)


def sessions_belong_to_somebody(t):
    mine = t.send("POST", "/v2/alice/open/blobs/uploads/", auth=basic(*ALICE)).location
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        path = with_query(mine, digest=digest_of(b"")) if method == "PUT" else mine
        t(f"{method} by nobody", method, path, 401, auth=None)
        t(f"{method} by another account", method, path, 403, auth=basic(*BOB))
        elsewhere = path.replace("alice/open", "bob/mine")
        t(f"{method} through another repository", method, elsewhere, 404, auth=basic(*BOB),
          code="BLOB_UPLOAD_UNKNOWN")
    t("it is still mine", "GET", mine, 204, auth=basic(*ALICE))
    data = encode(image(b"{}", []))
    t("a push by another account", "PUT", "/v2/alice/open/manifests/latest", 403, auth=basic(*BOB),
      body=data, headers={"Content-Type": MANIFEST})


SECTIONS = [challenges, tokens, who_may, scopes_bound, sessions_belong_to_somebody]
