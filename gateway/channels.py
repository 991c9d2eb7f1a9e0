"""Calls to the services: one grpc.aio channel each, made on the running loop and reused.

Retries are gRPC's own (service config), for reads only, UNAVAILABLE only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import grpc
from grpc_health.v1 import health_pb2_grpc

from gateway.contracts import Rpc, rpcs
from gateway.jsonio.fields import message_class
from gateway.settings import SERVICES, GatewaySettings
from gateway.uploadstream import UploadStream

Metadata = tuple[tuple[str, str], ...]

UPLOADS_GO_TO = "ingest"
RETRY_POLICY = {
    "maxAttempts": 4,
    "initialBackoff": "0.1s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


class Services:
    """The stubs of every RPC. Make it while the loop runs."""

    def __init__(self, settings: GatewaySettings) -> None:
        options = [
            ("grpc.service_config", service_config()),
            ("grpc.max_receive_message_length", settings.max_message_bytes),
            ("grpc.max_send_message_length", settings.max_message_bytes),
            ("grpc.keepalive_time_ms", 60_000),
            # A service that restarts is found again within a second.
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
        ]
        self._channels: Mapping[str, grpc.aio.Channel] = {
            service: grpc.aio.insecure_channel(settings.address_of(service), options=options) for service in SERVICES
        }
        self._upload_channel = grpc.insecure_channel(settings.address_of(UPLOADS_GO_TO), options=options)
        self._calls = {rpc.path: self._multi_callable(rpc) for rpc in rpcs().values()}

    def _multi_callable(self, rpc: Rpc) -> Any:
        channel = self._channels[rpc.service]
        method = rpc.descriptor
        kind = {
            (False, False): channel.unary_unary,
            (False, True): channel.unary_stream,
            (True, False): channel.stream_unary,
            (True, True): channel.stream_stream,
        }[method.client_streaming, method.server_streaming]
        return kind(
            rpc.path,
            request_serializer=message_class(method.input_type).SerializeToString,
            response_deserializer=message_class(method.output_type).FromString,
        )

    def call(self, rpc: Rpc, request: Any, metadata: Metadata, seconds: float) -> Any:
        """Starts a call; await it (unary answer) or iterate it (server stream). Fails with AioRpcError."""
        return self._calls[rpc.path](request, metadata=metadata, timeout=seconds)

    def upload(self, rpc: Rpc, metadata: Metadata, seconds: float) -> UploadStream:
        """Starts a client stream to write to."""
        method = self._upload_channel.stream_unary(
            rpc.path,
            request_serializer=message_class(rpc.descriptor.input_type).SerializeToString,
            response_deserializer=message_class(rpc.descriptor.output_type).FromString,
        )
        return UploadStream(method, metadata, seconds)

    def health(self, service: str) -> Any:
        """The health stub of a service."""
        return health_pb2_grpc.HealthStub(self._channels[service])

    async def close(self) -> None:
        """Closes every channel."""
        for channel in self._channels.values():
            await channel.close()
        self._upload_channel.close()


def service_config() -> str:
    """The gRPC service config as JSON: which methods may be retried; all processes of a service are asked in turns."""
    names = [
        {"service": rpc.descriptor.containing_service.full_name, "method": rpc.descriptor.name}
        for rpc in rpcs().values()
        if any(binding.verb == "GET" for binding in rpc.bindings)
    ]
    return json.dumps(
        {
            "loadBalancingConfig": [{"round_robin": {}}],
            "methodConfig": [{"name": names, "retryPolicy": RETRY_POLICY}],
        }
    )
