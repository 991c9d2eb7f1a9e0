import httpx
import pytest

from cli.errors import CannotConnect, CliError, ServerRefused
from cli.rest import Api, find_key, segment
from cli.settings import Settings

BASE = "/api/workspace/ws_x"


@pytest.fixture
def waits():
    return []


@pytest.fixture
def api(server, waits, monkeypatch):
    monkeypatch.setattr("cli.rest.time.sleep", lambda seconds: None)
    with Api(server.url, "sk_live_x", "ws_x", on_wait=waits.append) as api:
        yield api


def test_the_key_is_sent_as_bearer_token(server, api):
    server.on("GET", f"{BASE}/catalogs", server.answer(body={"data": []}))

    api.get("catalogs", limit=5, cursor=None)

    (seen,) = server.seen
    assert seen.headers["Authorization"] == "Bearer sk_live_x"
    assert seen.query == {"limit": "5"}


def test_lists_are_read_to_the_last_page(server, api):
    server.on(
        "GET",
        f"{BASE}/jobs",
        server.answer(body={"data": [{"n": 1}, {"n": 2}], "pagination": {"cursor": "next", "has_more": True}}),
        server.answer(body={"data": [{"n": 3}], "pagination": {"has_more": False}}),
    )

    assert [entry["n"] for entry in api.pages("jobs", kind="gold")] == [1, 2, 3]
    assert [seen.query for seen in server.seen] == [
        {"limit": "100", "kind": "gold"},
        {"limit": "100", "cursor": "next", "kind": "gold"},
    ]


def test_a_list_that_still_grows_is_waited_for(server, api):
    growing = {"limit": 100, "cursor": "here", "has_more": True}
    server.on(
        "GET",
        f"{BASE}/jobs/j1/results",
        server.answer(body={"data": [], "pagination": growing}),
        server.answer(body={"data": [{"n": 1}], "pagination": growing}),
        server.answer(body={"data": [{"n": 2}], "pagination": {"limit": 100, "has_more": False}}),
    )

    assert [entry["n"] for entry in api.pages("jobs/j1/results")] == [1, 2]


def test_a_refusal_keeps_everything_the_server_said(server, api):
    details = [{"field": "jobId", "message": "j1"}]
    body = {"error": {"code": "JOB_ALREADY_RUNNING", "message": "busy", "details": details, "request_id": "r1"}}
    server.on("POST", f"{BASE}/brands", server.answer(409, body))

    with pytest.raises(ServerRefused) as raised:
        api.post("brands", {"name": "x"})

    error = raised.value
    assert (error.status, error.code, error.text, error.request_id) == (409, "JOB_ALREADY_RUNNING", "busy", "r1")
    assert error.violations == (("jobId", "j1"),)
    assert error.exit_code == 1


def test_an_error_that_is_not_ours_is_still_an_error(server, api):
    server.on("GET", f"{BASE}/catalogs", server.answer(502, ["a proxy's page"]))

    with pytest.raises(ServerRefused, match="HTTP 502"):
        api.get("catalogs")


def test_an_answer_that_is_no_object_is_refused(server, api):
    server.on("GET", f"{BASE}/catalogs", server.answer(200, ["no object"]))

    with pytest.raises(CliError, match="no JSON object"):
        api.get("catalogs")


def test_a_used_up_rate_is_waited_for(server, api, waits):
    body = {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "slow down"}}
    server.on(
        "GET", f"{BASE}/catalogs", server.answer(429, body, {"Retry-After": "7"}), server.answer(body={"ok": True})
    )

    assert api.get("catalogs") == {"ok": True}
    assert waits == [7.0]


def test_a_rate_that_stays_used_up_ends_the_waiting(server, api, waits):
    server.on(
        "GET", f"{BASE}/catalogs", server.answer(429, {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "no"}})
    )

    with pytest.raises(ServerRefused, match="RATE_LIMIT_EXCEEDED"):
        api.get("catalogs")
    assert len(waits) == 10


def test_nobody_there_is_told_apart_from_a_refusal():
    with Api("http://127.0.0.1:1", "k", "ws_x") as api, pytest.raises(CannotConnect) as raised:
        api.get("catalogs")

    assert raised.value.exit_code == 3


def test_an_upload_is_streamed_with_its_progress(server, api, tmp_path):
    server.on("POST", f"{BASE}/catalog/products/import", server.answer(202, {"backgroundJobId": "j1"}))
    file = tmp_path / "products.csv"
    file.write_bytes(b"id,title\n" + b"1,something\n" * 50_000)
    sent = []

    api.upload(file, catalog_id="cat_1", file_format="csv", on_sent=sent.append)

    (seen,) = server.seen
    assert seen.query == {"catalog_id": "cat_1"}
    assert b'name="format"\r\n\r\ncsv\r\n' in seen.body
    assert b'filename="products.csv"' in seen.body and file.read_bytes() in seen.body
    assert sent == sorted(sent) and sent[-1] == file.stat().st_size


def test_a_stream_is_read_line_by_line(server, api):
    lines = [{"started": {"jobId": "j1", "total": 1}}, {"summary": {"processed": 1}}]
    server.on("POST", f"{BASE}/catalogs/c/batch/silver", server.answer(lines=lines))

    with api.stream("catalogs/c/batch/silver", {"scope": "all"}) as events:
        assert list(events) == lines
    assert server.seen[0].headers["Accept"] == "application/x-ndjson"
    assert server.seen[0].json == {"scope": "all"}


def test_an_error_line_is_raised(server, api):
    lines = [{"started": {"jobId": "j1", "total": 1}}, {"error": {"code": "INTERNAL", "message": "x", "details": []}}]
    server.on("POST", f"{BASE}/catalogs/c/batch/gold", server.answer(lines=lines))

    with api.stream("catalogs/c/batch/gold", {}) as events, pytest.raises(ServerRefused, match="INTERNAL"):
        list(events)


@pytest.mark.parametrize("text", ["a/b", "a b", "ü?#", "../x", "100%"])
def test_path_segments_survive_anything(text):
    encoded = segment(text)

    assert "/" not in encoded and "?" not in encoded
    assert httpx.URL(f"http://h/{encoded}/x").path == f"/{text}/x"


def test_the_demo_key_is_the_last_resort(tmp_path):
    (tmp_path / "demo-key").write_text("sk_live_demo\n")

    assert find_key(Settings(home=tmp_path)) == "sk_live_demo"
    assert find_key(Settings(home=tmp_path, api_key="sk_live_given")) == "sk_live_given"


def test_a_missing_key_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(CannotConnect) as raised:
        find_key(Settings(home=tmp_path))

    assert str(tmp_path / "demo-key") in raised.value.hints[0]
