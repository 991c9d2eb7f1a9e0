"""Feeds over HTTP: formats, caching, whose workspace, and what is refused."""

from __future__ import annotations

import threading

import grpc
import httpx
import pytest
from assay.gold.v1 import feed_service_pb2 as pb
from assay.gold.v1 import score_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from tests.gateway.support import INTERNAL_TOKEN, TOKEN, Refusal

CHANGED = Timestamp(seconds=1_700_000_000)
PIECES = (b"<rss>", b"</rss>")


def info(**more):
    told = {
        "etag": '"abc"',
        "last_modified": CHANGED,
        "product_count": 2,
        "content_type": "application/xml",
        "size": 11,
    }
    return pb.ReadFeedResponse(info=pb.FeedInfo(**told | more))


def whole(_request, _context):
    yield info()
    for piece in PIECES:
        yield pb.ReadFeedResponse(data=piece)
    yield pb.ReadFeedResponse(end=pb.FeedEnd())


@pytest.fixture
def feed(fakes):
    fakes.methods["ReadFeed"] = whole
    return fakes


def test_a_feed_comes_with_what_caches_need(client, feed):
    answer = client.get("/api/v1/feeds/google")
    assert (answer.status_code, answer.content) == (200, b"".join(PIECES))
    told = {name: answer.headers[name] for name in ("etag", "last-modified", "cache-control", "x-feed-product-count")}
    assert told == {
        "etag": '"abc"',
        "last-modified": "Tue, 14 Nov 2023 22:13:20 GMT",
        "cache-control": "max-age=900",
        "x-feed-product-count": "2",
    }
    assert (answer.headers["content-type"], answer.headers["content-length"]) == ("application/xml", "11")
    request = feed.last("ReadFeed")
    assert (request.workspace_id, request.channel, request.format) == ("ws_demo", score_pb2.CHANNEL_GOOGLE, 0)


def test_a_cache_that_many_share_does_not_mix_up_tenants(client, feed):
    assert client.get("/api/v1/feeds/google").headers["vary"] == "accept, authorization, x-api-key"


def test_a_client_that_goes_away_leaves_no_stream_behind(client, fakes):
    ended = threading.Event()

    def endless(_request, context):
        context.add_callback(ended.set)
        yield info(size=2**40)
        while context.is_active():
            yield pb.ReadFeedResponse(data=bytes(1024))

    fakes.methods["ReadFeed"] = endless
    with client.stream("GET", "/api/v1/feeds/google") as answer:
        next(answer.iter_raw(10))
    assert ended.wait(20)


def test_parameters_and_headers_reach_the_service(client, feed):
    client.get(
        "/api/v1/feeds/meta?catalog_id=cat_1&limit=5&offset=2&include=all",
        headers={"accept": "application/x-ndjson", "cache-control": "No-Cache", "if-none-match": '"x", "y"'},
    )
    request = feed.last("ReadFeed")
    assert request == pb.ReadFeedRequest(
        workspace_id="ws_demo",
        channel=score_pb2.CHANNEL_META,
        format=pb.FEED_FORMAT_NDJSON,
        catalog_id="cat_1",
        limit=5,
        offset=2,
        include_all=True,
        no_cache=True,
        if_none_match='"x", "y"',
    )


