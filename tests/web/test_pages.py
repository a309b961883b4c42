"""The pages as `estiba serve` hands them out: content, caching, protection, and nothing else."""

import gzip
import http.client
import re
import shutil
import subprocess

import pytest

from lib.program import Estiba
from lib.registry import Registry


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    registry = Registry(Estiba(folder), folder / "registry")
    registry.start()
    yield registry
    registry.stop()
    shutil.rmtree(folder, ignore_errors=True)


def ask(served, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        response = connection.getresponse()
        response.content = response.read()
        return response
    finally:
        connection.close()


def assets(served):
    return re.findall(r'"(/assets/[^"]+)"', ask(served, "/").content.decode())


@pytest.mark.parametrize("address", [
    "/", "/sign-in", "/sign-up", "/setup", "/search?q=x", "/new", "/r/ana/demo/-/tags",
    "/account/tokens", "/organisations/acme/teams", "/audit", "/administration"])
def test_every_address_of_the_pages_is_the_one_document(served, address):
    page = ask(served, address)
    assert page.status == 200 and page.getheader("Content-Type") == "text/html; charset=utf-8"
    assert page.content == ask(served, "/index.html").content


@pytest.mark.parametrize("path, status", [
    ("/v2/", 401), ("/v1/_ping", 200), ("/api/v1/about", 200), ("/api/v1/none", 404),
    ("/healthz", 200), ("/metrics", 401), ("/nothing", 404), ("/accounts", 404),
    ("/assets/none.js", 404), ("/favicon.ico", 404)])
def test_what_is_no_page_is_answered_as_before(served, path, status):
    answer = ask(served, path)
    assert answer.status == status and b"<!doctype" not in answer.content.lower()


@pytest.mark.parametrize("path", [
    "/assets/../../../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
    "/assets//etc/passwd", "/assets/..%5c..%5cetc%5cpasswd", "/./index.html"])
def test_no_path_leads_out_of_the_pages(served, path):
    assert ask(served, path).status == 404


def test_hashed_files_are_kept_and_the_document_is_asked_for_again(served):
    assert ask(served, "/").getheader("Cache-Control") == "no-cache"
    names = assets(served)
    assert {name.rsplit(".", 1)[1] for name in names} == {"js", "css"}
    for name in names:
        assert ask(served, name).getheader("Cache-Control") == "public, max-age=31536000, immutable"


def test_each_form_has_its_tag_and_is_sent_once(served):
    plain = ask(served, "/")
    zipped = ask(served, "/", Accept_Encoding="gzip")
    brotli = ask(served, "/", Accept_Encoding="gzip, deflate, br")
    assert gzip.decompress(zipped.content) == plain.content
    assert [form.getheader("Content-Encoding") for form in (plain, zipped, brotli)] == [
        None, "gzip", "br"]
    tags = [form.getheader("ETag") for form in (plain, zipped, brotli)]
    assert len(set(tags)) == 3
    again = ask(served, "/", Accept_Encoding="gzip", If_None_Match=tags[1])
    assert again.status == 304 and again.content == b"" and again.getheader("ETag") == tags[1]
    assert ask(served, "/", If_None_Match=tags[1]).status == 200
    for form in (plain, zipped, brotli):
        assert form.getheader("Vary") == "Accept-Encoding"


def test_debian_can_read_the_brotli_form(served):
    script = next(name for name in assets(served) if name.endswith(".js"))
    brotli = ask(served, script, Accept_Encoding="br").content
    unpacked = subprocess.run(
        ["node", "-e", "process.stdin.pipe(require('zlib').createBrotliDecompress()).pipe("
         "process.stdout)"], input=brotli, stdout=subprocess.PIPE, check=True).stdout
    assert unpacked == ask(served, script).content


def test_head_tells_what_get_would(served):
    for path in ["/", *assets(served)]:
        head, got = ask(served, path, "HEAD"), ask(served, path)
        assert head.status == 200 and head.content == b""
        for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
            assert head.getheader(name) == got.getheader(name)
    refused = ask(served, "/", "DELETE")
    assert refused.status == 405 and refused.getheader("Allow") == "GET, HEAD"


def test_a_page_lets_in_nothing_of_others(served):
    page = ask(served, "/")
    policy = dict(part.strip().split(" ", 1) for part in
                  page.getheader("Content-Security-Policy").split(";"))
    assert policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in str(policy)
    assert page.getheader("X-Content-Type-Options") == "nosniff"
    assert page.getheader("X-Frame-Options") == "DENY"
    assert page.getheader("Referrer-Policy") == "same-origin"
    text = page.content.decode()
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", text)
