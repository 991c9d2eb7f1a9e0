"""The real gateway over real HTTP, in front of fake services that are real gRPC servers on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from gateway.contracts import health_names
from gateway.settings import SERVICES
from tests.gateway.support import ADDERS, Fakes, RunningGateway, authenticate, settings_for


@pytest.fixture(scope="session")
def _servicer() -> Fakes:
    return Fakes()


@pytest.fixture(scope="session")
def services(_servicer: Fakes) -> Iterator[dict[str, Any]]:
    """The four fake services; their health servicers and addresses."""
    running, found = [], {}
    for service in SERVICES:
        server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
        for add in ADDERS[service]:
            add(_servicer, server)
        servicer = health.HealthServicer()
        for name in health_names(service):
            servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        running.append(server)
        found[service] = {"health": servicer, "address": f"127.0.0.1:{port}"}
    yield found
    for server in running:
        server.stop(None).wait()


@pytest.fixture
def fakes(_servicer: Fakes) -> Fakes:
    """The fake services' methods, empty but for the token check."""
    _servicer.methods.clear()
    _servicer.calls.clear()
    _servicer.remaining.clear()
    _servicer.methods["Authenticate"] = authenticate
    return _servicer


@pytest.fixture(scope="session")
def gateway(services: dict[str, Any]) -> Iterator[RunningGateway]:
    running = RunningGateway(
        settings_for(services, gateway_inline_limit=5, gateway_body_bytes=64 * 1024, gateway_token_cache_seconds=0)
    )
    yield running
    running.close()


@pytest.fixture
def client(gateway: RunningGateway, fakes: Fakes) -> httpx.Client:
    """An HTTP client with a good token of an unlimited tier."""
    return gateway.client


@pytest.fixture
def start_gateway(services: dict[str, Any], fakes: Fakes) -> Iterator[Any]:
    """Starts further gateways with settings of their own."""
    started: list[RunningGateway] = []

    def start(**more: Any) -> RunningGateway:
        started.append(RunningGateway(settings_for(services, **more)))
        return started[-1]

    yield start
    for running in started:
        running.close()
