"""The console's files, and what a token may do."""

import gzip

import httpx
import pytest

from gateway.console.pages import STATIC
from tests.gateway.support import SCOPES, TOKEN

FILES = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file())


def test_the_page_lets_nothing_but_our_own_files_run(gateway):
    answer = httpx.get(f"{gateway.url}/")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<style" not in answer.text and "<script>" not in answer.text and " on" + "click" not in answer.text


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_served_once_and_then_told_to_be_the_same(gateway, name):
    with httpx.Client(base_url=gateway.url) as client:
        first = client.get(f"/console/{name}")
        again = client.get(f"/console/{name}", headers={"if-none-match": first.headers["etag"]})

    assert first.status_code == 200
    assert first.content == (STATIC / name).read_bytes()
    assert "content-security-policy" in first.headers
    assert (again.status_code, again.content) == (304, b"")


def test_files_are_packed_for_who_can_unpack_them(gateway):
    with httpx.stream("GET", f"{gateway.url}/", headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    plain = httpx.get(f"{gateway.url}/", headers={"accept-encoding": "identity"})

    assert gzip.decompress(packed) == plain.content
    assert "content-encoding" not in plain.headers


def test_the_first_view_is_small():
    assert sum(len(gzip.compress((STATIC / name).read_bytes())) for name in FILES) < 150_000


def test_whoever_has_a_token_is_told_what_it_may_do(gateway, fakes):
    answer = gateway.client.get("/api/me")

    assert answer.status_code == 200
    assert answer.json() == {
        "subject": f"key_{TOKEN}",
        "tier": "enterprise",
        "workspaces": ["ws_demo"],
        "scopes": sorted(SCOPES),
    }


@pytest.mark.parametrize("token", ["", "sk_live_nobody"])
def test_nobody_else_is(gateway, fakes, token):
    answer = httpx.get(f"{gateway.url}/api/me", headers={"authorization": f"Bearer {token}"} if token else {})

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("path", ["/console/none.js", "/console/../pages.py", "/console/%2e%2e/pages.py", "/console/"])
def test_what_is_no_file_of_the_console_is_not_found(gateway, path):
    url = httpx.URL(gateway.url).copy_with(raw_path=path.encode())
    answer = httpx.get(url)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
