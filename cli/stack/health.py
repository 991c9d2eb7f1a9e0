"""Whether the processes of a stack answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.errors import StackFailed
from cli.settings import SERVICES, Settings

POLL_SECONDS = 0.1
PROBE_SECONDS = 2.0
# gRPC waits a second before its second try otherwise, longer than a service takes to start.
QUICK_RECONNECT = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 300),
]


def wait_until_ready(settings: Settings, alive: Callable[[], None], seconds: float) -> None:
    """Returns when every service and the gateway answer. `alive` raises when a process has died."""
    deadline = time.monotonic() + seconds
    for name in SERVICES:
        with closing(grpc.insecure_channel(settings.address_of(name), options=QUICK_RECONNECT)) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            _wait(name, partial(_serves, stub), alive, deadline)
    _wait("gateway", partial(answers, settings.local_url), alive, deadline)


def answers(base_url: str) -> bool:
    """Whether a gateway is ready there."""
    try:
        return httpx.get(f"{base_url}/readyz", timeout=PROBE_SECONDS, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _serves(stub: health_pb2_grpc.HealthStub) -> bool:
    try:
        answer = stub.Check(health_pb2.HealthCheckRequest(service=""), timeout=PROBE_SECONDS)
    except grpc.RpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def _wait(name: str, ready: Callable[[], bool], alive: Callable[[], None], deadline: float) -> None:
    while not ready():
        alive()
        if time.monotonic() > deadline:
            raise StackFailed(f"{name} does not answer")
        time.sleep(POLL_SECONDS)
