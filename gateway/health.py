"""Is the process alive, and can it serve?"""

from __future__ import annotations

import asyncio

import grpc
from grpc_health.v1 import health_pb2
from starlette.responses import Response

from gateway.context import Context
from gateway.contracts import health_names
from gateway.requests import ApiRequest
from gateway.routes import Route
from gateway.settings import SERVICES
from gateway.transcode import json_response


def health_routes(context: Context) -> list[Route]:
    """/healthz (live) and /readyz (every service serves, else 503 with the names of those that do not)."""

    async def live(_request: ApiRequest) -> Response:
        return json_response({"status": "ok"})

    async def ready(_request: ApiRequest) -> Response:
        states = await asyncio.gather(*(_serving(context, service) for service in SERVICES))
        down = [service for service, serving in zip(SERVICES, states, strict=True) if not serving]
        return json_response({"status": "not_ready" if down else "ready", "down": down}, 503 if down else 200)

    return [Route("GET", "/healthz", live, scope=None), Route("GET", "/readyz", ready, scope=None)]


async def _serving(context: Context, service: str) -> bool:
    stub = context.services.health(service)
    try:
        for name in health_names(service):
            answer = await stub.Check(
                health_pb2.HealthCheckRequest(service=name), timeout=context.settings.gateway_ready_seconds
            )
            if answer.status != health_pb2.HealthCheckResponse.SERVING:
                return False
    except grpc.aio.AioRpcError:
        return False
    return True
