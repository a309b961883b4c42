#!/usr/bin/python3
"""A blob of 50 MB over TLS, from our registry and from Debian's docker-registry in turn, by curl."""

import hashlib
import random
import re
import statistics
import subprocess

from common import Estiba, arguments, install, workplace

from lib.certificates import Authority
from lib.configured import ConfiguredRegistry
from lib.peers import DebianRegistry

BLOB = random.Random("tls").randbytes(50_000_000)
DIGEST = "sha256:" + hashlib.sha256(BLOB).hexdigest()
TIMES = 6  # one after another over one connection


def curl(*args):
    return subprocess.run(["curl", "-sSf", *map(str, args)], check=True, capture_output=True,
                          text=True).stdout


def upload(base, file, options):
    head = curl(*options, "-X", "POST", "-D", "-", f"{base}/blobs/uploads/")
    location = re.search(r"(?i)\nlocation: *(\S+)", head)[1]
    if location.startswith("/"):
        location = re.match(r"https://[^/]+", base)[0] + location
    mark = "&" if "?" in location else "?"
    curl(*options, "-T", file, f"{location}{mark}digest={DIGEST}")


def megabytes(base, options):
    """A second; by curl's own clock, from the first request's beginning to the last one's end."""
    url = f"{base}/blobs/{DIGEST}"
    out = curl(*options, *[word for _ in range(TIMES) for word in ("-o", "/dev/null", url)],
               "-w", "%{time_total}\\n")
    return TIMES * len(BLOB) / 1e6 / sum(map(float, out.split()))


def main():
    options = arguments(__doc__, runs=5)
    install("docker-registry", "curl")
    with workplace() as folder:
        file = folder / "blob"
        file.write_bytes(BLOB)
        authority = Authority(folder / "authority")
        certificate, key = folder / "server.pem", folder / "server.key"
        authority.issue(certificate, key, 1)
        ours = ConfiguredRegistry(
            Estiba(folder / "estiba"), folder / "registry",
            f'[log]\nrequests = false\n[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n')
        ours.add_user("alice")
        ours.start()
        try:
            with DebianRegistry(folder / "docker-registry", (certificate, key)) as theirs:
                trust = ["--cacert", authority.certificate, "--http1.1"]
                us = (f"https://{ours.address}/v2/alice/tls",
                      [*trust, "-u", f"alice:{ours.PASSWORD}"])
                them = (f"https://{theirs.address}/v2/alice/tls", trust)
                figures = {"estiba": [], "docker-registry": []}
                for base, flags in (us, them):
                    upload(base, file, flags)
                for _ in range(options.runs):
                    figures["estiba"].append(megabytes(*us))
                    figures["docker-registry"].append(megabytes(*them))
        finally:
            ours.stop()
    for name, values in figures.items():
        print(f"{name:16} median {statistics.median(values):6.0f} MB/s "
              f"({min(values):.0f} to {max(values):.0f})")
    ours, theirs = map(statistics.median, figures.values())
    print(f"ratio of the medians: {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
