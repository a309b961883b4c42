"""Small real identity providers on loopback: OpenID Connect, and GitHub's OAuth; they can lie."""

import base64
import hashlib
import hmac
import http.server
import json
import secrets
import threading
import time
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return b64url(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


class Key:
    """A key of RS256 or ES256."""

    def __init__(self, algorithm, bits=2048):
        self.algorithm = algorithm
        self.id = secrets.token_hex(4)
        self.private = (ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256"
                        else rsa.generate_private_key(65537, bits))

    def jwk(self):
        numbers = self.private.public_key().public_numbers()
        common = {"kid": self.id, "use": "sig", "alg": self.algorithm}
        if self.algorithm == "ES256":
            return {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32),
                    "y": number(numbers.y, 32), **common}
        return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), **common}

    def pem(self):
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data):
        if self.algorithm == "ES256":
            r, s = utils.decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())


def compact(header, claims, sign):
    text = f"{b64url(json.dumps(header).encode())}.{b64url(json.dumps(claims).encode())}"
    return f"{text}.{b64url(sign(text.encode()))}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def handle_any(self):
        provider = self.server.provider
        length = int(self.headers.get("Content-Length") or 0)
        form = {key: values[0] for key, values in parse_qs(self.rfile.read(length).decode()).items()}
        path = urlsplit(self.path).path
        provider.seen.append((self.command, path))
        if path in provider.stalled:
            provider.stop.wait(60)
            return
        if path in provider.trickling:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            try:
                while not provider.stop.wait(0.2):
                    self.wfile.write(b" ")
            except OSError:
                pass
            return
        status, answer, headers = provider.answer(self.command, path, form, self.headers)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        if path in provider.short:  # says more than it sends
            headers = {**headers, "Content-Length": str(len(body) + 100)}
            self.close_connection = True
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)),
                            **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = handle_any


class Provider:
    """What both kinds share. `person` is who signs in at it; a test may set whatever it likes."""

    CLIENT = ("estiba", "s3cret & more")

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.provider = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.stop = threading.Event()
        self.seen, self.codes = [], {}
        self.stalled, self.trickling, self.short, self.replaced = set(), set(), set(), {}
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.stop.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def behave(self):
        for faults in (self.stalled, self.trickling, self.short, self.replaced):
            faults.clear()

    def authorize(self, url, **changes):
        """The person says yes: where the browser is sent back to, as path and query."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(self.url) and query["client_id"] == self.CLIENT[0], url
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        back = urlsplit(query["redirect_uri"])
        return back.path + "?" + urlencode({"code": code, "state": query["state"], **changes})

    def redeem(self, form):
        """The request that this code was for, once, if the verifier and all else fit."""
        asked = self.codes.pop(form.get("code"), None)
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        return asked if b64url(digest) == asked["code_challenge"] else None

    def answer(self, method, path, form, headers):
        if path in self.replaced:
            replaced = self.replaced[path]
            return replaced if isinstance(replaced, tuple) else (200, replaced, {})
        handler = self.routes().get((method, path))
        return handler(form, headers) if handler else (404, {}, {})


class OpenId(Provider):
    def __init__(self, algorithm="RS256"):
        super().__init__()
        self.keys = [Key(algorithm)]
        self.person = {"sub": "1", "preferred_username": "Ana.Maria", "name": "Ana María",
                       "email": "ana@example.com", "email_verified": True}
        self.userinfo = {}
        self.claims, self.header, self.forge = {}, {}, None

    def behave(self):
        super().behave()
        self.claims, self.header, self.forge = {}, {}, None

    def routes(self):
        return {("GET", "/.well-known/openid-configuration"): self.discovery,
                ("GET", "/keys"): self.jwks, ("POST", "/token"): self.token,
                ("GET", "/userinfo"): self.tell}

    def document(self):
        return {"issuer": self.url, "authorization_endpoint": self.url + "/authorize",
                "token_endpoint": self.url + "/token", "jwks_uri": self.url + "/keys",
                "userinfo_endpoint": self.url + "/userinfo",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256"]}

    def discovery(self, form, headers):
        return 200, self.document(), {}

    def jwks(self, form, headers):
        return 200, {"keys": [key.jwk() for key in self.keys]}, {}

    def id_token(self, asked):
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.CLIENT[0], "iat": now, "exp": now + 300,
                  "nonce": asked["nonce"], **self.person, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.keys[0]
        header = {"alg": key.algorithm, "kid": key.id, "typ": "JWT", **self.header}
        return self.forge(header, claims) if self.forge else compact(header, claims, key.sign)

    def token(self, form, headers):
        name, secret = base64.b64decode(headers["Authorization"].split()[1]).decode().split(":")
        asked = self.redeem(form)
        if (unquote(name), unquote(secret)) != self.CLIENT or asked is None:
            return 400, {"error": "invalid_grant"}, {}
        return 200, {"access_token": "access", "token_type": "Bearer",
                     "id_token": self.id_token(asked)}, {}

    def tell(self, form, headers):
        if headers["Authorization"] != "Bearer access":
            return 401, {}, {}
        return 200, self.userinfo, {}

    # Forgeries, as `forge`.
    def unsigned(self, header, claims):
        return compact({**header, "alg": "none"}, claims, lambda text: b"")

    def signed_with_the_public_key(self, header, claims):
        return compact({**header, "alg": "HS256"}, claims,
                       lambda text: hmac.new(self.keys[0].pem(), text, hashlib.sha256).digest())

    def signed_by_a_stranger(self, header, claims):
        return compact(header, claims, Key(header["alg"]).sign)


class GitHub(Provider):
    def __init__(self):
        super().__init__()
        self.person = {"id": 583231, "login": "Octo-Cat", "name": "The Cat"}
        self.emails = [{"email": "old@example.com", "primary": False, "verified": True},
                       {"email": "cat@example.com", "primary": True, "verified": True}]
        self.organisations = [{"login": "Acme"}]

    def routes(self):
        return {("POST", "/login/oauth/access_token"): self.token,
                ("GET", "/api/v3/user"): self.guarded(lambda: self.person),
                ("GET", "/api/v3/user/emails"): self.guarded(lambda: self.emails),
                ("GET", "/api/v3/user/orgs"): self.guarded(lambda: self.organisations)}

    def guarded(self, value):
        def answer(form, headers):
            right = headers["Authorization"] == "Bearer gho_x"
            return (200, value(), {}) if right else (401, {}, {})
        return answer

    def token(self, form, headers):
        right = (form.get("client_id"), form.get("client_secret")) == self.CLIENT
        if self.redeem(form) is None or not right:
            return 200, {"error": "bad_verification_code"}, {}
        return 200, {"access_token": "gho_x", "token_type": "bearer", "scope": "read:user"}, {}
