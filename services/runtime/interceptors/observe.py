"""Request id, one log line and the metrics of every RPC."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from services.runtime.context import Call
from services.runtime.interceptors.around import REQUEST_ID, code_of
from services.runtime.log import logger
from services.runtime.metrics import Metrics


class ObserveAround:
    """Logs method, code, duration and who called; never request contents or tokens."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Sends the request id back as initial metadata, and tells how the call went when it ends."""
        context.send_initial_metadata(((REQUEST_ID, call.request_id),))
        started = time.perf_counter()
        self._metrics.active.labels(call.method).inc()
        try:
            yield
        finally:
            seconds = time.perf_counter() - started
            code = _code_name(context)
            self._metrics.active.labels(call.method).dec()
            self._metrics.rpcs.labels(call.method, code).inc()
            self._metrics.latency.labels(call.method).observe(seconds)
            logger().info(
                "rpc",
                method=call.method,
                code=code,
                duration_ms=round(seconds * 1000, 2),
                request_id=call.request_id,
                workspace=call.workspace_id or None,
                subject=call.principal.subject if call.principal else None,
                **call.log_fields,
            )

    def inspect(self, call: Call, message: Any) -> None:
        """Nothing to see here."""


def _code_name(context: grpc.ServicerContext) -> str:
    code = code_of(context)
    if code is None:
        return "OK" if context.is_active() else "CANCELLED"
    return code.name
