"""Channels to the other services: one per target, made here, reused.

Every call carries the internal token and the request id of the call being served, and never runs longer than what is
left of that call's deadline. Retries are gRPC's own (service config, UNAVAILABLE only, never after the first message).
"""

from __future__ import annotations

import json
import threading
from typing import Any, NamedTuple

import grpc
from grpc.experimental import ChannelOptions

from services.runtime.context import current_call, remaining_seconds
from services.runtime.interceptors.around import REQUEST_ID, TRIGGERED_BY

SERVICE_CONFIG = json.dumps(
    {
        # Of several processes of a service all are asked, in turns; by default only the first that answers.
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{}],
                "waitForReady": False,
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
)


class _Details(NamedTuple):
    """grpc.ClientCallDetails with our additions."""

    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str], ...]
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class _Identify(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
):
    """Adds token, request id and deadline to outgoing calls."""

    def __init__(self, internal_token: str, unary_seconds: float, stream_seconds: float) -> None:
        self._token = internal_token
        self._unary_seconds = unary_seconds
        self._stream_seconds = stream_seconds

    def _details(self, details: Any, ceiling: float) -> _Details:
        left = remaining_seconds()
        timeout = min(value for value in (details.timeout, left, ceiling) if value is not None)
        call = current_call()
        metadata = [*(details.metadata or ()), ("authorization", f"Bearer {self._token}")]
        if call is not None:
            metadata.append((REQUEST_ID, call.request_id))
            if call.triggered_by and call.principal is None:  # of what is called first, not of what that calls
                metadata.append((TRIGGERED_BY, call.triggered_by))
        return _Details(
            details.method,
            timeout,
            tuple(metadata),
            details.credentials,
            getattr(details, "wait_for_ready", None),
            getattr(details, "compression", None),
        )

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return continuation(self._details(client_call_details, self._unary_seconds), request)

    def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return continuation(self._details(client_call_details, self._stream_seconds), request)

    def intercept_stream_unary(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        return continuation(self._details(client_call_details, self._stream_seconds), request_iterator)


class Channels:
    """Makes and keeps the channels of one process."""

    def __init__(
        self,
        internal_token: str,
        *,
        max_message_bytes: int,
        unary_seconds: float = 60.0,
        stream_seconds: float = 3600.0,
    ) -> None:
        self._identify = _Identify(internal_token, unary_seconds, stream_seconds)
        self._max_message_bytes = max_message_bytes
        self._channels: dict[str, grpc.Channel] = {}
        self._lock = threading.Lock()

    def to(self, address: str) -> grpc.Channel:
        """The channel to `address` (host:port)."""
        with self._lock:
            channel = self._channels.get(address)
            if channel is None:
                plain = grpc.insecure_channel(
                    address,
                    options=[
                        ("grpc.service_config", SERVICE_CONFIG),
                        ("grpc.max_receive_message_length", self._max_message_bytes),
                        ("grpc.max_send_message_length", self._max_message_bytes),
                        ("grpc.keepalive_time_ms", 60_000),
                        # A neighbour that restarts is found again within a second.
                        ("grpc.initial_reconnect_backoff_ms", 100),
                        ("grpc.max_reconnect_backoff_ms", 1000),
                        # Streams are read by the thread that asked. By default another one does that and wakes it for
                        # each message, which takes as long as the rest of a small call.
                        (ChannelOptions.SingleThreadedUnaryStream, 1),
                    ],
                )
                channel = self._channels[address] = grpc.intercept_channel(plain, self._identify)
            return channel

    def close(self) -> None:
        """Closes every channel."""
        with self._lock:
            for channel in self._channels.values():
                channel.close()
            self._channels.clear()