def test_what_the_caller_has_is_not_sent_again(client, fakes):
    def same(_request, _context):
        yield info(not_modified=True)
        yield pb.ReadFeedResponse(end=pb.FeedEnd())

    fakes.methods["ReadFeed"] = same
    answer = client.get("/api/v1/feeds/google", headers={"if-none-match": '"abc"'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"abc"')


def test_head_tells_without_sending(client, feed):
    answer = client.head("/api/v1/feeds/google")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "11")


@pytest.mark.parametrize(
    "breaks",
    [
        pytest.param(lambda: (_ for _ in ()).throw(Refusal(grpc.StatusCode.INTERNAL)), id="fails"),
        pytest.param(lambda: iter(()), id="ends early"),
    ],
)
def test_a_feed_that_breaks_off_is_seen_to_be_cut(client, fakes, breaks):
    def cut(_request, _context):
        yield info()
        yield pb.ReadFeedResponse(data=PIECES[0])
        yield from breaks()

    fakes.methods["ReadFeed"] = cut
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/api/v1/feeds/google")


def test_what_fails_before_the_first_byte_is_an_error(client, fakes):
    def refuses(_request, _context):
        raise Refusal(grpc.StatusCode.NOT_FOUND, "CATALOG_NOT_FOUND", "Catalog not found.")
        yield

    fakes.methods["ReadFeed"] = refuses
    answer = client.get("/api/v1/feeds/google?catalog_id=cat_none")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "CATALOG_NOT_FOUND")


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("google?limit=x", "limit"),
        ("google?limit=0", "limit"),
        ("google?limit=00", "limit"),
        ("google?limit=-1", "limit"),
        ("google?limit=%D9%A3", "limit"),
        ("google?limit=2147483648", "limit"),
        pytest.param("google?limit=" + "9" * 5000, "limit", id="limit of 5000 digits"),
        ("google?catalog_id=", "catalog_id"),
        ("google?limit=99999999999", "limit"),
        ("google?offset=1.5", "offset"),
        ("google?include=some", "include"),
        ("google?catalog=cat_1", "catalog"),
        ("google?limit=1&limit=2", "limit"),
        ("google/validate?limit=1", "limit"),
    ],
)
def test_bad_parameters_are_named(client, feed, address, field):
    answer = client.get(f"/api/v1/feeds/{address}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]


def test_an_unknown_channel_is_not_found(client, feed):
    assert client.get("/api/v1/feeds/bing").status_code == 404
    assert client.get("/api/v1/feeds/bing/validate").status_code == 404


@pytest.mark.parametrize(
    ("channel", "kind"), [("google", "text/csv"), ("meta", "application/xml"), ("openai", "text/csv")]
)
def test_another_format_is_not_offered(client, feed, channel, kind):
    assert client.get(f"/api/v1/feeds/{channel}", headers={"accept": kind}).status_code == 406


def test_validate_answers_what_was_found(client, fakes):
    finding = pb.RuleFinding(
        rule="google.title.missing",
        severity=score_pb2.RULE_SEVERITY_ERROR,
        attribute="title",
        message="title is missing.",
        products=1,
        product_ids=["p"],
    )
    fakes.methods["ValidateFeed"] = lambda *_: pb.ValidateFeedResponse(products=3, ready=2, findings=[finding])
    assert client.get("/api/v1/feeds/google/validate?catalog_id=cat_1").json() == {
        "valid": False,
        "products": 3,
        "ready": 2,
        "findings": [
            {
                "rule": "google.title.missing",
                "severity": "error",
                "attribute": "title",
                "message": "title is missing.",
                "products": 1,
                "productIds": ["p"],
            }
        ],
    }
    assert fakes.last("ValidateFeed").catalog_id == "cat_1"


@pytest.fixture
def anonymous(gateway):
    """A client that shows no token."""
    with httpx.Client(base_url=gateway.url, timeout=30) as one:
        yield one


def test_an_api_key_may_come_in_a_header_of_its_own(anonymous, feed):
    assert anonymous.get("/api/v1/feeds/google", headers={"X-API-Key": TOKEN}).status_code == 200
    assert feed.metadata("ReadFeed")["authorization"] == f"Bearer {TOKEN}"
    assert anonymous.get("/api/v1/feeds/google", headers={"X-API-Key": "sk_live_none"}).status_code == 401
    assert anonymous.get("/api/v1/feeds/google").status_code == 401
    both = {"X-API-Key": TOKEN, "authorization": "Bearer sk_live_none"}
    assert anonymous.get("/api/v1/feeds/google", headers=both).status_code == 401


def test_a_key_without_the_scope_is_refused(anonymous, feed):
    answer = anonymous.get("/api/v1/feeds/google", headers={"X-API-Key": "sk_live_reader"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize("token", ["sk_live_two", INTERNAL_TOKEN])
def test_a_token_of_several_workspaces_names_one(anonymous, feed, token):
    headers = {"authorization": f"Bearer {token}"}
    answer = anonymous.get("/api/v1/feeds/google", headers=headers)
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == ["workspace_id"]
    assert anonymous.get("/api/v1/feeds/google?workspace_id=ws_other", headers=headers).status_code == 200
    assert feed.last("ReadFeed").workspace_id == "ws_other"


def test_another_workspace_is_refused(client, feed):
    answer = client.get("/api/v1/feeds/google?workspace_id=ws_other")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_PERMISSIONS")
    assert feed.count("ReadFeed") == 0
