"""Several gateways count together in one Redis, and do without it while it is away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest
from assay.workspace.v1 import brand_service_pb2

from gateway.ratelimit import RateLimiter, RateLimitStorageError
from gateway.settings import SERVICES, GatewaySettings
from tests.gateway.support import INTERNAL_TOKEN
from tests.support import redis

PATH = "/api/workspace/ws_demo/brands/b"


@pytest.fixture
def redis_server():
    with redis.serving() as server:
        yield server


@pytest.fixture
def two(start_gateway, fakes, redis_server):
    """Two gateways, which ask as somebody who may ask three times a minute."""
    fakes.methods["GetBrand"] = lambda *_: brand_service_pb2.GetBrandResponse()
    return [start_gateway(gateway_rate_free=3, rate_limit_storage=redis_server.url).client for _ in range(2)]


def ask(client, token="sk_live_free"):
    answer = client.get(PATH, headers={"authorization": f"Bearer {token}"})
    return answer.status_code, answer.headers.get("x-ratelimit-remaining")


def test_two_gateways_count_together(two):
    one, other = two
    assert [ask(client) for client in (one, other, one)] == [(200, "2"), (200, "1"), (200, "0")]
    assert [ask(client) for client in (one, other)] == [(429, "0"), (429, "0")]


def test_each_key_has_its_own_window(two):
    one, other = two
    for client in (one, other, one, other):
        ask(client)
    assert ask(other, "sk_live_free_2") == (200, "2")
    assert ask(one, "sk_live_free_2") == (200, "1")


def test_they_serve_while_redis_is_away_and_count_when_it_is_back(two, redis_server):
    one, other = two
    assert ask(one) == (200, "2")
    redis_server.stop()
    assert [ask(client) for client in (one, other) for _ in range(4)] == [(200, None)] * 8
    redis_server.start()
    end = time.monotonic() + 30
    while ask(one)[1] is None and time.monotonic() < end:
        time.sleep(0.1)
    while ask(other)[1] is None and time.monotonic() < end:
        time.sleep(0.1)
    for _ in range(3):
        ask(one)
    assert ask(other)[0] == 429


def test_a_redis_that_says_nothing_holds_nobody_up(two, redis_server):
    one, _ = two
    ask(one)
    redis_server.pause()
    started = time.monotonic()
    assert [ask(one) for _ in range(20)] == [(200, None)] * 20
    # Each of them would wait for a second otherwise, as a thing that answers nothing has two tries of half a second.
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("right", [True, False])
def test_the_password_is_in_no_log(services, fakes, redis_server, right):
    url = redis_server.url if right else redis_server.url.replace(redis_server.password, "wrong-password-x")
    fakes.methods["GetBrand"] = lambda *_: brand_service_pb2.GetBrandResponse()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "ASSAY_INTERNAL_TOKEN": INTERNAL_TOKEN,
        "ASSAY_HTTP_PORT": "0",
        "ASSAY_LOG_LEVEL": "debug",
        "ASSAY_RATE_LIMIT_STORAGE": url,
        **{f"ASSAY_{name.upper()}_ADDRESS": services[name]["address"] for name in SERVICES},
    }
    command = [sys.executable, "-m", "gateway"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True) as process:
        first = process.stderr.readline()
        with httpx.Client(base_url=f"http://{json.loads(first)['address']}") as client:
            assert ask(client) == (200, "19" if right else None)
            redis_server.stop()
            ask(client)
        process.send_signal(signal.SIGTERM)
        log = first + process.stderr.read()
        assert process.wait() == 0
    assert ("requests not counted" in log, redis_server.password in log, "wrong-password-x" in log) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize("url", ["redsi://:hush@host", "redis://:hush@host:port", "memoryy://:hush@x"])
def test_a_storage_that_cannot_be_used_is_told_without_its_password(url):
    settings = GatewaySettings(rate_limit_storage=url)
    with pytest.raises(RateLimitStorageError, match="must be memory://") as caught:
        RateLimiter(settings)
    assert "hush" not in f"{caught.value} {settings!r} {caught.value.__cause__}"
