"""How many streams of callers are served at once.

A stream holds one of the server's threads for as long as the caller takes to send or to read, which may be an hour. If
they could hold all, callers that stall would keep everybody out, health checks included.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from services.runtime.context import Call
from services.runtime.errors import TooManyStreams


class StreamsAround:
    """Refuses a stream beyond the limit at once. Those of our own services do not count: they never stall."""

    def __init__(self, streaming_methods: frozenset[str], limit: int) -> None:
        self._streaming_methods = streaming_methods
        self._limit = limit
        self._places = threading.BoundedSemaphore(limit)

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:  # noqa: ARG002
        """Holds a place while the stream lasts. TooManyStreams."""
        trusted = call.principal is not None and call.principal.internal
        if trusted or call.method not in self._streaming_methods:
            yield
            return
        if not self._places.acquire(blocking=False):
            raise TooManyStreams(self._limit)
        try:
            yield
        finally:
            self._places.release()

    def inspect(self, call: Call, message: Any) -> None:
        """Nothing to see here."""
