"""A registry that somebody has used for a while, for tests that look at its pages."""

from lib.pages_api import Caller, segment

PASSWORD = "correct horse"
README = """# Demo

A small server of greetings. Run it:

    docker run -p 8080:80 demo

| tag | what |
|---|---|
| `latest` | as it is now |
| `v1.0` | as it was released |
"""
# Whatever of this acts sets a global or opens a dialog; both are looked for.
ATTACK = ("<img src=x onerror=\"window.pwned=1;alert(1)\"><script>window.pwned=1;alert(2)</script>"
          "<svg onload=\"window.pwned=1;alert(3)\"></svg>[x](javascript:window.pwned=1)"
          "<iframe srcdoc=\"<script>parent.pwned=1</script>\"></iframe>'\"><b onclick=alert(4)>")


def sign_up_first(registry, name="ana"):
    caller = Caller(registry.port)
    reply = caller.post("/setup", {"token": registry.setup_link().split("#")[1],
                                   "username": name, "password": PASSWORD})
    assert reply.status == 201, reply.body
    caller.take_session(reply)
    return caller


def did(reply):
    assert reply.status in (200, 201, 204), (reply.status, reply.body)
    return reply.json if reply.body else None


def write(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def push_demo(registry, estiba, context):
    name = registry.repository("ana/demo")
    for number, tags in enumerate((["v1.0"], ["v1.1", "latest"])):
        write(context, "greeting", f"hello, for the {number + 1}. time\n")
        write(context, "etc/greeter.conf", f"port = 80{number}\n")
        write(
            context, "Dockerfile", "FROM busybox\nLABEL org.opencontainers.image.source=https://example.com/demo\n"
            "ENV GREETING=hello LANGUAGE=en\nWORKDIR /srv\nCOPY greeting greeting\n"
            "COPY etc /etc\nEXPOSE 80\nUSER 1000\nENTRYPOINT [\"cat\"]\nCMD [\"greeting\"]\n")
        named = [word for tag in tags for word in ("-t", f"{name}:{tag}")]
        estiba.ok("build", *named, context)
        for tag in tags:
            estiba.ok("push", f"{name}:{tag}")


def push_hostile(registry, estiba, context):
    name = registry.repository("ana/hostile")
    file = "<img src=x onerror=alert(5)>"
    write(context, "files/" + file, ATTACK)
    quoted = ATTACK.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    write(context, "Dockerfile", f"FROM scratch\nLABEL attack=\"{quoted}\"\nENV ATTACK=\"{quoted}\"\n"
                       f"MAINTAINER {ATTACK}\nCOPY files /\n")
    estiba.ok("build", "-t", name, context)
    estiba.ok("push", name)
    return file


def furnish(registry, estiba, folder):
    """Accounts ana (an administrator) and ben, an organisation, repositories and images."""
    ana = sign_up_first(registry)
    did(ana.post("/organisations", {"name": "acme"}))
    did(ana.post("/organisations/acme/teams", {"name": "builders", "role": "write"}))
    did(Caller(registry.port).post("/sign-up", {"username": "ben", "password": PASSWORD}))
    did(ana.put("/organisations/acme/teams/builders/members/ben"))
    did(ana.post("/namespaces/acme/robots", {"name": "pipeline"}))
    for name, visibility, text in (("ana/demo", "public", README),
                                   ("ana/hostile", "public", ATTACK),
                                   ("acme/tools-for-the-continuous-integration", "private", "")):
        did(ana.post("/repositories", {"name": name, "visibility": visibility,
                                       "description": text}))
    did(ana.put(f"/repositories/{segment('ana/demo')}/permissions/ben", {"role": "read"}))
    did(ana.post("/account/tokens", {"title": "laptop", "role": "write"}))
    registry.login(estiba, "ana", PASSWORD)
    push_demo(registry, estiba, folder / "demo-context")
    push_hostile(registry, estiba, folder / "hostile-context")
    return ana
