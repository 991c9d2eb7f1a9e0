"""Liveness and readiness."""

from __future__ import annotations

import httpx
from grpc_health.v1 import health_pb2

SILVER = "assay.silver.v1.SilverService"


def test_the_process_lives(gateway):
    answer = httpx.get(f"{gateway.url}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_is_ready_when_every_service_serves(gateway):
    answer = httpx.get(f"{gateway.url}/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "down": []})


def test_a_service_that_does_not_serve_is_named(gateway, services):
    services["silver"]["health"].set(SILVER, health_pb2.HealthCheckResponse.NOT_SERVING)
    try:
        answer = httpx.get(f"{gateway.url}/readyz")
    finally:
        services["silver"]["health"].set(SILVER, health_pb2.HealthCheckResponse.SERVING)
    assert (answer.status_code, answer.json()) == (503, {"status": "not_ready", "down": ["silver"]})


def test_a_service_that_is_not_there_is_named(start_gateway):
    gateway = start_gateway(gold_address="127.0.0.1:1")
    assert gateway.client.get("/readyz").json()["down"] == ["gold"]
