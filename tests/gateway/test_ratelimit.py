"""Requests per minute by tier."""

from __future__ import annotations

import time
from typing import ClassVar

import pytest
from assay.workspace.v1 import brand_service_pb2
from limits.aio.storage import MemoryStorage
from limits.errors import StorageError

from gateway.ratelimit import RateLimiter, RateLimitStorageError
from gateway.settings import GatewaySettings

PATH = "/api/workspace/ws_demo/brands/b"


def bearer(token):
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def limited(start_gateway, fakes):
    fakes.methods["GetBrand"] = lambda *_: brand_service_pb2.GetBrandResponse()
    return start_gateway(gateway_rate_free=3).client


def test_answers_of_a_limited_tier_say_what_is_left(limited):
    now = time.time()
    answers = [limited.get(PATH, headers=bearer("sk_live_free")) for _ in range(3)]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0"]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"3"}
    assert now < int(answers[0].headers["x-ratelimit-reset"]) <= now + 62


def test_above_the_limit_it_is_429_with_a_time_to_wait(limited):
    for _ in range(3):
        assert limited.get(PATH, headers=bearer("sk_live_free")).status_code == 200
    answer = limited.get(PATH, headers=bearer("sk_live_free"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["x-ratelimit-remaining"] == "0"


def test_every_key_has_its_own_count(limited):
    for _ in range(4):
        limited.get(PATH, headers=bearer("sk_live_free"))
    assert limited.get(PATH, headers=bearer("sk_live_free_2")).status_code == 200
    assert limited.get(PATH, headers=bearer("sk_live_pro")).headers["x-ratelimit-limit"] == "120"


def test_error_answers_carry_the_headers_too(limited):
    answer = limited.post("/api/workspace/ws_demo/brands", json={}, headers=bearer("sk_live_free"))
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (400, "2")


def test_an_unlimited_tier_has_no_headers(limited):
    answer = limited.get(PATH)
    assert (answer.status_code, "x-ratelimit-limit" in answer.headers) == (200, False)


def test_the_internal_token_is_not_limited_nor_looked_up(limited, fakes):
    answer = limited.get(PATH, headers=bearer("assay_internal_test"))
    assert (answer.status_code, "x-ratelimit-limit" in answer.headers) == (200, False)
    assert fakes.count("Authenticate") == 0


def test_token_checks_are_remembered_and_made_with_the_internal_token(limited, fakes):
    for _ in range(3):
        limited.get(PATH)
    assert fakes.count("Authenticate") == 1
    assert fakes.metadata("Authenticate")["authorization"] == "Bearer assay_internal_test"


def test_refusals_are_not_remembered(limited, fakes):
    for _ in range(2):
        assert limited.get(PATH, headers=bearer("sk_live_new")).status_code == 401
    assert fakes.count("Authenticate") == 2


class UnreachableStorage(MemoryStorage):
    """A storage whose server has gone away."""

    STORAGE_SCHEME: ClassVar[list[str]] = ["async+unreachable"]

    async def acquire_entry(self, *_args, **_more):
        raise StorageError(ConnectionError("gone"))


def test_a_storage_that_goes_away_stops_counting_not_serving(start_gateway, fakes):
    fakes.methods["GetBrand"] = lambda *_: brand_service_pb2.GetBrandResponse()
    gateway = start_gateway(rate_limit_storage="unreachable://")
    answer = gateway.client.get(PATH, headers=bearer("sk_live_free"))
    assert (answer.status_code, "x-ratelimit-limit" in answer.headers) == (200, False)


@pytest.mark.parametrize("url", ["nonsense://x", "memory", ""])
def test_a_storage_that_cannot_be_used_is_named_at_the_start(url):
    with pytest.raises(RateLimitStorageError, match="ASSAY_RATE_LIMIT_STORAGE"):
        RateLimiter(GatewaySettings(rate_limit_storage=url))
